/* http_client.c - see http_client.h. */
#include "tests/unit/http_client.h"

#include "common/fd.h"
#include "common/number.h"
#include "portmap/address.h"

#include <check.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/time.h>

#define REPLY_MAX (64u << 20) /* bytes */
#define PATIENCE_S 50         /* below Check's own limit: say what was waited for */

void http_client_connect(struct http_client *c, const struct address *a)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };

	*c = (struct http_client) { .in = BUF_INIT(REPLY_MAX) };
	c->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(c->fd, 0);
	ck_assert_int_eq(setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
			 0);
	ck_assert_int_eq(connect(c->fd, &a->any, a->len), 0);
}

void http_client_close(struct http_client *c)
{
	close(take_fd(&c->fd));
	buf_release(&c->in);
}

void http_client_send(struct http_client *c, const char *text)
{
	ck_assert_int_eq(fd_write_all(c->fd, text, strlen(text)), 0);
}

/* False at the end of the connection. */
static bool read_more(struct http_client *c)
{
	char chunk[65536];
	ssize_t n;

	do
		n = recv(c->fd, chunk, sizeof(chunk), 0);
	while (n < 0 && errno == EINTR);
	ck_assert_msg(n >= 0 || errno == ECONNRESET, "no reply: %s", strerror(errno));
	if (n > 0)
		buf_add(&c->in, chunk, (size_t)n);
	return n > 0;
}

static void take(struct http_client *c, size_t len, struct buf *ret)
{
	while (c->in.len < len)
		ck_assert_msg(read_more(c), "the connection ended within a reply");
	*ret = (struct buf)BUF_INIT(REPLY_MAX);
	buf_add(ret, buf_text(&c->in), len);
	buf_consume(&c->in, len);
}

static size_t head_length(struct http_client *c)
{
	const char *end;

	while ((end = strstr(buf_text(&c->in), "\r\n\r\n")) == NULL) {
		if (read_more(c))
			continue;
		ck_assert_msg(c->in.len == 0, "the connection ended within a head");
		return 0;
	}
	return (size_t)(end + 4 - buf_text(&c->in));
}

bool http_client_reply(struct http_client *c, bool without_body, struct http_reply *ret)
{
	size_t head = head_length(c);
	uint64_t len = 0, status = 0;
	const char *line;

	if (head == 0)
		return false;
	take(c, head, &ret->head);
	line = buf_text(&ret->head);
	ck_assert_int_eq(strncmp(line, "HTTP/1.1 ", 9), 0);
	line += 9;
	ck_assert(number_take(&line, &status));
	ret->status = (int)status;
	/* RFC 9110, 8.6: a 204 has none. */
	if (status == 204)
		ck_assert_str_eq(http_reply_header(ret, "Content-Length"), "");
	else
		ck_assert(
			number_parse(http_reply_header(ret, "Content-Length"), 0, REPLY_MAX, &len));
	take(c, without_body ? 0 : (size_t)len, &ret->body);
	return true;
}

void http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->head);
	buf_release(&reply->body);
}

bool http_client_ended(struct http_client *c)
{
	return c->in.len == 0 && !read_more(c);
}

bool http_client_has_bytes(const struct http_client *c)
{
	char byte;

	return c->in.len > 0 || recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void http_client_get(struct http_client *c, const char *path, const char *headers)
{
	AUTO_BUF struct buf text = BUF_INIT(1 << 20);

	buf_addf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers);
	http_client_send(c, buf_text(&text));
}

void http_client_expect(struct http_client *c, const char *path, const char *headers, int status,
			struct http_reply *ret)
{
	http_client_get(c, path, headers);
	ck_assert(http_client_reply(c, false, ret));
	ck_assert_msg(ret->status == status, "%s: %d %s", path, ret->status, buf_text(&ret->body));
}

json_t *http_client_json(struct http_client *c, const char *path)
{
	struct http_reply reply;
	json_t *doc;

	http_client_expect(c, path, "Accept: application/json\r\n", 200, &reply);
	ck_assert_str_eq(http_reply_header(&reply, "Content-Type"), "application/json");
	doc = json_loadb(buf_text(&reply.body), reply.body.len, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(doc != NULL, "no JSON: %s", buf_text(&reply.body));
	http_reply_release(&reply);
	return doc;
}

void http_client_expect_last(struct http_client *c, int status)
{
	struct http_reply reply;
	char text[64];

	ck_assert_msg(http_client_reply(c, false, &reply), "no last reply");
	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(http_reply_header(&reply, "Connection"), "close");
	ck_assert_str_ne(http_reply_header(&reply, "Date"), "");
	snprintf(text, sizeof(text), "%d %s\n", status,
		 MHD_get_reason_phrase_for((unsigned)status));
	ck_assert_str_eq(buf_text(&reply.body), text);
	http_reply_release(&reply);
}

const char *http_reply_header(const struct http_reply *reply, const char *name)
{
	static char value[1024];
	size_t len = strlen(name);
	const char *line = buf_text(&reply->head);

	value[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || strncmp(line + len, ": ", 2) != 0)
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + len + 2, "\r"),
			 line + len + 2);
	}
	return value;
}
