/* static_settings.c - see static_settings.h. */
#include "servers/static_settings.h"

#include "common/cc.h"
#include "common/fields.h"
#include "servers/mime.h"
#include "servers/root.h"
#include "servers/target.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define INDEX_MAX 16
#define RULES_MAX 64
#define HEADERS_MAX 32 /* of a rule */
#define VALUE_MAX 2048 /* bytes of a header's value */
/* Of all that one reply may get: libmicrohttpd must have room for them beside the
 * request, or it closes without a word. */
#define HEADERS_BYTES_MAX 4096

static void no_memory(const char *path, struct problems *p)
{
	problems_error(p, path, "out of memory");
}

/* A name beneath the root, as one writes it in a config: no leading '/'. */
static bool is_relative_path(const json_t *value)
{
	const char *text = json_string_value(value);
	struct target t;
	char raw[TARGET_BYTES];

	if (text == NULL || *text == '\0' || strchr(text, '%') != NULL)
		return false;
	if ((size_t)snprintf(raw, sizeof(raw), "/%s", text) >= sizeof(raw))
		return false;
	return target_decode(raw, &t) == 0 && !t.altered && !t.folder;
}

static char *take_path(const json_t *value, const char *path, struct problems *p)
{
	char *copy;

	if (!is_relative_path(value)) {
		fields_want(p, path, value, "a file's path beneath the root, such as \"404.html\"");
		return NULL;
	}
	copy = strdup(json_string_value(value));
	if (copy == NULL)
		no_memory(path, p);
	return copy;
}

static void parse_index(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char ***index = ret, at[FIELDS_PATH_BYTES];
	size_t i, count = 0;
	json_t *item;
	char **names;

	if (!json_is_array(value) || json_array_size(value) > INDEX_MAX) {
		fields_want(p, path, value, "a list of at most 16 file names");
		return;
	}
	names = calloc(json_array_size(value) + 1, sizeof(*names));
	if (names == NULL) {
		no_memory(path, p);
		return;
	}
	json_array_foreach(value, i, item)
	{
		fields_path_index(at, sizeof(at), path, i);
		if (json_is_string(item) && strchr(json_string_value(item), '/') != NULL)
			fields_want(p, at, item, "a file name without a '/'");
		else if ((names[count] = take_path(item, at, p)) != NULL)
			count++;
	}
	*index = names;
}

static void parse_spa(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char **spa = ret;

	if (json_is_null(value))
		return;
	free(*spa);
	*spa = take_path(value, path, p);
}

static void parse_error_pages(const json_t *value, const char *path, void *ret, struct problems *p)
{
	static const char *const known[] = { "400", "403", "404", "405", "412",
					     "416", "500", "503", NULL };
	struct static_settings *s = ret;
	char at[FIELDS_PATH_BYTES];
	const char *key;
	json_t *item;

	if (!json_is_object(value)) {
		fields_want(p, path, value, "an object such as {\"404\": \"404.html\"}");
		return;
	}
	json_object_foreach((json_t *)value, key, item)
	{
		size_t i = 0;

		if (fields_is_comment(key))
			continue;
		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		fields_path_key(at, sizeof(at), path, key);
		if (known[i] == NULL) {
			problems_error(p, at,
				       "want one of 400, 403, 404, 405, 412, 416, 500, 503 as the "
				       "status");
			continue;
		}
		s->error_pages[s->error_page_count] = (struct static_error_page) {
			.status = (unsigned)((key[0] - '0') * 100 + (key[1] - '0') * 10 +
					     (key[2] - '0')),
			.path = take_path(item, at, p),
		};
		s->error_page_count++;
	}
}

/* What we set ourselves, and what belongs to the connection (RFC 9110, 7.6.1). */
static bool may_set(const char *name)
{
	static const char *const ours[] = {
		"accept-ranges",
		"connection",
		"content-encoding",
		"content-length",
		"content-range",
		"content-type",
		"date",
		"etag",
		"keep-alive",
		"last-modified",
		"proxy-connection",
		"trailer",
		"transfer-encoding",
		"upgrade",
	};
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (*name == '\0' || name[strspn(name, token)] != '\0')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strcasecmp(ours[i], name) == 0)
			return false;
	return true;
}

