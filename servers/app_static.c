/* app_static.c - see app_static.h.
 *
 *   path as sent ─▶ static_cache ─(once a second)─▶ static_resolve ─▶ root
 *                        │
 *                        ├─ file ─▶ encoding ─▶ conditions ─▶ range ─▶ 200 206 304 412 416
 *                        ├─ redirect, listing
 *                        └─ nothing ─▶ spa, error page
 *
 * A hit in the cache is answered without decoding, allocation or system call,
 * but for the one that sends it.
 */
#include "servers/app_static.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"
#include "servers/accept.h"
#include "servers/byterange.h"
#include "servers/conditional.h"
#include "servers/mime.h"
#include "servers/reply.h"
#include "servers/request.h"
#include "servers/static_folder.h"
#include "servers/static_range.h"
#include "servers/static_site.h"
#include "servers/static_wishes.h"

#include <microhttpd.h>
#include <string.h>

#define LOCATION_MAX 4096 /* bytes: libmicrohttpd has room for a head of that size */

static void send_whole(struct static_file *file, struct reply *reply)
{
	if (static_file_size(file) > REQUEST_LARGE_BYTES)
		request_prepare_large(reply->request);
	reply_shared(reply, MHD_HTTP_OK, &file->full);
}

static void send_error(struct app *app, unsigned status, const char *text, const char *name,
		       const char *value, struct reply *reply);

static void refuse_range(struct app *app, uint64_t size, struct reply *reply)
{
	char text[64];

	snprintf(text, sizeof(text), "bytes */%llu", (unsigned long long)size);
	send_error(app, MHD_HTTP_RANGE_NOT_SATISFIABLE, "no part of the file is in that range",
		   MHD_HTTP_HEADER_CONTENT_RANGE, text, reply);
}

static void send_file(struct app *app, struct static_file *file, const struct static_wishes *w,
		      struct reply *reply)
{
	const struct validators validators = { file->etag, file->modified, reply->now };
	enum byterange_result ranges = BYTERANGE_WHOLE;
	struct byterange_set set;

	switch (conditional_evaluate(&w->conditions, &validators, true)) {
	case CONDITIONAL_NOT_MODIFIED:
		reply_shared(reply, MHD_HTTP_NOT_MODIFIED, &file->not_modified);
		return;
	case CONDITIONAL_FAILED:
		send_error(app, MHD_HTTP_PRECONDITION_FAILED,
			   "the file is not the one that was meant", NULL, NULL, reply);
		return;
	case CONDITIONAL_GO:
		break;
	}
	if (w->range != NULL && reply->request->method == REQUEST_GET &&
	    conditional_range_holds(&w->conditions, &validators))
		ranges = byterange_parse(w->range, static_file_size(file), &set);
	if (ranges == BYTERANGE_UNSATISFIABLE)
		refuse_range(app, static_file_size(file), reply);
	else if (ranges == BYTERANGE_WHOLE)
		send_whole(file, reply);
	else if (static_range_send(app->state, file, &set, reply) < 0)
		send_error(app, MHD_HTTP_SERVICE_UNAVAILABLE, "the file cannot be read right now",
			   MHD_HTTP_HEADER_RETRY_AFTER, "1", reply);
}

/* The best variant that the client takes and that is there. */
static int choose(struct static_site *site, struct static_resource *resource, const char *accepted,
		  struct board_cell *cell, struct static_file **ret)
{
	enum encoding choices[ENCODING_COUNT] = { ENCODING_IDENTITY };
	size_t count = 1;
	int r = -ENOENT;

	if (accepted != NULL &&
	    (resource->id[ENCODING_BR].inode != 0 || resource->id[ENCODING_GZIP].inode != 0))
		count = encoding_choices(accepted, choices);
	for (size_t i = 0; i < count && r < 0; i++)
		if (resource->id[choices[i]].inode != 0)
			r = static_cache_file(site, resource, choices[i], cell, ret);
	return r;
}

static void send_problem(struct app *app, enum static_kind kind, struct reply *reply);

static void send_resource(struct app *app, struct static_resource *resource, struct reply *reply)
{
	struct static_site *site = app->state;
	struct static_file *file = NULL;
	struct static_wishes wishes;
	int r;

	static_wishes_find(reply->request, &wishes);
	r = choose(site, resource, wishes.accept_encoding, app->cell, &file);
	if (r == 0)
		send_file(app, file, &wishes, reply);
	else
		send_problem(app, static_kind_of_error(r), reply);
	static_wishes_release(&wishes);
}

/* A page's path, not an asset's, asked for by who shows pages. */
static bool wants_page(const struct request *request)
{
	const char *accept = request_header(request, MHD_HTTP_HEADER_ACCEPT);

	return *mime_extension(request->path) == '\0' &&
	       (accept == NULL || accept_quality(accept, "text/html") > 0);
}

static struct static_resource *find_named(struct app *app, const char *path, time_t now)
{
	struct static_site *site = app->state;
	char raw[TARGET_BYTES * 3], name[TARGET_BYTES + 1];
	struct static_resource *resource;

	snprintf(name, sizeof(name), "/%s", path);
	if (!target_encode(name, raw, sizeof(raw)))
		return NULL;
	resource = static_cache_find(site, raw, now, app->cell);
	if (resource != NULL && resource->kind == STATIC_REDIRECT) { /* to its clean URL */
		snprintf(raw, sizeof(raw), "%s", resource->path);
		resource = static_cache_find(site, raw, now, app->cell);
	}
	return resource != NULL && resource->kind == STATIC_FILE ? resource : NULL;
}

