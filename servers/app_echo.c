/* app_echo.c - see app_echo.h.
 *
 * An app in its smallest form: handle() reads the request, makes a body and
 * queues it once. It keeps no state, so it needs neither open() nor close().
 *
 * JSON is UTF-8 and a request need not be: texts that are not are written with
 * \xHH for their odd bytes, a body in base64.
 */
#include "servers/app_echo.h"

#include "common/buf.h"
#include "common/utf8.h"
#include "servers/reply.h"
#include "servers/request.h"

#include <microhttpd.h>
#include <string.h>

#define TEXT_MAX (256u << 10) /* bytes: a head's four times, or a body's in base64 */

static bool is_utf8(const char *text, size_t len)
{
	size_t n = 1;

	for (; len > 0 && n > 0; text += n, len -= n)
		n = utf8_sequence(text, len);
	return n > 0;
}

static json_t *echo_text(const char *text)
{
	AUTO_BUF struct buf escaped = BUF_INIT(TEXT_MAX);

	if (is_utf8(text, strlen(text)))
		return json_string(text);
	utf8_escape(&escaped, text);
	return json_string(buf_text(&escaped));
}

static json_t *echo_target(const struct request *request)
{
	AUTO_BUF struct buf target = BUF_INIT(TEXT_MAX);

	buf_adds(&target, request->path);
	if (request->query != NULL) {
		buf_adds(&target, "?");
		buf_adds(&target, request->query);
	}
	return echo_text(buf_text(&target));
}

/* MHD keeps the blanks behind a value, which are no part of it (RFC 9110, 5.5). */
static json_t *echo_value(const char *value)
{
	size_t len = value != NULL ? strlen(value) : 0;
	AUTO_FREE char *trimmed = NULL;

	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	trimmed = strndup(len > 0 ? value : "", len);
	return trimmed != NULL ? echo_text(trimmed) : NULL;
}

static enum MHD_Result add_header(void *headers, enum MHD_ValueKind kind ATTR_UNUSED,
				  const char *name, const char *value)
{
	json_t *pair = json_pack("[o, o]", echo_text(name), echo_value(value));

	return json_array_append_new(headers, pair) == 0 ? MHD_YES : MHD_NO;
}

/* In the order in which they came. */
static json_t *echo_headers(const struct request *request)
{
	json_t *headers = json_array();

	MHD_get_connection_values(request->connection, MHD_HEADER_KIND, add_header, headers);
	return headers;
}

/* RFC 4648, 4. */
static json_t *echo_base64(const unsigned char *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX);

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16 |
				 (i + 1 < len ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (i + 2 < len ? bytes[i + 2] : 0);
		char four[4] = { digits[three >> 18], digits[three >> 12 & 63],
				 i + 1 < len ? digits[three >> 6 & 63] : '=',
				 i + 2 < len ? digits[three & 63] : '=' };

		buf_add(&text, four, sizeof(four));
	}
	return json_string(buf_text(&text));
}

static int add_body(json_t *doc, const struct request *request)
{
	const char *body = request->body != NULL ? request->body : ""; /* NULL: none was sent */
	size_t len = (size_t)request->body_bytes;

	if (is_utf8(body, len))
		return json_object_set_new(doc, "body", json_stringn(body, len));
	return json_object_set_new(doc, "body_base64",
				   echo_base64((const unsigned char *)body, len));
}

static json_t *echo_document(const struct site *site, const struct request *request)
{
	json_t *doc = json_pack("{s:o, s:o, s:s, s:o, s:I, s:s, s:s, s:i, s:i, s:i}", "method",
				echo_text(request->method_text), "target", echo_target(request),
				"version", request->version, "headers", echo_headers(request),
				"body_bytes", (json_int_t)request->body_bytes, "group", site->group,
				"ip", site->ip, "port", site->port, "START_SEQUENCE_NUM",
				site->start_sequence_num, "pid", (int)getpid());

	if (add_body(doc, request) == 0)
		return doc;
	json_decref(doc);
	return NULL;
}

static void echo_handle(struct app *app, struct request *request, struct reply *reply)
{
	struct reply_body body = { 0 };

	if (reply_body_json(echo_document(app->site, request), &body) == 0 &&
	    reply_body_header(&body, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") < 0)
		reply_body_release(&body);
	reply_once(reply, MHD_HTTP_OK, &body); /* an empty one answers 500 */
}

const struct app_kind echo_app_kind = {
	.name = "echo",
	.takes_body = true,
	.handle = echo_handle,
};
