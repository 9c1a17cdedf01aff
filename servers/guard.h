/* guard.h - a request's head as libmicrohttpd gives it: is it one?
 *
 * wire.h sees the bytes before libmicrohttpd does and is the first lock; this
 * is the second, and the only one where "wire" is false. It cannot see what
 * libmicrohttpd has hidden by then (folded lines, blanks before a colon, zero
 * bytes), but two lengths, two hosts or an unknown coding it can. One walk over
 * the headers, which also finds what http.c wants to know of them.
 *
 * Pure. Texts are borrowed, for as long as the guard is used.
 */
#ifndef SERVERS_GUARD_H
#define SERVERS_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guard {
	const char *connection; /* the first Connection header's value; NULL: none */
	uint64_t length;        /* Content-Length; 0: none */
	uint16_t verdict;       /* the status that fits what is wrong; 0: nothing so far */
	bool alone;             /* there is no wire: look at all that can be seen */
	bool http_1_0;
	bool has_length, has_coding, has_host;
};

/* Method, target and version as sent; path is the target's, without its query. */
void guard_begin(struct guard *guard, bool alone, const char *method, const char *path,
		 const char *version);
void guard_header(struct guard *guard, const char *name, size_t name_len, const char *value,
		  size_t value_len);

/* After the last header: the verdict, 400, 501 or 505, or 0. */
unsigned guard_end(struct guard *guard);

#endif
