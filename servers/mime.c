/* mime.c - see mime.h. */
#include "servers/mime.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SYSTEM_TABLE "/etc/mime.types"
#define SYSTEM_TABLE_MAX (1u << 20) /* bytes */
#define EXTENSION_MAX 32

struct entry {
	const char *extension, *type;
};

/* Sorted by extension. */
static const struct entry builtin[] = {
	{ "7z", "application/x-7z-compressed" },
	{ "aac", "audio/aac" },
	{ "apng", "image/apng" },
	{ "atom", "application/atom+xml" },
	{ "avif", "image/avif" },
	{ "bin", "application/octet-stream" },
	{ "bmp", "image/bmp" },
	{ "br", "application/octet-stream" },
	{ "bz2", "application/x-bzip2" },
	{ "cjs", "text/javascript" },
	{ "css", "text/css" },
	{ "csv", "text/csv" },
	{ "deb", "application/vnd.debian.binary-package" },
	{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "eot", "application/vnd.ms-fontobject" },
	{ "epub", "application/epub+zip" },
	{ "flac", "audio/flac" },
	{ "geojson", "application/geo+json" },
	{ "gif", "image/gif" },
	{ "glb", "model/gltf-binary" },
	{ "gltf", "model/gltf+json" },
	{ "gz", "application/gzip" },
	{ "heic", "image/heic" },
	{ "htm", "text/html" },
	{ "html", "text/html" },
	{ "ico", "image/x-icon" },
	{ "ics", "text/calendar" },
	{ "iso", "application/octet-stream" },
	{ "jpeg", "image/jpeg" },
	{ "jpg", "image/jpeg" },
	{ "js", "text/javascript" },
	{ "json", "application/json" },
	{ "jsonl", "application/jsonl" },
	{ "jsonld", "application/ld+json" },
	{ "jxl", "image/jxl" },
	{ "log", "text/plain" },
	{ "m3u8", "application/vnd.apple.mpegurl" },
	{ "m4a", "audio/mp4" },
	{ "m4v", "video/mp4" },
	{ "map", "application/json" },
	{ "markdown", "text/markdown" },
	{ "md", "text/markdown" },
	{ "mid", "audio/midi" },
	{ "mjs", "text/javascript" },
	{ "mkv", "video/matroska" },
	{ "mov", "video/quicktime" },
	{ "mp3", "audio/mpeg" },
	{ "mp4", "video/mp4" },
	{ "mpd", "application/dash+xml" },
	{ "mpeg", "video/mpeg" },
	{ "mpg", "video/mpeg" },
	{ "odp", "application/vnd.oasis.opendocument.presentation" },
	{ "ods", "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odt", "application/vnd.oasis.opendocument.text" },
	{ "oga", "audio/ogg" },
	{ "ogg", "audio/ogg" },
	{ "ogv", "video/ogg" },
	{ "opus", "audio/ogg" },
	{ "otf", "font/otf" },
	{ "pdf", "application/pdf" },
	{ "png", "image/png" },
	{ "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "rss", "application/rss+xml" },
	{ "rtf", "application/rtf" },
	{ "svg", "image/svg+xml" },
	{ "tar", "application/x-tar" },
	{ "tgz", "application/gzip" },
	{ "tif", "image/tiff" },
	{ "tiff", "image/tiff" },
	{ "toml", "application/toml" },
	{ "ts", "video/mp2t" },
	{ "tsv", "text/tab-separated-values" },
	{ "ttc", "font/collection" },
	{ "ttf", "font/ttf" },
	{ "txt", "text/plain" },
	{ "vtt", "text/vtt" },
	{ "wasm", "application/wasm" },
	{ "wav", "audio/wav" },
	{ "weba", "audio/webm" },
	{ "webm", "video/webm" },
	{ "webmanifest", "application/manifest+json" },
	{ "webp", "image/webp" },
	{ "woff", "font/woff" },
	{ "woff2", "font/woff2" },
	{ "xhtml", "application/xhtml+xml" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "xml", "application/xml" },
	{ "xsd", "application/xml" },
	{ "xsl", "application/xslt+xml" },
	{ "xslt", "application/xslt+xml" },
	{ "xz", "application/x-xz" },
	{ "yaml", "application/yaml" },
	{ "yml", "application/yaml" },
	{ "zip", "application/zip" },
	{ "zst", "application/zstd" },
};

struct mime_table {
	char *text; /* owned; entries point into it */
	struct entry *entries;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcasecmp(x->extension, y->extension);
}

/* Of entries that are equal, the one that comes first in the text. */
static int compare_in_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare(a, b);

	if (order != 0)
		return order;
	return (x->extension > y->extension) - (x->extension < y->extension);
}

static const char *find(const struct entry *entries, size_t count, const char *extension)
{
	struct entry key = { .extension = extension };
	const struct entry *found =
		count == 0 ? NULL : bsearch(&key, entries, count, sizeof(key), compare);

	return found != NULL ? found->type : NULL;
}

