/* app_hello.c - see app_hello.h.
 *
 * Both replies, page and JSON, are the same for as long as the server lives:
 * made at the first request, so that an idle server costs nothing.
 */
#include "servers/app_hello.h"

#include "common/buf.h"
#include "common/fields.h"
#include "common/markup.h"
#include "servers/page.h"
#include "servers/reply.h"
#include "servers/request.h"

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes; what a page shows of a row, which is escaped to six times as much, lies
 * within. JSON has it whole. */
#define HELLO_PAGE_MAX 16384
#define HELLO_ROW_MAX 1024

struct hello_settings {
	char *kind, *work; /* owned */
};

struct hello {
	struct reply_body page, json;
};

static void hello_check(const json_t *settings, const char *base_dir ATTR_UNUSED, const char *path,
			struct problems *p)
{
	static const struct field table[] = {
		{ .key = "kind",
		  .type = FIELD_STRING,
		  .offset = offsetof(struct hello_settings, kind),
		  .required = true },
		{ .key = "work",
		  .type = FIELD_STRING,
		  .offset = offsetof(struct hello_settings, work) },
		{ .type = FIELD_END },
	};
	struct hello_settings s = { 0 };

	fields_parse(settings, path, table, &s, p);
	free(s.kind);
	free(s.work);
}

/* Not into the middle of a character. */
static size_t cut_row(const struct site *site)
{
	size_t len = MIN(site->row_len, (size_t)HELLO_ROW_MAX);

	while (len > 0 && len < site->row_len && ((uint8_t)site->row[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void add_row(struct buf *page, const struct site *site)
{
	AUTO_FREE char *row = NULL;

	if (site->row == NULL)
		return;
	row = strndup(site->row, cut_row(site));
	buf_adds(page, "<pre style=\"white-space:pre-wrap\">");
	markup_escape(page, row != NULL ? row : "");
	buf_adds(page, site->row_len > HELLO_ROW_MAX ? "…</pre>" : "</pre>");
}

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
	markup_escape(&page, buf_text(&title));
	buf_adds(&page, "</h1><p>");
	markup_escape(&page, site->ip);
	buf_addf(&page, "<br>START_SEQUENCE_NUM %d<br>core %d<br>pid %d", site->start_sequence_num,
		 site->core, (int)getpid());
	add_row(&page, site);
	page_end(&page);
	len = page.len;
	if (title.failed)
		return -ENOMEM;
	return reply_body_make(REPLY_HTML, buf_take(&page), len, ret);
}

static int hello_make_json(const struct site *site, struct reply_body *ret)
{
	json_t *row = site->row == NULL
			      ? NULL
			      : json_loadb(site->row, site->row_len, JSON_DECODE_ANY, NULL);

	return reply_body_json(json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:o?}", "group",
					 site->group, "ip", site->ip, "port", site->port,
					 "START_SEQUENCE_NUM", site->start_sequence_num, "pid",
					 (int)getpid(), "core", site->core, "work", row),
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
	.check = hello_check,
	.handle = hello_handle,
	.close = hello_close,
};
