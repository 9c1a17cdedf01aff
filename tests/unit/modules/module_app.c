/* module_app.c - apps that are right and apps that are wrong; for
 * test_app_module.c. The path of a request says what its reply is to be. */
#include <eisen.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("apps for tests");

struct module_app_counts {
	int opened, closed;
	const eisen_request *request; /* kept, which one must not */
	eisen_reply *reply;
};
struct module_app_counts module_app_counts;

struct state {
	const struct eisen_server *server;
};

static int app_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	(void)tb;
	if (s == NULL)
		return -ENOMEM;
	s->server = server;
	module_app_counts.opened++;
	*state = s;
	return 0;
}

static void app_close(void *state)
{
	module_app_counts.closed++;
	free(state);
}

static void tell_request(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	size_t len;
	const char *body = eisen_request_body(request, &len);

	(void)s;
	eisen_reply_json(
		reply, json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s%}", "method",
				 eisen_request_method(request), "path", eisen_request_path(request),
				 "query", eisen_request_query(request), "x-one",
				 eisen_request_header(request, "x-ONE"), "none",
				 eisen_request_header(request, "X-None"), "body", body, len));
}

static void tell_server(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)request;
	eisen_reply_json(reply, json_pack("{s:s, s:s, s:i, s:O, s:s%}", "group", s->server->group,
					  "ip", s->server->ip, "port", (int)s->server->port,
					  "settings", s->server->settings, "row",
					  s->server->row != NULL ? s->server->row : "none",
					  s->server->row != NULL ? s->server->row_len : 4));
}

static void nothing(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	(void)reply;
}

static void page(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	char text[] = "first";

	(void)s;
	(void)request;
	eisen_reply_body(reply, "text/html", text, sizeof(text) - 1);
	eisen_reply_body(reply, "text/plain", "second", 6);
	text[0] = 'X'; /* it was copied */
	eisen_reply_header(reply, "X-One", "1");
	eisen_reply_header(reply, "X-One", "2");
	eisen_reply_header(reply, "Cache-Control", "no-store");
	eisen_reply_status(reply, 203);
}

/* "/status/404": the status of that number, "body" as its body with "?body". */
static void status(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	unsigned number = 0;

	(void)s;
	for (const char *p = eisen_request_path(request) + 8; *p != '\0'; p++)
		number = number * 10 + (unsigned)(*p - '0');
	eisen_reply_status(reply, number);
	if (eisen_request_query(request) != NULL)
		eisen_reply_body(reply, "text/plain", "body", 4);
	eisen_reply_header(reply, "X-One", "1");
}

/* "/header/NAME?VALUE", with "%" for CR LF, "^" for a control, "~" for a tab. */
static void header(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	char value[256] = "";
	const char *query = eisen_request_query(request);

	(void)s;
	for (size_t i = 0, n = 0; query != NULL && query[i] != '\0' && n < 250; i++) {
		if (query[i] == '%')
			value[n++] = '\r';
		value[n++] = query[i] == '%'   ? '\n'
			     : query[i] == '^' ? '\x01'
			     : query[i] == '~' ? '\t'
					       : query[i];
	}
	eisen_reply_body(reply, "text/plain", "body", 4);
	eisen_reply_header(reply, eisen_request_path(request) + 8, value);
}

static void bad_name(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_header(reply, "X One", "1");
}

static void bad_type(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_body(reply, "text/plain\r\nX-Evil: 1", "body", 4);
}

static void no_type(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_body(reply, NULL, "body", 4);
}

static void too_much(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	char value[1000];

	(void)s;
	(void)request;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 5; i++)
		eisen_reply_header(reply, "X-One", value);
}

static void nulls(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	size_t len = 7;

	(void)s;
	if (eisen_request_header(request, NULL) != NULL || eisen_request_query(NULL) != NULL ||
	    strlen(eisen_request_path(NULL)) + strlen(eisen_request_method(NULL)) != 0 ||
	    eisen_request_header(NULL, "Host") != NULL || eisen_request_body(NULL, &len) == NULL ||
	    len != 0 || eisen_request_body(request, NULL) == NULL)
		abort();
	eisen_reply_status(NULL, 200);
	eisen_reply_header(NULL, "X-One", "1");
	eisen_reply_body(NULL, "text/plain", "body", 4);
	eisen_reply_json(NULL, json_object()); /* taken all the same */
	eisen_reply_body(reply, "text/plain", NULL, 0);
}

static void null_body(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_body(reply, "text/plain", NULL, 4);
}

static void null_json(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_json(reply, NULL);
}

static void huge(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	(void)request;
	eisen_reply_body(reply, "text/plain", "", (size_t)1 << 40);
}

static void keep(const struct state *s, const eisen_request *request, eisen_reply *reply)
{
	(void)s;
	module_app_counts.request = request;
	module_app_counts.reply = reply;
	eisen_reply_body(reply, "text/plain", "kept", 4);
}

static void app_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	static const struct {
		const char *path;
		void (*fn)(const struct state *s, const eisen_request *request, eisen_reply *reply);
	} paths[] = {
		{ "/request", tell_request },
		{ "/server", tell_server },
		{ "/nothing", nothing },
		{ "/page", page },
		{ "/status/", status },
		{ "/header/", header },
		{ "/bad-name", bad_name },
		{ "/bad-type", bad_type },
		{ "/no-type", no_type },
		{ "/too-much", too_much },
		{ "/nulls", nulls },
		{ "/null-body", null_body },
		{ "/null-json", null_json },
		{ "/huge", huge },
		{ "/keep", keep },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strncmp(eisen_request_path(request), paths[i].path, strlen(paths[i].path)) == 0)
			paths[i].fn(state, request, reply);
}

extern const eisen_app app, takes_body, bare, refuses;

const eisen_app app = { .open = app_open, .handle = app_handle, .close = app_close };
const eisen_app takes_body = {
	.open = app_open, .handle = app_handle, .close = app_close, .takes_body = true
};
const eisen_app bare = { .open = app_open, .close = app_close };

static int refuse(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	(void)tb;
	(void)server;
	*state = (void *)1; /* not to be closed */
	return -EACCES;
}

const eisen_app refuses = { .open = refuse, .handle = app_handle, .close = app_close };
