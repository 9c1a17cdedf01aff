/* api.c - see api.h: which path gets which answer, and who may ask. */
#include "servers/api.h"

#include "common/buf.h"
#include "common/error.h"
#include "portmap/plan.h"
#include "servers/api_feeders.h"
#include "servers/api_host.h"
#include "servers/api_impl.h"
#include "servers/api_page.h"
#include "servers/api_queues.h"
#include "servers/api_reply.h"
#include "servers/api_results.h"
#include "servers/api_site.h"
#include "servers/api_status.h"
#include "servers/api_store.h"
#include "servers/json_text.h"
#include "servers/reply.h"
#include "servers/request.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

static struct api *api_of(const struct app *app)
{
	return app->state;
}

/* One of the documents, written as JSON. */
typedef void write_fn(struct api *a, const char *key, struct json_text *j);

static void send_written(struct api *a, struct reply *reply, write_fn *write)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };

	write(a, NULL, &j);
	api_send_text(reply, MHD_HTTP_OK, &text);
}

static void get_page(struct api *a, const struct request *request ATTR_UNUSED, struct reply *reply)
{
	struct reply_body body = { 0 };
	size_t len = 0;
	char *page = api_page(a, &len);

	reply_body_make(REPLY_HTML, page, len, &body);
	api_send(reply, MHD_HTTP_OK, &body);
}

static void get_plan(struct api *a, const struct request *request ATTR_UNUSED, struct reply *reply)
{
	api_send_json(reply, MHD_HTTP_OK, plan_json(a->context->plan));
}

static void get_queue(struct api *a, const struct request *request, struct reply *reply)
{
	api_get_queue(a, request->path + strlen("/api/queues/"), reply);
}

static void get_result(struct api *a, const struct request *request, struct reply *reply)
{
	api_get_result(a, request->path + strlen("/api/results/"), reply);
}

static void get_health(struct api *a ATTR_UNUSED, const struct request *request ATTR_UNUSED,
		       struct reply *reply)
{
	api_send_json(reply, MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
}

static void get_ready(struct api *a, const struct request *request ATTR_UNUSED, struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };
	bool ready = api_write_ready(a, &j);

	api_send_text(reply, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, &text);
}

static void post_stop(struct api *a, const struct request *request ATTR_UNUSED, struct reply *reply)
{
	const struct api_context *c = a->context;
	struct error e = { 0 };

	if (!c->control)
		api_send_error(reply, MHD_HTTP_FORBIDDEN, NULL,
			       "changes are taken on the control socket only: use 'eisen stop'");
	else if (c->stop(c->stop_arg, &e) < 0)
		api_send_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, e.text);
	else
		api_send_json(reply, MHD_HTTP_ACCEPTED, json_pack("{s:s}", "status", "stopping"));
}

/* Answers otherwise. */
typedef void endpoint_fn(struct api *a, const struct request *request, struct reply *reply);

static const struct endpoint {
	const char *path; /* "/api/…/": and what follows it */
	write_fn *write;  /* a GET of JSON, always there; else */
	endpoint_fn *get, *post;
} endpoints[] = {
	{ "/", .get = get_page }, /* the site's, where there is one */
	{ "/api/status", .write = api_write_status },
	{ "/api/plan", .get = get_plan },
	{ "/api/workers", .write = api_write_workers },
	{ "/api/groups", .write = api_write_groups },
	{ "/api/servers", .write = api_write_servers },
	{ "/api/queues", .write = api_write_queues },
	{ "/api/queues/", .get = get_queue },
	{ "/api/feeders", .write = api_write_feeders },
	{ "/api/results", .get = api_get_results },
	{ "/api/results/", .get = get_result },
	{ "/api/manager", .write = api_write_manager },
	{ "/api/deaths", .write = api_write_deaths },
	{ "/api/stop", .post = post_stop },
	{ "/healthz", .get = get_health },
	{ "/readyz", .get = get_ready },
	{ "/workers", .get = get_page },
};

static bool is_at(const struct endpoint *endpoint, const char *path)
{
	size_t len = strlen(endpoint->path);

	if (len == 1 || endpoint->path[len - 1] != '/')
		return strcmp(endpoint->path, path) == 0;
	return strncmp(endpoint->path, path, len) == 0 && path[len] != '\0';
}

static const struct endpoint *find_endpoint(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(endpoints); i++)
		if (is_at(&endpoints[i], path))
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

		snprintf(line, sizeof(line), "%s %s", endpoints[i].post == NULL ? "GET" : "POST",
			 endpoints[i].path);
		json_text_string(&j, NULL, line);
	}
	json_text_end(&j);
	json_text_end(&j);
	api_send_text(reply, MHD_HTTP_NOT_FOUND, &text);
}

static bool host_allowed(const struct app *app, const struct request *request)
{
	const struct api_context *c = app->context;

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

static void answer(struct api *a, const struct endpoint *endpoint, const struct request *request,
		   struct reply *reply)
{
	bool reads = request_reads(request);

	if (reads && endpoint->write != NULL)
		send_written(a, reply, endpoint->write);
	else if (reads && endpoint->get != NULL)
		endpoint->get(a, request, reply);
	else if (request->method == REQUEST_POST && endpoint->post != NULL)
		endpoint->post(a, request, reply);
	else
		api_send_error(reply, MHD_HTTP_METHOD_NOT_ALLOWED,
			       endpoint->post == NULL ? "GET, HEAD" : "POST",
			       "not with this method, see Allow");
}

static void api_handle(struct app *app, struct request *request, struct reply *reply)
{
	const struct endpoint *endpoint = find_endpoint(request->path);
	struct app *site = api_of(app)->site;

	if (!host_allowed(app, request)) {
		api_send_error(reply, MHD_HTTP_MISDIRECTED_REQUEST, NULL,
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
	answer(api_of(app), endpoint, request, reply);
}

static void api_close(struct app *app)
{
	struct api *a = api_of(app);

	if (a == NULL)
		return;
	api_site_close(a->site);
	api_store_close(a);
	api_feeders_close(a);
	free(a->missing);
	free(a);
	app->state = NULL;
}

static int api_open(struct app *app, const json_t *settings ATTR_UNUSED, struct error *e)
{
	struct api *a = calloc(1, sizeof(*a));

	app->state = a;
	if (a != NULL)
		a->context = app->context;
	if (a == NULL || api_feeders_open(a) < 0) {
		api_close(app);
		return error_set(e, ENOMEM, "out of memory");
	}
	a->site = api_site_open(app, a->context->site_dir);
	return 0;
}

const struct app_kind api_app_kind = {
	.name = "status",
	.open = api_open,
	.handle = api_handle,
	.close = api_close,
};
