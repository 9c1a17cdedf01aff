/* module_reply.c - see module_reply.h. */
#include "servers/module_reply.h"

#include "servers/request.h"
#include "servers/wire_head.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

/* "name: value\r\n" */
#define HEADER_EXTRA_BYTES 4

static void fault(eisen_reply *r, const char *fmt, ...) ATTR_PRINTF(2, 3);

static void fault(eisen_reply *r, const char *fmt, ...)
{
	va_list args;

	if (r->fault[0] != '\0')
		return;
	va_start(args, fmt);
	vsnprintf(r->fault, sizeof(r->fault), fmt, args);
	va_end(args);
}

/* One kept from an earlier request is closed: what is said of it is nobody's. */
static bool usable(const eisen_reply *r)
{
	return r != NULL && r->open;
}

static bool is_name(const char *name)
{
	const uint8_t *p = (const uint8_t *)name;

	while (wire_class[*p] & WIRE_TOKEN)
		p++;
	return *p == '\0' && name[0] != '\0';
}

/* A tab may be in one (RFC 9110, 5.5), but libmicrohttpd takes none. */
static bool is_value(const char *value)
{
	const uint8_t *p = (const uint8_t *)value;

	while (*p != '\0' && *p != '\t' && (wire_class[*p] & WIRE_VALUE_CHAR))
		p++;
	return *p == '\0';
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = {
		"connection", "content-length",    "keep-alive", "proxy-connection",
		"trailer",    "transfer-encoding", "upgrade",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strcasecmp(ours[i], name) == 0)
			return true;
	return false;
}

void eisen_reply_status(eisen_reply *r, unsigned status)
{
	if (!usable(r))
		return;
	/* 1xx is no final reply: the client would wait for one (RFC 9110, 15.2). */
	if (status < 200 || status > 599)
		fault(r, "status %u: want 200 to 599", status);
	else
		r->status = status;
}

void eisen_reply_header(eisen_reply *r, const char *name, const char *value)
{
	if (!usable(r))
		return;
	if (name == NULL || value == NULL)
		fault(r, "a header without a %s", name == NULL ? "name" : "value");
	else if (!is_name(name))
		fault(r, "a header's name that is no token");
	else if (!is_value(value))
		fault(r, "header %.64s: control characters in its value", name);
	else if (is_ours(name))
		fault(r, "header %.64s: it is the server's own to set", name);
	else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0)
		fault(r, "header %.64s: say it with the body", name);
	else if (r->headers.len + strlen(name) + strlen(value) + HEADER_EXTRA_BYTES >
		 MODULE_HEADERS_BYTES_MAX)
		fault(r, "headers of more than %d bytes in all", MODULE_HEADERS_BYTES_MAX);
	else {
		buf_add(&r->headers, name, strlen(name) + 1);
		buf_add(&r->headers, value, strlen(value) + 1);
	}
}

void eisen_reply_body(eisen_reply *r, const char *type, const void *bytes, size_t len)
{
	struct reply_body body = { 0 };
	char *copy;

	if (!usable(r))
		return;
	if (type == NULL || type[0] == '\0')
		type = "application/octet-stream";
	if (!is_value(type) || strlen(type) > 256) {
		fault(r, "a body's type that no header can have");
		return;
	}
	if ((bytes == NULL && len > 0) || len > MODULE_BODY_BYTES_MAX) {
		fault(r, bytes == NULL ? "a body of %zu bytes at NULL" : "a body of %zu bytes",
		      len);
		return;
	}
	copy = malloc(len + 1); /* never NULL for lack of a byte */
	if (copy != NULL && len > 0)
		memcpy(copy, bytes, len);
	if (reply_body_make(type, copy, len, &body) < 0) {
		fault(r, "no memory for a body of %zu bytes", len);
		return;
	}
	reply_body_release(&r->body);
	r->body = body;
}

void eisen_reply_json(eisen_reply *r, json_t *value)
{
	struct reply_body body = { 0 };

	if (!usable(r)) {
		json_decref(value);
		return;
	}
	if (reply_body_json(value, &body) < 0) {
		fault(r, "a value that is no JSON document");
		return;
	}
	reply_body_release(&r->body);
	r->body = body;
}

void module_reply_begin(eisen_reply *r)
{
	r->open = true;
	r->status = 0;
	r->fault[0] = '\0';
	r->headers.max = 2 * MODULE_HEADERS_BYTES_MAX;
	buf_clear(&r->headers);
}

static bool has_no_body(unsigned status)
{
	return status == MHD_HTTP_NO_CONTENT || status == MHD_HTTP_RESET_CONTENT ||
	       status == MHD_HTTP_NOT_MODIFIED;
}

static unsigned status_of(const eisen_reply *r)
{
	if (r->status != 0)
		return r->status;
	return r->body.response != NULL ? MHD_HTTP_OK : MHD_HTTP_NO_CONTENT;
}

/* An error without a body says at least what it is called. */
static void complete(eisen_reply *r, unsigned status, const struct request *request)
{
	if (has_no_body(status))
		reply_body_release(&r->body);
	if (r->body.response != NULL)
		return;
	if (status >= 400)
		reply_error_body(request, status, MHD_get_reason_phrase_for(status), &r->body);
	else
		reply_body_empty(&r->body);
}

static int add_headers(eisen_reply *r)
{
	const char *p = buf_text(&r->headers), *end = p + r->headers.len;

	if (r->headers.failed)
		return -ENOMEM;
	while (p < end) {
		const char *name = p, *value = name + strlen(name) + 1;

		if (reply_body_header(&r->body, name, value) < 0)
			return -EINVAL;
		p = value + strlen(value) + 1;
	}
	return 0;
}

void module_reply_send(eisen_reply *r, struct reply *reply)
{
	unsigned status = status_of(r);
	struct reply_body body;

	r->open = false;
	if (r->fault[0] == '\0') {
		complete(r, status, reply->request);
		if (r->body.response != NULL && add_headers(r) < 0)
			reply_body_release(&r->body);
		body = r->body;
		r->body = (struct reply_body) { 0 };
		reply_once(reply, status, &body); /* an empty one answers 500 */
		return;
	}
	reply_body_release(&r->body);
	reply_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL,
		    "The app gave a reply that HTTP does not have; the log says more.");
}

void module_reply_release(eisen_reply *r)
{
	reply_body_release(&r->body);
	buf_release(&r->headers);
}
