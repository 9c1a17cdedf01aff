/* http_client.h - a plain HTTP/1.1 client on a socket, for tests of servers/.
 *
 * It sends what it is told, byte for byte, and reads whole replies. Waiting
 * for one that never comes fails the test.
 */
#ifndef TESTS_UNIT_HTTP_CLIENT_H
#define TESTS_UNIT_HTTP_CLIENT_H

#include "common/buf.h"

#include <jansson.h>
#include <stdbool.h>

struct address;

struct http_client {
	int fd;
	struct buf in; /* read and not taken yet */
};

struct http_reply {
	int status;
	struct buf head; /* status line and header lines */
	struct buf body;
};

void http_client_connect(struct http_client *c, const struct address *a);
void http_client_close(struct http_client *c);

void http_client_send(struct http_client *c, const char *text);

/* The next reply. without_body: it answers HEAD. False: the connection ended
 * before its first byte; ending within fails the test. */
bool http_client_reply(struct http_client *c, bool without_body, struct http_reply *ret);
void http_reply_release(struct http_reply *reply);

/* Nothing more comes, and the server has closed. */
bool http_client_ended(struct http_client *c);

/* A reply that is there already, or none: does not wait. */
bool http_client_has_bytes(const struct http_client *c);

/* "GET / HTTP/1.1" with headers (each with its CRLF); "" for none. */
void http_client_get(struct http_client *c, const char *path, const char *headers);

/* Send a GET, and take its reply, which must have the status. */
void http_client_expect(struct http_client *c, const char *path, const char *headers, int status,
			struct http_reply *ret);

/* As above, for 200 and JSON. New reference. */
json_t *http_client_json(struct http_client *c, const char *path);

/* Take the reply to what was no request, or broke a limit: the whole of it. */
void http_client_expect_last(struct http_client *c, int status);

/* The value of a header, "" when it is not there; valid until the next call. */
const char *http_reply_header(const struct http_reply *reply, const char *name);

#endif
