/* group.c - see group.h. */
#include "portmap/group.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"
#include "portmap/plan.h"

#include <string.h>
#include <strings.h>

#define PORT_MAX 65535
#define PORT_WORD "{port}"
#define UNIX_MODE_DEFAULT 0660
#define TEMPLATE_BYTES_MAX 4096

static void parse_seq_nums(const json_t *value, const char *path, void *ret, struct problems *p)
{
	struct group *g = ret;

	if (json_is_string(value) && strcmp(json_string_value(value), "all") == 0)
		g->all = true;
	else
		range_parse(value, path, 0, PLAN_SLOTS_MAX - 1, &g->seq_nums, p);
}

static void parse_ports(const json_t *value, const char *path, void *ret, struct problems *p)
{
	range_parse(value, path, 1, PORT_MAX, ret, p);
}

/* "0660": octal, as chmod(1) takes it. A JSON number would be read as decimal
 * by some and octal by others. */
static void parse_mode(const json_t *value, const char *path, void *ret, struct problems *p)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	size_t len = strlen(text);
	int mode = 0;

	if (len < 3 || len > 4 || strspn(text, "01234567") != len || (len == 4 && text[0] != '0')) {
		fields_want(p, path, value, "octal digits within \"0000\"..\"0777\"");
		return;
	}
	for (; *text != '\0'; text++)
		mode = mode * 8 + (*text - '0');
	*(int *)ret = mode;
}

/* What is in it is checked by servers/, which knows the kinds. */
static void parse_app(const json_t *value, const char *path, void *ret, struct problems *p)
{
	json_t **app = ret;

	if (!json_is_object(value)) {
		fields_want(p, path, value, "an object like {\"kind\":\"hello\"}");
		return;
	}
	json_decref(*app);
	*app = json_incref((json_t *)value);
}

const struct field group_fields[] = {
	{ .key = "START_SEQUENCE_NUM",
	  .type = FIELD_PARSE,
	  .parse = parse_seq_nums,
	  .required = true },
	{ .key = "ip", .type = FIELD_STRING, .offset = offsetof(struct group, ip) },
	{ .key = "ports",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct group, ports),
	  .parse = parse_ports,
	  .required = true },
	{ .key = "unix", .type = FIELD_STRING, .offset = offsetof(struct group, unix_path) },
	{ .key = "unix_mode",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct group, unix_mode),
	  .parse = parse_mode },
	{ .key = "shared", .type = FIELD_BOOL, .offset = offsetof(struct group, shared) },
	{ .key = "servers_per_worker",
	  .type = FIELD_INT,
	  .offset = offsetof(struct group, servers_per_worker),
	  .min = 1,
	  .max = PORT_MAX },
	{ .key = "app",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct group, app),
	  .parse = parse_app },
	{ .key = "threads",
	  .type = FIELD_INT,
	  .offset = offsetof(struct group, threads),
	  .min = 0,
	  .max = ENTRY_THREADS_MAX },
	{ .type = FIELD_END },
};

const struct field server_entry_fields[] = {
	{ .key = "group",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct server_entry, group_name),
	  .required = true },
	{ .key = "ports",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct server_entry, ports),
	  .parse = parse_ports },
	{ .key = "app",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct server_entry, app),
	  .parse = parse_app,
	  .required = true },
	{ .key = "threads",
	  .type = FIELD_INT,
	  .offset = offsetof(struct server_entry, threads),
	  .min = 0,
	  .max = ENTRY_THREADS_MAX },
	{ .type = FIELD_END },
};

static bool name_is_valid(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t len = strlen(name);

	return len > 0 && len <= GROUP_NAME_MAX && strspn(name, letters) == len;
}

static unsigned highest(const struct range *r)
{
	unsigned max = 0;

	for (size_t i = 0; i < r->count; i++)
		max = MAX(max, r->numbers[i]);
	return max;
}

/* path of the key in the group's object */
struct key_path {
	char text[FIELDS_PATH_BYTES];
};

static struct key_path key_path(const char *path, const char *key)
{
	struct key_path ret;

	fields_path_key(ret.text, sizeof(ret.text), path, key);
	return ret;
}

/* Put base_dir in front of a relative path. */
static void make_absolute(struct group *g, const char *path, const char *base_dir,
			  struct problems *p)
{
	AUTO_BUF struct buf b = BUF_INIT(TEMPLATE_BYTES_MAX);
	const char *slash = base_dir[0] != '\0' && base_dir[strlen(base_dir) - 1] == '/' ? "" : "/";
	char *absolute;

	if (g->unix_path[0] == '/')
		return;
	buf_addf(&b, "%s%s%s", base_dir, slash, g->unix_path);
	absolute = buf_take(&b);
	if (absolute == NULL) {
		problems_error(p, path, "the path is too long");
		return;
	}
	free(g->unix_path);
	g->unix_path = absolute;
}

