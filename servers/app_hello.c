/* app_hello.c - see app_hello.h.
 *
 * Both replies, page and JSON, are the same for as long as the server lives:
 * made at the first request, so that an idle server costs nothing.
 */
#include "servers/app_hello.h"

#include "common/buf.h"
#include "servers/page.h"
#include "servers/reply.h"
#include "servers/request.h"

#include <microhttpd.h>

#define HELLO_PAGE_MAX 8192 /* bytes */

struct hello {
	struct reply_body page, json;
};

static int hello_make_page(const struct site *site, struct reply_body *ret)
{
	AUTO_BUF struct buf page = BUF_INIT(HELLO_PAGE_MAX);
	AUTO_BUF struct buf title = BUF_INIT(HELLO_PAGE_MAX);
	size_t len;

	buf_addf(&title, "%s %d", site->group, site->port);
	page_begin(&page, buf_text(&title), NULL);
	buf_adds(&page, "<h1 style=\"border-left:.4em solid ");
	page_colour(&page, site->group);
	buf_adds(&page, ";padding-left:.4em\">");
	page_escape(&page, buf_text(&title));
	buf_adds(&page, "</h1><p>");
	page_escape(&page, site->ip);
	buf_addf(&page, "<br>START_SEQUENCE_NUM %d<br>core %d<br>pid %d", site->start_sequence_num,
		 site->core, (int)getpid());
	page_end(&page);
	len = page.len;
	if (title.failed)
		return -ENOMEM;
	return reply_body_make(REPLY_HTML, buf_take(&page), len, ret);
}

static int hello_make_json(const struct site *site, struct reply_body *ret)
{
	return reply_body_json(json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:n}", "group",
					 site->group, "ip", site->ip, "port", site->port,
					 "START_SEQUENCE_NUM", site->start_sequence_num, "pid",
					 (int)getpid(), "core", site->core, "work"),
			       ret);
}

/* The reply of one type, made when it is first asked for; NULL: no memory. */
static struct reply_body *hello_body(struct app *app, bool json)
{
	struct hello *hello = app->state;
	struct reply_body *body;

	if (hello == NULL)
		hello = app->state = calloc(1, sizeof(*hello));
	if (hello == NULL)
		return NULL;
	body = json ? &hello->json : &hello->page;
	if (body->response != NULL)
		return body;
	if ((json ? hello_make_json : hello_make_page)(app->site, body) < 0)
		return NULL;
	if (reply_body_header(body, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT) < 0)
		reply_body_release(body);
	return body->response != NULL ? body : NULL;
}

static void hello_handle(struct app *app, struct request *request, struct reply *reply)
{
	static const char methods[] = "GET, HEAD, OPTIONS";
	struct reply_body *body;

	if (request->method == REQUEST_OPTIONS) {
		reply_options(reply, methods);
		return;
	}
	if (!request_reads(request)) {
		reply_error(reply, MHD_HTTP_METHOD_NOT_ALLOWED, methods,
			    "this server answers GET and HEAD");
		return;
	}
	body = hello_body(app, request_wants_json(request));
	if (body != NULL)
		reply_shared(reply, MHD_HTTP_OK, body);
	else
		reply_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
}

static void hello_close(struct app *app)
{
	struct hello *hello = app->state;

	if (hello == NULL)
		return;
	reply_body_release(&hello->page);
	reply_body_release(&hello->json);
	free(hello);
	app->state = NULL;
}

const struct app_kind hello_app_kind = {
	.name = "hello",
	.handle = hello_handle,
	.close = hello_close,
};
