/* app_module.c - see app_module.h. */
#include "servers/app_module.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fields.h"
#include "servers/module_reply.h"
#include "servers/request.h"
#include "work/module.h"

#include <microhttpd.h>
#include <stddef.h>
#include <string.h>

#define DEFAULT_ENTRY "app"
#define BODY_REFUSED "This server takes no body."

/* What handle() gets as its request; good until it returns. */
struct eisen_request {
	const struct request *request; /* NULL: it is over */
};

struct module_server {
	struct module module;
	const eisen_app *app;
	struct eisen_server server; /* as open() saw it */
	void *state;                /* the app's own */
	eisen_toolbox *toolbox;     /* borrowed; may be NULL */
	bool told;                  /* of a fault */
	struct eisen_request request;
	struct eisen_reply reply;
};

/* Settings ---------------------------------------------------------------- */

struct module_settings {
	char *kind, *path, *entry, *work; /* owned */
	json_t *settings;                 /* owned reference; NULL: none */
};

static void parse_settings(const json_t *value, const char *path, void *ret, struct problems *p)
{
	json_t **settings = ret;

	if (!json_is_object(value)) {
		fields_want(p, path, value, "an object, for the app to read");
		return;
	}
	json_decref(*settings);
	*settings = json_incref((json_t *)value);
}

const struct field module_app_fields[] = {
	{ .key = "kind",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct module_settings, kind),
	  .required = true },
	{ .key = "path",
	  .type = FIELD_STRING,
	  .offset = offsetof(struct module_settings, path),
	  .required = true },
	{ .key = "entry", .type = FIELD_STRING, .offset = offsetof(struct module_settings, entry) },
	{ .key = "work", .type = FIELD_STRING, .offset = offsetof(struct module_settings, work) },
	{ .key = "settings",
	  .type = FIELD_PARSE,
	  .offset = offsetof(struct module_settings, settings),
	  .parse = parse_settings },
	{ .type = FIELD_END },
};

static void settings_release(struct module_settings *s)
{
	free(s->kind);
	free(s->path);
	free(s->entry);
	free(s->work);
	json_decref(s->settings);
}

/* Only that the file is there: no code of a module runs in the manager. */
static void module_check(const json_t *settings, const char *base_dir, const char *path,
			 struct problems *p)
{
	struct module_settings s = { 0 };
	AUTO_FREE char *file = NULL;
	char at[FIELDS_PATH_BYTES];
	struct error e = { 0 };

	fields_parse(settings, path, module_app_fields, &s, p);
	fields_path_key(at, sizeof(at), path, "path");
	if (s.path != NULL && module_find(s.path, base_dir, &file, &e) < 0)
		problems_error(p, at, "%s", e.text);
	else if (file != NULL && access(file, R_OK) < 0)
		problems_error(p, at, "%s: %s", file, strerror(errno));
	settings_release(&s);
}

/* Life -------------------------------------------------------------------- */

static int load(struct module_server *ms, const struct site *site, const json_t *settings,
		struct error *e)
{
	const char *path = json_string_value(json_object_get(settings, "path"));
	const char *entry = json_string_value(json_object_get(settings, "entry"));
	AUTO_FREE char *file = NULL;
	const void *app = NULL;
	int r = module_find(path, site->base_dir, &file, e);

	if (r == 0)
		r = module_load(file, &ms->module, e);
	if (r == 0)
		r = module_object(&ms->module, entry != NULL ? entry : DEFAULT_ENTRY,
				  sizeof(eisen_app), &app, e);
	if (r == 0)
		ms->app = app;
	return r;
}

static int check_app(const eisen_app *app, struct error *e)
{
	if (app->handle == NULL)
		return error_set(e, EINVAL, "the app has no handle()");
	return 0;
}

static int open_app(struct module_server *ms, struct error *e)
{
	int r;

	if (ms->app->open == NULL)
		return 0;
	r = ms->app->open(ms->toolbox, &ms->server, &ms->state);
	if (r >= 0)
		return 0;
	ms->state = NULL;
	return error_errno(e, -r, "the app's open() failed");
}

