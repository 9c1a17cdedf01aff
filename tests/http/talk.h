/* talk.h - one case, on one connection, sent in one way. */
#ifndef TESTS_HTTP_TALK_H
#define TESTS_HTTP_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct buf;
struct http_case;

enum pace {
	PACE_WHOLE, /* each text in one send(2) */
	PACE_BYTES, /* each byte in one of its own, as fast as it goes */
	PACE_READ,  /* the same, each when the server has read the last: Unix sockets */
	PACE_CUT,   /* the first text in two, the second when the first is read: so too */
};

/* Go through the steps that are for the app (one bit). cut: how many bytes
 * come first. True, or ret_fault says where and what went wrong. */
bool talk_run(const struct http_case *c, uint32_t app, const struct address *to, enum pace pace,
	      size_t cut, struct buf *ret_fault);

/* How many bytes the first text has. */
size_t talk_first_bytes(const struct http_case *c);

#endif