/* Bytes of the token that text begins with (RFC 9110, 5.6.2). */
static size_t token(const char *text)
{
	return strspn(text, "!#$%&'*+-.^_`|~0123456789"
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static bool printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Bytes of the quoted string that text begins with, 0: none (RFC 9110, 5.6.4). */
static size_t quoted(const char *text)
{
	const char *p = text;

	if (*p++ != '"')
		return 0;
	for (; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		if (!printable((unsigned char)*p))
			return 0;
	}
	return (size_t)(p + 1 - text);
}

/* ; name=value, any number (RFC 9110, 5.6.6, but for an empty one). */
static bool valid_parameters(const char *p)
{
	while (*p != '\0') {
		size_t n;

		p += strspn(p, " ");
		if (*p++ != ';')
			return false;
		p += strspn(p, " ");
		n = token(p);
		if (n == 0 || p[n] != '=')
			return false;
		p += n + 1;
		n = *p == '"' ? quoted(p) : token(p);
		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

bool mime_valid(const char *text)
{
	size_t type = token(text), subtype;

	if (type == 0 || text[type] != '/' || strlen(text) > MIME_TYPE_MAX)
		return false;
	subtype = token(text + type + 1);
	return subtype > 0 && valid_parameters(text + type + 1 + subtype);
}

static bool add(struct mime_table *t, const char *extension, const char *type)
{
	struct entry *entries;

	if (strlen(extension) > EXTENSION_MAX)
		return true;
	entries = t->entries;
	if ((t->count & (t->count + 1)) == 0) /* 0, 1, 3, 7 …: double the room */
		entries = realloc(entries, (t->count + 1) * 2 * sizeof(*entries));
	if (entries == NULL)
		return false;
	t->entries = entries;
	t->entries[t->count++] = (struct entry) { extension, type };
	return true;
}

/* The next word of the line, ended by a NUL; NULL: no more. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t\r");
	char *end = word + strcspn(word, " \t\r");

	if (word == end || word[0] == '#')
		return NULL;
	*line = end + (*end != '\0');
	*end = '\0';
	return word;
}

/* type extension extension … */
static bool add_line(struct mime_table *t, char *line)
{
	char *type = next_word(&line), *extension;

	if (type == NULL || !mime_valid(type) || strchr(type, ';') != NULL)
		return true;
	while ((extension = next_word(&line)) != NULL)
		if (!add(t, extension, type))
			return false;
	return true;
}

static bool add_lines(struct mime_table *t, size_t len)
{
	char *line = t->text, *end = t->text + len;

	while (line < end) {
		char *next = memchr(line, '\n', (size_t)(end - line));

		if (next == NULL)
			next = end;
		*next = '\0';
		if (!add_line(t, line))
			return false;
		line = next + 1;
	}
	return true;
}

/* Sort, and keep the first of those that are equal. */
static void arrange(struct mime_table *t)
{
	size_t kept = 0;

	if (t->count == 0)
		return;
	qsort(t->entries, t->count, sizeof(*t->entries), compare_in_text);
	for (size_t i = 1; i < t->count; i++)
		if (compare(&t->entries[kept], &t->entries[i]) != 0)
			t->entries[++kept] = t->entries[i];
	t->count = kept + 1;
}

struct mime_table *mime_table_parse(const char *text, size_t len)
{
	struct mime_table *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->text = malloc(len + 1)) == NULL) {
		free(t);
		return NULL;
	}
	memcpy(t->text, text, len);
	t->text[len] = '\0';
	if (!add_lines(t, len)) {
		mime_table_free(t);
		return NULL;
	}
	arrange(t);
	return t;
}

const char *mime_table_find(const struct mime_table *table, const char *extension)
{
	return find(table->entries, table->count, extension);
}

void mime_table_free(struct mime_table *table)
{
	if (table == NULL)
		return;
	free(table->entries);
	free(table->text);
	free(table);
}

static struct mime_table *system_table; /* written once, kept to the end */

static void load_system_table(void)
{
	AUTO_BUF struct buf text = BUF_INIT(SYSTEM_TABLE_MAX);

	if (fd_read_file(SYSTEM_TABLE, &text, NULL) == 0)
		system_table = mime_table_parse(buf_text(&text), text.len);
}

const char *mime_extension(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	return dot != NULL && dot > name ? dot + 1 : "";
}

const char *mime_find(const char *path)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *extension = mime_extension(path);
	const char *type;

	if (*extension == '\0')
		return NULL;
	type = find(builtin, ARRAY_SIZE(builtin), extension);
	if (type != NULL)
		return type;
	pthread_once(&once, load_system_table);
	return system_table != NULL ? mime_table_find(system_table, extension) : NULL;
}

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncasecmp(text + len - n, end, n) == 0;
}

bool mime_is_text(const char *type)
{
	size_t len = strcspn(type, "; ");

	return strncasecmp(type, "text/", 5) == 0 || ends_with(type, len, "/xml") ||
	       ends_with(type, len, "+xml") || ends_with(type, len, "/javascript");
}
