/* api.c - see api.h: which path gets which answer, and who may ask. */
#include "servers/api.h"

#include "common/buf.h"
#include "common/error.h"
#include "portmap/plan.h"
#include "servers/api_host.h"
#include "servers/api_page.h"
#include "servers/api_site.h"
#include "servers/api_status.h"
#include "servers/json_text.h"
#include "servers/reply.h"
#include "servers/request.h"

#include <microhttpd.h>
#include <string.h>

#define API_TEXT_MAX (64u << 20) /* bytes; 65536 servers take about 16 MiB */

static const struct api_context *context_of(const struct app *app)
{
	return app->context;
}

/* Never from a cache, never as something else, never with a foreign script. */
static void send_body(struct reply *reply, unsigned status, struct reply_body *body)
{
	static const char policy[] = "default-src 'none'; style-src 'unsafe-inline'; "
				     "img-src data:; base-uri 'none'; form-action 'none'; "
				     "frame-ancestors 'none'";

	if (body->response != NULL) {
		reply_body_header(body, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
		reply_body_header(body, "X-Content-Type-Options", "nosniff");
		reply_body_header(body, "Content-Security-Policy", policy);
		reply_body_header(body, "Referrer-Policy", "no-referrer");
	}
	reply_once(reply, status, body);
}

/* What j was begun on is sent; it ends with a newline for people's sake. */
static void send_text(struct reply *reply, unsigned status, struct buf *text)
{
	struct reply_body body = { 0 };
	size_t len;
	char *data;

	buf_add(text, "\n", 1);
	len = text->len;
	data = buf_take(text);
	reply_body_make(REPLY_JSON, data, len, &body);
	send_body(reply, status, &body);
}

typedef void write_fn(const struct api_context *c, struct json_text *j);

static void send_written(const struct api_context *c, struct reply *reply, write_fn *write)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };

	write(c, &j);
	send_text(reply, MHD_HTTP_OK, &text);
}

static void send_json(struct reply *reply, unsigned status, json_t *value)
{
	struct reply_body body = { 0 };

	reply_body_json(value, &body);
	send_body(reply, status, &body);
}

/* Errors are JSON here, for whoever asks. allow: of a 405, else NULL. */
static void send_error(struct reply *reply, unsigned status, const char *allow, const char *text)
{
	struct reply_body body = { 0 };

	reply_body_json(json_pack("{s:i, s:s}", "status", (int)status, "error", text), &body);
	if (body.response != NULL && allow != NULL)
		reply_body_header(&body, MHD_HTTP_HEADER_ALLOW, allow);
	send_body(reply, status, &body);
}

static void get_page(const struct api_context *c, struct reply *reply)
{
	struct reply_body body = { 0 };
	size_t len = 0;
	char *page = api_page(c, &len);

	reply_body_make(REPLY_HTML, page, len, &body);
	send_body(reply, MHD_HTTP_OK, &body);
}

static void get_status(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_status);
}

static void get_plan(const struct api_context *c, struct reply *reply)
{
	send_json(reply, MHD_HTTP_OK, plan_json(c->plan));
}

static void get_workers(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_workers);
}

static void get_groups(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_groups);
}

static void get_servers(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_servers);
}

static void get_manager(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_manager);
}

static void get_deaths(const struct api_context *c, struct reply *reply)
{
	send_written(c, reply, api_write_deaths);
}

static void get_health(const struct api_context *c ATTR_UNUSED, struct reply *reply)
{
	send_json(reply, MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
}

static void get_ready(const struct api_context *c, struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };
	bool ready = api_write_ready(c, &j);

	send_text(reply, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, &text);
}

static void post_stop(const struct api_context *c, struct reply *reply)
{
	struct error e = { 0 };

	if (!c->control)
		send_error(reply, MHD_HTTP_FORBIDDEN, NULL,
			   "changes are taken on the control socket only: use 'eisen stop'");
	else if (c->stop(c->stop_arg, &e) < 0)
		send_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, e.text);
	else
		send_json(reply, MHD_HTTP_ACCEPTED, json_pack("{s:s}", "status", "stopping"));
}

typedef void endpoint_fn(const struct api_context *c, struct reply *reply);

static const struct endpoint {
	const char *path;
	endpoint_fn *get, *post;
} endpoints[] = {
	{ "/", get_page, NULL }, /* the site's, where there is one */
	{ "/api/status", get_status, NULL },
	{ "/api/plan", get_plan, NULL },
	{ "/api/workers", get_workers, NULL },
	{ "/api/groups", get_groups, NULL },
	{ "/api/servers", get_servers, NULL },
	{ "/api/manager", get_manager, NULL },
	{ "/api/deaths", get_deaths, NULL },
	{ "/api/stop", NULL, post_stop },
	{ "/healthz", get_health, NULL },
	{ "/readyz", get_ready, NULL },
	{ "/workers", get_page, NULL },
};

static const struct endpoint *find_endpoint(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (strcmp(endpoints[i].path, path) == 0)
			return &endpoints[i];
	return NULL;
}

/* With what there is instead. */
static void send_not_found(struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };

	json_text_object(&j, NULL);
	json_text_uint(&j, "status", MHD_HTTP_NOT_FOUND);
	json_text_string(&j, "error", "no such endpoint");
	json_text_array(&j, "endpoints");
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++) {
		char line[64];

		snprintf(line, sizeof(line), "%s %s", endpoints[i].get != NULL ? "GET" : "POST",
			 endpoints[i].path);
		json_text_string(&j, NULL, line);
	}
	json_text_end(&j);
	json_text_end(&j);
	send_text(reply, MHD_HTTP_NOT_FOUND, &text);
}

static bool host_allowed(const struct app *app, const struct request *request)
{
	const struct api_context *c = context_of(app);

	return c->control || api_host_allowed(request_header(request, MHD_HTTP_HEADER_HOST),
					      app->site->ip, c->hosts);
}

/* The site has the root and what is nobody else's; under /api errors are JSON. */
static bool is_of_site(const char *path, const struct endpoint *endpoint)
{
	if (endpoint != NULL)
		return strcmp(path, "/") == 0;
	return strcmp(path, "/api") != 0 && strncmp(path, "/api/", 5) != 0;
}

static void api_handle(struct app *app, struct request *request, struct reply *reply)
{
	const struct endpoint *endpoint = find_endpoint(request->path);
	struct app *site = api_site(app);
	endpoint_fn *fn = NULL;

	if (!host_allowed(app, request)) {
		send_error(reply, MHD_HTTP_MISDIRECTED_REQUEST, NULL,
			   "this Host is not on the list; add it to status.hosts");
		return;
	}
	if (site != NULL && is_of_site(request->path, endpoint)) {
		site->kind->handle(site, request, reply);
		return;
	}
	if (endpoint == NULL) {
		send_not_found(reply);
		return;
	}
	if (request_reads(request))
		fn = endpoint->get;
	else if (request->method == REQUEST_POST)
		fn = endpoint->post;
	if (fn == NULL)
		send_error(reply, MHD_HTTP_METHOD_NOT_ALLOWED,
			   endpoint->get != NULL ? "GET, HEAD" : "POST",
			   "not with this method, see Allow");
	else
		fn(context_of(app), reply);
}

const struct app_kind api_app_kind = {
	.name = "status",
	.open = api_site_open,
	.handle = api_handle,
	.close = api_site_close,
};
