/* api_reply.c - see api_reply.h. */
#include "servers/api_reply.h"

#include "common/buf.h"
#include "servers/reply.h"

#include <microhttpd.h>

void api_send(struct reply *reply, unsigned status, struct reply_body *body)
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

/* It ends with a newline for people's sake. */
void api_send_text(struct reply *reply, unsigned status, struct buf *text)
{
	struct reply_body body = { 0 };
	size_t len;
	char *data;

	buf_add(text, "\n", 1);
	len = text->len;
	data = buf_take(text);
	reply_body_make(REPLY_JSON, data, len, &body);
	api_send(reply, status, &body);
}

void api_send_json(struct reply *reply, unsigned status, json_t *value)
{
	struct reply_body body = { 0 };

	reply_body_json(value, &body);
	api_send(reply, status, &body);
}

void api_send_error(struct reply *reply, unsigned status, const char *allow, const char *text)
{
	struct reply_body body = { 0 };

	reply_body_json(json_pack("{s:i, s:s}", "status", (int)status, "error", text), &body);
	if (body.response != NULL && allow != NULL)
		reply_body_header(&body, MHD_HTTP_HEADER_ALLOW, allow);
	api_send(reply, status, &body);
}