/* Its code stays in the process: threads of it, or apps that it serves by
 * eisen_serve(), may outlive this server. */
static void server_release(struct module_server *ms)
{
	module_reply_release(&ms->reply);
	json_decref(ms->server.settings);
	free(ms->module.path);
	free(ms);
}

static int module_open(struct app *app, const json_t *settings, struct error *e)
{
	const struct module_context *context = app->context;
	const struct site *site = app->site;
	struct module_server *ms = calloc(1, sizeof(*ms));
	json_t *own;
	int r = 0;

	if (ms == NULL)
		return error_set(e, ENOMEM, "no memory for a module's app");
	if (context != NULL)
		ms->toolbox = context->toolbox;
	if (context != NULL && context->app != NULL) {
		ms->app = context->app;
		own = json_incref((json_t *)settings);
	} else {
		r = load(ms, site, settings, e);
		own = json_incref(json_object_get(settings, "settings"));
	}
	ms->server = (struct eisen_server) { .group = site->group,
					     .ip = site->ip,
					     .port = (unsigned)site->port,
					     .settings = own != NULL ? own : json_object(),
					     .row = site->row,
					     .row_len = site->row_len };
	if (r == 0)
		r = check_app(ms->app, e);
	if (r == 0)
		r = open_app(ms, e);
	if (r < 0) {
		server_release(ms);
		return r;
	}
	app->state = ms;
	return 0;
}

static void module_close(struct app *app)
{
	struct module_server *ms = app->state;

	if (ms == NULL)
		return;
	if (ms->app->close != NULL)
		ms->app->close(ms->state);
	server_release(ms);
	app->state = NULL;
}

/* Requests ---------------------------------------------------------------- */

/* Once: a module that is wrong is wrong at every request. */
static void tell_fault(struct module_server *ms)
{
	const char *path = ms->module.path != NULL ? ms->module.path : "an app of a module";

	if (ms->reply.fault[0] == '\0' || ms->told || ms->toolbox == NULL)
		return;
	ms->told = true;
	eisen_print(ms->toolbox, "%s, port %u: bad reply, answered 500: %s", path, ms->server.port,
		    ms->reply.fault);
}

static void module_handle(struct app *app, struct request *request, struct reply *reply)
{
	struct module_server *ms = app->state;

	if (request->body_bytes > 0 && !ms->app->takes_body) {
		reply_error(reply, MHD_HTTP_CONTENT_TOO_LARGE, NULL, BODY_REFUSED);
		return;
	}
	ms->request.request = request;
	module_reply_begin(&ms->reply);
	ms->app->handle(ms->state, &ms->request, &ms->reply);
	ms->request.request = NULL;
	module_reply_send(&ms->reply, reply);
	tell_fault(ms);
}

static const struct request *request_of(const eisen_request *request)
{
	return request != NULL ? request->request : NULL;
}

const char *eisen_request_method(const eisen_request *request)
{
	const struct request *r = request_of(request);

	return r != NULL ? r->method_text : "";
}

const char *eisen_request_path(const eisen_request *request)
{
	const struct request *r = request_of(request);

	return r != NULL ? r->path : "";
}

const char *eisen_request_query(const eisen_request *request)
{
	const struct request *r = request_of(request);

	return r != NULL ? r->query : NULL;
}

const char *eisen_request_header(const eisen_request *request, const char *name)
{
	const struct request *r = request_of(request);

	return r != NULL && name != NULL ? request_header(r, name) : NULL;
}

const char *eisen_request_body(const eisen_request *request, size_t *ret_len)
{
	const struct request *r = request_of(request);
	bool there = r != NULL && r->body != NULL && r->body_bytes > 0;

	if (ret_len != NULL)
		*ret_len = there ? (size_t)r->body_bytes : 0;
	return there ? r->body : "";
}

const struct app_kind module_app_kind = {
	.name = "module",
	.takes_body = true, /* of apps that do; for the others, to say 413 */
	.check = module_check,
	.open = module_open,
	.handle = module_handle,
	.close = module_close,
};
