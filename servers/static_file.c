/* static_file.c - see static_file.h. */
#include "servers/static_file.h"

#include "common/cc.h"
#include "common/fields.h"
#include "servers/http_date.h"
#include "servers/mime.h"
#include "servers/root.h"
#include "servers/static_site.h"

#include <fnmatch.h>
#include <microhttpd.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* The config's type of a path, its extension in any case; NULL: it has none. */
static const char *configured_type(const struct static_settings *s, const char *path)
{
	const char *extension = mime_extension(path), *key;
	json_t *type;

	json_object_foreach(s->mime, key, type)
	{
		if (strcasecmp(key, extension) == 0)
			return json_string_value(type);
	}
	return NULL;
}

/* The file's own type: a variant's is that of what it unpacks to. */
void static_file_type(const struct static_site *site, const struct static_file *file, char ret[256])
{
	const struct static_settings *s = &site->settings;
	const char *type = configured_type(s, file->path);

	if (type == NULL)
		type = mime_find(file->path);
	if (type == NULL)
		type = s->default_type;
	if (s->charset[0] != '\0' && mime_is_text(type) && strcasestr(type, "charset=") == NULL)
		snprintf(ret, 256, "%s; charset=%s", type, s->charset);
	else
		snprintf(ret, 256, "%s", type);
}

/* Later rules win: a header is set by the last one that has it. */
static const char *header_by_rules(const struct static_site *site, const char *url, size_t from,
				   const char *name)
{
	for (size_t i = site->settings.rule_count; i-- > from;) {
		const struct static_rule *rule = &site->settings.rules[i];
		const char *key;
		json_t *value;

		if (fnmatch(rule->match, url, 0) != 0)
			continue;
		json_object_foreach(rule->set, key, value)
		{
			if (strcasecmp(key, name) == 0)
				return json_string_value(value);
		}
	}
	return NULL;
}

int static_rule_headers(const struct static_site *site, const char *path, const char *except,
			struct reply_body *body)
{
	char url[TARGET_BYTES + 1];
	int r = 0;

	snprintf(url, sizeof(url), "/%s", path);
	for (size_t i = 0; i < site->settings.rule_count && r == 0; i++) {
		const struct static_rule *rule = &site->settings.rules[i];
		const char *name;
		json_t *value;

		if (fnmatch(rule->match, url, 0) != 0)
			continue;
		json_object_foreach(rule->set, name, value)
		{
			if (r == 0 && !fields_is_comment(name) &&
			    (except == NULL || strcasecmp(name, except) != 0) &&
			    header_by_rules(site, url, i + 1, name) == NULL)
				r = reply_body_header(body, name, json_string_value(value));
		}
	}
	if (r == 0 && header_by_rules(site, url, 0, "X-Content-Type-Options") == NULL)
		r = reply_body_header(body, "X-Content-Type-Options", "nosniff");
	return r;
}

