/* reply.c - see reply.h. */
#include "servers/reply.h"

#include "common/buf.h"
#include "common/markup.h"
#include "servers/conn.h"
#include "servers/http_date.h"
#include "servers/page.h"
#include "servers/request.h"
#include "servers/send.h"

#include <assert.h>
#include <microhttpd.h>
#include <string.h>

#define ERROR_PAGE_MAX 4096 /* bytes */

int reply_body_make(const char *type, char *data, size_t len, struct reply_body *ret)
{
	struct reply_body body = { .len = len };

	if (data == NULL)
		return -ENOMEM;
	body.response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
	if (body.response == NULL) {
		free(data);
		return -ENOMEM;
	}
	if (reply_body_header(&body, MHD_HTTP_HEADER_CONTENT_TYPE, type) < 0) {
		reply_body_release(&body);
		return -ENOMEM;
	}
	*ret = body;
	return 0;
}

int reply_body_empty(struct reply_body *ret)
{
	static char nothing[] = "";
	struct reply_body body = {
		.response = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT),
	};

	if (body.response == NULL)
		return -ENOMEM;
	*ret = body;
	return 0;
}

int reply_body_header(struct reply_body *body, const char *name, const char *value)
{
	if (MHD_add_response_header(body->response, name, value) != MHD_YES)
		return -EINVAL;
	return 0;
}

void reply_body_release(struct reply_body *body)
{
	if (body->response != NULL)
		MHD_destroy_response(body->response);
	*body = (struct reply_body) { 0 };
}

int reply_body_json(json_t *value, struct reply_body *ret)
{
	size_t len = 0;
	char *text, *line;

	text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
	if (text == NULL)
		return -ENOMEM;
	len = strlen(text);
	line = realloc(text, len + 2);
	if (line == NULL) {
		free(text);
		return -ENOMEM;
	}
	memcpy(line + len, "\n", 2);
	return reply_body_make(REPLY_JSON, line, len + 1, ret);
}

/* Headers that depend on the moment belong to the response all the same; MHD
 * has copied them when it has queued it. "Connection: close" is the only way
 * to tell it that the reply is the last. */
static void set_last(struct reply_body *body, bool last)
{
	if (last)
		MHD_add_response_header(body->response, MHD_HTTP_HEADER_CONNECTION, "close");
	else
		MHD_del_response_header(body->response, MHD_HTTP_HEADER_CONNECTION, "close");
	body->last = last;
}

static void queue(struct reply *reply, unsigned status, struct reply_body *body)
{
	struct request *request = reply->request;

	assert(request->stage != REQUEST_ANSWERED);
	if (reply->last != body->last)
		set_last(body, reply->last);
	if (MHD_queue_response(request->connection, status, body->response) != MHD_YES)
		return;
	request->stage = REQUEST_ANSWERED;
	request->status = (uint16_t)status;
	request->reply_bytes = request->method == REQUEST_HEAD ? 0 : body->len;
	if (body->file && request->method != REQUEST_HEAD)
		send_file_follows(conn_of(request)->fd);
}

/* MHD would make a Date for every reply; once a second is enough. It replaces
 * the one that is there. */
static void stamp(struct reply_body *body, time_t now)
{
	char date[HTTP_DATE_BYTES];

	http_date_format(now, date);
	if (MHD_add_response_header(body->response, MHD_HTTP_HEADER_DATE, date) == MHD_YES)
		body->date = now;
}

void reply_shared(struct reply *reply, unsigned status, struct reply_body *body)
{
	if (body->date != reply->now)
		stamp(body, reply->now);
	queue(reply, status, body);
}

static void reply_no_memory(struct reply *reply)
{
	static char text[] = "out of memory\n";
	struct reply_body body = { .len = sizeof(text) - 1 };

	body.response = MHD_create_response_from_buffer(body.len, text, MHD_RESPMEM_PERSISTENT);
	if (body.response == NULL)
		return; /* unanswered: the connection is closed */
	queue(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, &body);
	reply_body_release(&body);
}

void reply_once(struct reply *reply, unsigned status, struct reply_body *body)
{
	if (body->response == NULL) {
		reply_no_memory(reply);
		return;
	}
	queue(reply, status, body);
	reply_body_release(body);
}

static char *error_page(unsigned status, const char *text, size_t *ret_len)
{
	AUTO_BUF struct buf page = BUF_INIT(ERROR_PAGE_MAX);
	const char *reason = MHD_get_reason_phrase_for(status);

	page_begin(&page, reason, NULL);
	buf_addf(&page, "<h1>%u %s</h1><p>", status, reason);
	markup_escape(&page, text);
	buf_adds(&page, "</p>");
	page_end(&page);
	*ret_len = page.len;
	return buf_take(&page);
}

void reply_error_body(const struct request *request, unsigned status, const char *text,
		      struct reply_body *ret)
{
	if (request_wants_json(request)) {
		reply_body_json(json_pack("{s:i, s:s}", "status", (int)status, "error", text), ret);
	} else {
		size_t len = 0;
		char *page = error_page(status, text, &len);

		reply_body_make(REPLY_HTML, page, len, ret);
	}
	if (ret->response != NULL)
		reply_body_header(ret, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

void reply_error(struct reply *reply, unsigned status, const char *allow, const char *text)
{
	struct reply_body body = { 0 };

	reply_error_body(reply->request, status, text, &body);
	if (body.response != NULL && allow != NULL)
		reply_body_header(&body, MHD_HTTP_HEADER_ALLOW, allow);
	reply_once(reply, status, &body);
}

void reply_options(struct reply *reply, const char *allow)
{
	struct reply_body body = { 0 };

	if (reply_body_empty(&body) == 0 &&
	    reply_body_header(&body, MHD_HTTP_HEADER_ALLOW, allow) < 0)
		reply_body_release(&body);
	reply_once(reply, MHD_HTTP_NO_CONTENT, &body);
}