static bool is_header_value(const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || *text == '\0' || strlen(text) > VALUE_MAX || *text == ' ' ||
	    text[strlen(text) - 1] == ' ')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static void parse_set(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	json_t **set = ret, *item;
	const char *name;

	if (!json_is_object(value) || json_object_size(value) > HEADERS_MAX) {
		fields_want(p, path, value, "an object of at most 32 headers");
		return;
	}
	json_object_foreach((json_t *)value, name, item)
	{
		if (fields_is_comment(name))
			continue;
		fields_path_key(at, sizeof(at), path, name);
		if (!may_set(name))
			problems_error(p, at, "is no header that can be set here");
		else if (!is_header_value(item))
			fields_want(p, at, item,
				    "a header's value: text without control characters");
	}
	*set = json_incref((json_t *)value);
}

/* Paths begin with '/': what does not would never match. */
static void parse_match(const json_t *value, const char *path, void *ret, struct problems *p)
{
	const char *text = json_string_value(value);
	char **match = ret;

	if (text == NULL || *text == '\0' || strchr("/*?[", *text) == NULL) {
		fields_want(p, path, value,
			    "a pattern for paths, such as \"/assets/*\" or \"*.css\"");
		return;
	}
	free(*match);
	*match = strdup(text);
	if (*match == NULL)
		no_memory(path, p);
}

const struct field static_rule_fields[] = {
	{ .key = "match",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct static_rule, match),
	  .parse = parse_match,
	  .required = true },
	{ .key = "set",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct static_rule, set),
	  .parse = parse_set,
	  .required = true },
	{ .type = FIELD_END },
};

/* What a file has when all rules match it, and of each name the longest value. */
static size_t headers_bytes(const struct static_settings *s)
{
	json_auto_t *longest = json_object();
	size_t sum = 0;

	for (size_t i = 0; i < s->rule_count; i++) {
		const char *name;
		json_t *value;

		json_object_foreach(s->rules[i].set, name, value)
		{
			size_t len = strlen(name) + strlen(": \r\n") + json_string_length(value);
			json_int_t had = json_integer_value(json_object_get(longest, name));

			if (fields_is_comment(name) || (json_int_t)len <= had)
				continue;
			sum += len - (size_t)had;
			json_object_set_new(longest, name, json_integer((json_int_t)len));
		}
	}
	return sum;
}

static void parse_rules(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct static_settings *s = ret;
	char at[FIELDS_PATH_BYTES];
	json_t *item;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > RULES_MAX) {
		fields_want(p, path, value,
			    "a list of at most 64 objects with \"match\" and \"set\"");
		return;
	}
	s->rules = calloc(json_array_size(value) + 1, sizeof(*s->rules));
	if (s->rules == NULL) {
		no_memory(path, p);
		return;
	}
	json_array_foreach(value, i, item)
	{
		fields_path_index(at, sizeof(at), path, i);
		fields_parse(item, at, static_rule_fields, &s->rules[s->rule_count++], p);
	}
	if (headers_bytes(s) > HEADERS_BYTES_MAX)
		problems_error(p, path, "want headers of at most %d bytes together",
			       HEADERS_BYTES_MAX);
}

static void parse_mime(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	json_t **mime = ret, *item;
	const char *extension;

	if (!json_is_object(value)) {
		fields_want(p, path, value, "an object such as {\"foo\": \"text/x-foo\"}");
		return;
	}
	json_object_foreach((json_t *)value, extension, item)
	{
		if (fields_is_comment(extension))
			continue;
		fields_path_key(at, sizeof(at), path, extension);
		if (extension[0] == '.' || strchr(extension, '/') != NULL)
			problems_error(p, at, "want the extension without its dot");
		else if (!json_is_string(item) || !mime_valid(json_string_value(item)))
			fields_want(p, at, item, "a media type such as \"text/plain\"");
	}
	*mime = json_incref((json_t *)value);
}

static void parse_type(const json_t *value, const char *path, void *ret, struct problems *p)
{
	char **type = ret;

	if (!json_is_string(value) || !mime_valid(json_string_value(value))) {
		fields_want(p, path, value, "a media type such as \"text/plain\"");
		return;
	}
	free(*type);
	*type = strdup(json_string_value(value));
	if (*type == NULL)
		no_memory(path, p);
}

static void parse_charset(const json_t *value, const char *path, void *ret, struct problems *p)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"-_.:+";
	const char *text = json_string_value(value);
	char **charset = ret;

	if (text == NULL || text[strspn(text, letters)] != '\0' || strlen(text) > 40) {
		fields_want(p, path, value, "the name of a character set, or \"\" for none");
		return;
	}
	free(*charset);
	*charset = strdup(text);
	if (*charset == NULL)
		no_memory(path, p);
}

/* It has been looked at already, or we would not be here. */
static void skip_kind(const json_t *value ATTR_UNUSED, const char *path ATTR_UNUSED,
		      void *ret ATTR_UNUSED, struct problems *p ATTR_UNUSED)
{
}