static void check_unix(struct group *g, const char *path, const char *base_dir, struct problems *p)
{
	struct key_path at = key_path(path, "unix");
	struct address address;
	struct error e;

	if (g->unix_path[0] == '\0') {
		problems_error(p, at.text, "want a path, got \"\"");
		return;
	}
	make_absolute(g, at.text, base_dir, p);
	if (g->ports.count > 1 && strstr(g->unix_path, PORT_WORD) == NULL)
		problems_error(p, at.text, "want " PORT_WORD " in the path of %zu ports",
			       g->ports.count);
	/* The highest number is the longest. */
	else if (group_address(g, highest(&g->ports), &address, &e) < 0)
		problems_error(p, at.text, "%s", e.text);
}

static void check_ip(struct group *g, const char *path, struct problems *p)
{
	struct address address;
	struct error e;

	if (g->ip == NULL)
		g->ip = strdup("127.0.0.1");
	if (g->ip == NULL)
		problems_error(p, path, "out of memory");
	else if (address_from_ip(&address, g->ip, 0, &e) < 0)
		problems_error(p, key_path(path, "ip").text, "%s", e.text);
}

/* Keys that each are right but do not go together. */
static void check_together(const json_t *object, const struct group *g, const char *path,
			   struct problems *p)
{
	bool is_unix = json_object_get(object, "unix") != NULL;

	if (is_unix && json_object_get(object, "ip") != NULL)
		problems_error(p, key_path(path, "unix").text, "want \"ip\" or \"unix\", got both");
	if (is_unix && g->shared)
		problems_error(p, key_path(path, "shared").text,
			       "Unix sockets cannot be shared, only IP ports");
	if (!is_unix && json_object_get(object, "unix_mode") != NULL)
		problems_error(p, key_path(path, "unix_mode").text, "goes with \"unix\" only");
	if (g->shared && g->servers_per_worker > 0)
		problems_error(p, key_path(path, "servers_per_worker").text,
			       "does not go with \"shared\": each worker serves all the ports");
	if (json_object_get(object, "threads") != NULL && json_object_get(object, "app") == NULL)
		problems_error(p, key_path(path, "threads").text, "goes with \"app\" only");
}

void group_parse(const json_t *object, const char *name, const char *path, const char *base_dir,
		 struct group *ret, struct problems *p)
{
	*ret = (struct group) { .name = strdup(name), .unix_mode = UNIX_MODE_DEFAULT };
	if (ret->name == NULL)
		problems_error(p, path, "out of memory");
	if (!name_is_valid(name))
		problems_error(p, path,
			       "want a name of letters, digits, \"_\" and \"-\", at most %d",
			       GROUP_NAME_MAX);
	fields_parse(object, path, group_fields, ret, p);
	if (!json_is_object(object))
		return;
	if (ret->unix_path != NULL)
		check_unix(ret, path, base_dir, p);
	else
		check_ip(ret, path, p);
	check_together(object, ret, path, p);
}

void group_release(struct group *g)
{
	free(g->name);
	free(g->ip);
	free(g->unix_path);
	range_release(&g->seq_nums);
	range_release(&g->ports);
	json_decref(g->app);
	*g = (struct group) { 0 };
}

void server_entry_parse(const json_t *object, const char *path, struct server_entry *ret,
			struct problems *p)
{
	*ret = (struct server_entry) { 0 };
	fields_parse(object, path, server_entry_fields, ret, p);
}

void server_entry_release(struct server_entry *entry)
{
	free(entry->group_name);
	range_release(&entry->ports);
	json_decref(entry->app);
	*entry = (struct server_entry) { 0 };
}

int group_address(const struct group *g, unsigned port, struct address *ret, struct error *e)
{
	AUTO_BUF struct buf b = BUF_INIT(TEMPLATE_BYTES_MAX);
	const char *text = g->unix_path, *word;

	if (text == NULL && g->ip == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (text == NULL)
		return address_from_ip(ret, g->ip, port, e);
	while ((word = strstr(text, PORT_WORD)) != NULL) {
		buf_add(&b, text, (size_t)(word - text));
		buf_addf(&b, "%u", port);
		text = word + strlen(PORT_WORD);
	}
	buf_adds(&b, text);
	if (b.failed)
		return error_set(e, ENAMETOOLONG, "the path is too long");
	return address_from_path(ret, buf_text(&b), e);
}

/* The names of the terminal's own colours, and those near to one. */
static const struct {
	const char *name, *sequence;
} colours[] = {
	{ "red", "\x1b[31m" },    { "green", "\x1b[32m" },   { "yellow", "\x1b[33m" },
	{ "blue", "\x1b[34m" },   { "magenta", "\x1b[35m" }, { "cyan", "\x1b[36m" },
	{ "white", "\x1b[37m" },  { "black", "\x1b[90m" },   { "grey", "\x1b[90m" },
	{ "gray", "\x1b[90m" },   { "orange", "\x1b[91m" },  { "lime", "\x1b[92m" },
	{ "purple", "\x1b[95m" }, { "violet", "\x1b[95m" },  { "pink", "\x1b[95m" },
};
#define COLOURS_FOR_HASHES 6 /* the first ones: to be read on any background */

const char *group_colour(const char *name)
{
	unsigned hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
		if (strcasecmp(colours[i].name, name) == 0)
			return colours[i].sequence;
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return colours[hash % COLOURS_FOR_HASHES].sequence;
}