static bool send_spa(struct app *app, struct reply *reply)
{
	const struct static_site *site = app->state;
	struct static_resource *resource;

	if (site->settings.spa == NULL || !wants_page(reply->request))
		return false;
	resource = find_named(app, site->settings.spa, reply->now);
	if (resource == NULL)
		return false;
	send_resource(app, resource, reply);
	return true;
}

/* The config's page for a status; false: there is none, *ret stays empty. */
static bool make_error_page(struct app *app, unsigned status, time_t now, struct reply_body *ret)
{
	struct static_site *site = app->state;
	struct static_resource *resource = NULL;
	struct static_file *file;

	for (size_t i = 0; i < site->settings.error_page_count; i++)
		if (site->settings.error_pages[i].status == status)
			resource = find_named(app, site->settings.error_pages[i].path, now);
	return resource != NULL &&
	       static_cache_file(site, resource, ENCODING_IDENTITY, app->cell, &file) == 0 &&
	       static_file_error_body(site, file, ret) == 0;
}

/* With the config's page, or else ours; name: of a header more, NULL: none. To find the
 * page may push out of the cache what the request was about. */
static void send_error(struct app *app, unsigned status, const char *text, const char *name,
		       const char *value, struct reply *reply)
{
	struct reply_body body = { 0 };

	if (!make_error_page(app, status, reply->now, &body))
		reply_error_body(reply->request, status, text, &body);
	if (body.response != NULL && name != NULL)
		reply_body_header(&body, name, value);
	reply_once(reply, status, &body);
}

static const struct problem_reply {
	unsigned status;
	const char *text;
} problem_replies[] = {
	[STATIC_MISSING] = { MHD_HTTP_NOT_FOUND, "there is nothing here" },
	[STATIC_FORBIDDEN] = { MHD_HTTP_FORBIDDEN, "this may not be read" },
	[STATIC_MALFORMED] = { MHD_HTTP_BAD_REQUEST, "the path is malformed" },
	[STATIC_BUSY] = { MHD_HTTP_SERVICE_UNAVAILABLE, "too much is open; try again" },
};

static void send_problem(struct app *app, enum static_kind kind, struct reply *reply)
{
	const struct problem_reply *problem = &problem_replies[kind];

	send_error(app, problem->status, problem->text,
		   kind == STATIC_BUSY ? MHD_HTTP_HEADER_RETRY_AFTER : NULL, "1", reply);
}

/* The query stays (RFC 9110, 15.4.2 leaves it to us). */
static void send_redirect(struct app *app, const struct static_resource *resource,
			  struct reply *reply)
{
	const char *query = reply->request->query;
	AUTO_BUF struct buf location = BUF_INIT(LOCATION_MAX);
	static const char text[] = "moved\n";
	struct reply_body body = { 0 };

	buf_adds(&location, resource->path);
	if (query != NULL) {
		buf_adds(&location, "?");
		buf_adds(&location, query);
	}
	if (location.failed) {
		send_error(app, MHD_HTTP_URI_TOO_LONG, "it is elsewhere, by too long a name", NULL,
			   NULL, reply);
		return;
	}
	reply_body_make(REPLY_TEXT, strdup(text), sizeof(text) - 1, &body);
	if (body.response != NULL &&
	    reply_body_header(&body, MHD_HTTP_HEADER_LOCATION, buf_text(&location)) < 0)
		reply_body_release(&body);
	reply_once(reply, MHD_HTTP_MOVED_PERMANENTLY, &body);
}

static void send_found(struct app *app, struct static_resource *resource, struct reply *reply)
{
	enum static_kind kind = resource->kind; /* what is looked up below may push it out */

	switch (kind) {
	case STATIC_FILE:
		send_resource(app, resource, reply);
		return;
	case STATIC_REDIRECT:
		send_redirect(app, resource, reply);
		return;
	case STATIC_FOLDER:
		static_folder_send(app->state, resource, reply);
		return;
	case STATIC_MISSING:
		if (send_spa(app, reply))
			return;
		break;
	default:
		break;
	}
	send_problem(app, kind, reply);
}

static void static_handle(struct app *app, struct request *request, struct reply *reply)
{
	static const char methods[] = "GET, HEAD, OPTIONS";
	struct static_resource *resource;

	if (request->method == REQUEST_OPTIONS) {
		reply_options(reply, methods);
		return;
	}
	if (!request_reads(request)) {
		send_error(app, MHD_HTTP_METHOD_NOT_ALLOWED, "files are read with GET and HEAD",
			   MHD_HTTP_HEADER_ALLOW, methods, reply);
		return;
	}
	resource = static_cache_find(app->state, request->path, reply->now, app->cell);
	if (resource != NULL)
		send_found(app, resource, reply);
	else
		send_error(app, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory", NULL, NULL, reply);
}

static void static_check(const json_t *settings, const char *base_dir, const char *path,
			 struct problems *p)
{
	struct static_settings s;

	static_settings_parse(settings, base_dir, path, &s, p);
	static_settings_release(&s);
}

static int static_open(struct app *app, const json_t *settings, struct error *e)
{
	struct static_site *site = NULL;
	int r = static_site_get(app->sites, settings, app->site->base_dir, &site, e);

	app->state = site;
	return r;
}

static void static_close(struct app *app)
{
	static_site_put(app->sites, app->state);
	app->state = NULL;
}

const struct app_kind static_app_kind = {
	.name = "static",
	.check = static_check,
	.open = static_open,
	.handle = static_handle,
	.close = static_close,
};