static const char *const link_choices[] = {
	[ROOT_LINKS_BENEATH] = "beneath",
	[ROOT_LINKS_NONE] = "none",
	NULL,
};

#define AT(member) .offset = offsetof(struct static_settings, member)

const struct field static_fields[] = {
	{ .key = "kind", .type = FIELD_PARSE, .parse = skip_kind, .required = true },
	{ .key = "root", .type = FIELD_STRING, AT(root), .required = true },
	{ .key = "index", .type = FIELD_PARSE, AT(index), .parse = parse_index },
	{ .key = "listing", .type = FIELD_BOOL, AT(listing) },
	{ .key = "spa", .type = FIELD_PARSE, AT(spa), .parse = parse_spa },
	{ .key = "clean_urls", .type = FIELD_BOOL, AT(clean_urls) },
	{ .key = "error_pages", .type = FIELD_PARSE, .parse = parse_error_pages },
	{ .key = "headers", .type = FIELD_PARSE, .parse = parse_rules },
	{ .key = "mime", .type = FIELD_PARSE, AT(mime), .parse = parse_mime },
	{ .key = "charset", .type = FIELD_PARSE, AT(charset), .parse = parse_charset },
	{ .key = "default_type", .type = FIELD_PARSE, AT(default_type), .parse = parse_type },
	{ .key = "dotfiles", .type = FIELD_BOOL, AT(dotfiles) },
	{ .key = "symlinks", .type = FIELD_CHOICE, AT(symlinks), .choices = link_choices },
	{ .key = "precompressed", .type = FIELD_BOOL, AT(precompressed) },
	{ .key = "cache_bytes", .type = FIELD_INT, AT(cache_bytes), .min = 0, .max = 1 << 30 },
	{ .key = "cache_file_bytes",
	  .type = FIELD_INT,
	  AT(cache_file_bytes),
	  .min = 0,
	  .max = 1 << 20 },
	{ .type = FIELD_END },
};

static void set_defaults(struct static_settings *s)
{
	*s = (struct static_settings) {
		.charset = strdup("utf-8"),
		.default_type = strdup(MIME_DEFAULT),
		.precompressed = true,
		.symlinks = ROOT_LINKS_BENEATH,
		.cache_bytes = 64 << 20,
		.cache_file_bytes = 8192,
	};
}

static void default_index(struct static_settings *s)
{
	s->index = calloc(2, sizeof(*s->index));
	if (s->index != NULL)
		s->index[0] = strdup("index.html");
}

static void make_absolute(struct static_settings *s, const char *base_dir)
{
	char *joined = NULL;

	if (s->root == NULL || s->root[0] == '\0' || s->root[0] == '/' || base_dir == NULL)
		return;
	if (asprintf(&joined, "%s/%s", base_dir, s->root) < 0)
		joined = NULL;
	free(s->root);
	s->root = joined;
}

static void check_root(const struct static_settings *s, const char *path, struct problems *p)
{
	char at[FIELDS_PATH_BYTES];
	struct stat st;

	fields_path_key(at, sizeof(at), path, "root");
	if (s->root == NULL || problems_has(p, at))
		return;
	if (s->root[0] == '\0')
		problems_error(p, at, "want a directory, got \"\"");
	else if (stat(s->root, &st) < 0)
		problems_error(p, at, "%s: %s", s->root, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		problems_error(p, at, "%s: want a directory", s->root);
}

void static_settings_parse(const json_t *settings, const char *base_dir, const char *path,
			   struct static_settings *ret, struct problems *p)
{
	set_defaults(ret);
	fields_parse(settings, path, static_fields, ret, p);
	if (ret->index == NULL)
		default_index(ret);
	make_absolute(ret, base_dir);
	if (ret->charset == NULL || ret->default_type == NULL || ret->index == NULL)
		no_memory(path, p);
	check_root(ret, path, p);
}

void static_settings_release(struct static_settings *s)
{
	for (char **name = s->index; name != NULL && *name != NULL; name++)
		free(*name);
	free(s->index);
	for (size_t i = 0; i < s->rule_count; i++) {
		free(s->rules[i].match);
		json_decref(s->rules[i].set);
	}
	for (size_t i = 0; i < s->error_page_count; i++)
		free(s->error_pages[i].path);
	free(s->rules);
	free(s->root);
	free(s->spa);
	free(s->charset);
	free(s->default_type);
	json_decref(s->mime);
	*s = (struct static_settings) { 0 };
}
