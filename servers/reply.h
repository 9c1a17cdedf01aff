/* reply.h - answering a request, exactly once.
 *
 * A body that is the same for all is a struct reply_body, made once and
 * queued many times: MHD counts references, nothing is copied. It belongs to
 * one thread, that of its server.
 */
#ifndef SERVERS_REPLY_H
#define SERVERS_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct MHD_Response;
struct request;

struct reply {
	struct request *request;
	time_t now; /* to the second */
	bool last;  /* the connection ends with this reply */
};

struct reply_body { /* { 0 } is empty */
	struct MHD_Response *response;
	size_t len;  /* bytes */
	time_t date; /* of its Date header, 0: none yet */
	bool file;   /* MHD sends it by sendfile(2) */
	bool last;   /* it says "Connection: close" */
};

#define REPLY_HTML "text/html; charset=utf-8"
#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"

/* data is malloc'ed and taken over, also on failure; NULL counts as no
 * memory. 0 or -errno. */
int reply_body_make(const char *type, char *data, size_t len, struct reply_body *ret);

/* One of no bytes and no type. */
int reply_body_empty(struct reply_body *ret);

/* 0 or -EINVAL: a name or value that no header may have, or no memory. */
int reply_body_header(struct reply_body *body, const char *name, const char *value);
void reply_body_release(struct reply_body *body);

/* Queue a body that stays the caller's. */
void reply_shared(struct reply *reply, unsigned status, struct reply_body *body);

/* Queue a body once and release it. An empty one (no memory was found for
 * it) answers 500. */
void reply_once(struct reply *reply, unsigned status, struct reply_body *body);

/* Take value over and make it a body: text with a newline behind it. */
int reply_body_json(json_t *value, struct reply_body *ret);

/* An error with its reason, as a page or as {"status", "error"}, whatever the
 * request wants. allow: the Allow header of a 405, else NULL. */
void reply_error(struct reply *reply, unsigned status, const char *allow, const char *text);

/* The body of such an error, for who adds headers; *ret stays empty without
 * memory. */
void reply_error_body(const struct request *request, unsigned status, const char *text,
		      struct reply_body *ret);

/* 204 and an Allow header: the answer to OPTIONS (RFC 9110, 9.3.7). */
void reply_options(struct reply *reply, const char *allow);

#endif