static int set_validators(const struct static_file *file, struct reply_body *body)
{
	char date[HTTP_DATE_BYTES];
	int r = reply_body_header(body, MHD_HTTP_HEADER_ETAG, file->etag);

	if (r == 0 && file->varies)
		r = reply_body_header(body, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
	http_date_format(file->modified, date);
	if (r == 0)
		r = reply_body_header(body, MHD_HTTP_HEADER_LAST_MODIFIED, date);
	return r;
}

int static_file_headers(const struct static_site *site, const struct static_file *file,
			struct reply_body *body)
{
	const char *coding = encoding_name(file->encoding);
	int r = set_validators(file, body);

	if (r == 0)
		r = reply_body_header(body, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	if (r == 0 && coding != NULL)
		r = reply_body_header(body, MHD_HTTP_HEADER_CONTENT_ENCODING, coding);
	return r == 0 ? static_rule_headers(site, file->path, NULL, body) : r;
}

/* RFC 9110, 8.8.1: strong, since any change of the bytes changes one of the
 * three, and variants differ by their last letter (8.8.3.3). */
static void set_etag(struct static_file *file)
{
	static const char *const marks[] = {
		[ENCODING_BR] = "b",
		[ENCODING_GZIP] = "g",
		[ENCODING_IDENTITY] = "",
	};

	snprintf(file->etag, sizeof(file->etag), "\"%llx-%llx-%llx%s\"",
		 (unsigned long long)file->id.modified_ns, (unsigned long long)file->id.size,
		 (unsigned long long)file->id.inode, marks[file->encoding]);
}

static ssize_t read_whole(int fd, char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = pread(fd, data + len, size - len, (off_t)len);

		if (n <= 0)
			return n < 0 ? -errno : -ESTALE;
		len += (size_t)n;
	}
	return 0;
}

/* fd is taken over. */
static int make_memory_body(struct static_file *file, int fd)
{
	AUTO_CLOSE int owned = fd;
	AUTO_FREE char *data = malloc(file->id.size + 1);
	ssize_t r;

	if (data == NULL)
		return -ENOMEM;
	r = read_whole(owned, data, file->id.size);
	if (r < 0)
		return (int)r;
	file->full.response =
		MHD_create_response_from_buffer(file->id.size, data, MHD_RESPMEM_MUST_FREE);
	if (file->full.response == NULL)
		return -ENOMEM;
	file->data = take_ptr(data);
	return 0;
}

static int make_fd_body(struct static_file *file, int fd)
{
	file->full.response = MHD_create_response_from_fd64(file->id.size, fd);
	if (file->full.response == NULL) {
		close(fd);
		return -ENOMEM;
	}
	file->fd = fd;
	file->full.file = true;
	return 0;
}

/* A 304's Content-Length is that of the 200 (RFC 9110, 8.6), which MHD takes
 * from the body that it does not send. */
static ssize_t no_body(void *cls ATTR_UNUSED, uint64_t pos ATTR_UNUSED, char *buf ATTR_UNUSED,
		       size_t max ATTR_UNUSED)
{
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static int make_bodies(const struct static_site *site, struct static_file *file, int fd)
{
	bool small = file->id.size <= (uint64_t)site->settings.cache_file_bytes;
	int r = small ? make_memory_body(file, fd) : make_fd_body(file, fd);
	char type[256];

	if (r < 0)
		return r;
	file->full.len = file->id.size;
	static_file_type(site, file, type);
	r = reply_body_header(&file->full, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (r == 0)
		r = static_file_headers(site, file, &file->full);
	if (r < 0)
		return r;
	file->not_modified.response =
		MHD_create_response_from_callback(file->id.size, 1, no_body, NULL, NULL);
	if (file->not_modified.response == NULL)
		return -ENOMEM;
	r = set_validators(file, &file->not_modified);
	return r == 0 ? static_rule_headers(site, file->path, NULL, &file->not_modified) : r;
}

int static_file_open(const struct static_site *site, const char *path, enum encoding encoding,
		     bool varies, struct static_file *ret)
{
	char name[TARGET_BYTES];
	struct stat st;
	int fd, r;

	if ((size_t)snprintf(name, sizeof(name), "%s%s", path, encoding_suffix(encoding)) >=
	    sizeof(name))
		return -ENAMETOOLONG;
	fd = root_file(site->root, name, &st);
	if (fd < 0)
		return fd;
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return -ESTALE;
	}
	*ret = (struct static_file) {
		.id = file_id_of(&st),
		.modified = MIN(st.st_mtime, time(NULL)),
		.encoding = encoding,
		.varies = varies,
		.path = path,
		.fd = -1,
	};
	set_etag(ret);
	r = make_bodies(site, ret, fd);
	if (r < 0)
		static_file_close(ret);
	return r;
}

void static_file_close(struct static_file *file)
{
	reply_body_release(&file->full);
	reply_body_release(&file->not_modified);
	for (size_t i = 0; i < STATIC_PARTS; i++)
		reply_body_release(&file->parts[i].body);
	*file = (struct static_file) { .fd = -1 };
}

int static_file_error_body(const struct static_site *site, const struct static_file *file,
			   struct reply_body *ret)
{
	AUTO_FREE char *data = NULL;
	char type[256];
	int r = 0;

	if (file->id.size > STATIC_ERROR_PAGE_MAX)
		return -EFBIG;
	data = malloc(file->id.size + 1);
	if (data == NULL)
		return -ENOMEM;
	if (file->data != NULL)
		memcpy(data, file->data, file->id.size);
	else
		r = (int)read_whole(file->fd, data, file->id.size);
	if (r < 0)
		return r;
	static_file_type(site, file, type);
	r = reply_body_make(type, take_ptr(data), file->id.size, ret);
	if (r == 0)
		r = reply_body_header(ret, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (r == 0)
		r = static_rule_headers(site, file->path, MHD_HTTP_HEADER_CACHE_CONTROL, ret);
	if (r < 0)
		reply_body_release(ret);
	return r;
}
