/* response.h - where a response ends, and what it says (RFC 9112, 4 to 7).
 *
 * An incremental reader for a client that drives servers: pure, no allocation,
 * every byte hostile. It follows the framing rules (6.3) and reads nothing
 * else: status, length or chunks, whether the connection goes on. No split of
 * the input into reads changes what comes out. A common response, whole in one
 * read, takes one pass.
 */
#ifndef LOAD_RESPONSE_H
#define LOAD_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a head with the interim ones before it, of trailers, or of one chunk's
 * size line; more is malformed. */
#define RESPONSE_HEAD_MAX 65536

enum response_step {
	RESPONSE_MORE, /* all was used, it is not whole yet */
	RESPONSE_DONE, /* whole; what is behind it was not used */
	RESPONSE_BAD,  /* malformed: see fault */
};

struct response {
	/* What is known; status is 0 until the head of the final response is whole. */
	uint16_t status;
	bool keep_alive;     /* the connection may be used again: 9.3 */
	uint64_t body_bytes; /* so far, without the chunks' framing */
	const char *fault;   /* static; of RESPONSE_BAD */
	/* Of response*.c alone. */
	bool no_body;                         /* asked with HEAD */
	uint8_t state, field, element, flags; /* see response_state.h */
	uint8_t token_len;
	uint16_t code;          /* of the head that is being read */
	uint32_t section_bytes; /* of the head, the trailers or the size line, so far */
	uint64_t number;        /* the digits so far */
	uint64_t left;          /* of the body or chunk */
	uint64_t length;        /* Content-Length */
	char token[24];         /* a name or word that a read has cut: longer ones mean nothing */
};

/* Before each response; head: the request was HEAD. Interim responses (1xx)
 * are passed over, 101 is malformed (nobody asked for it). */
void response_begin(struct response *r, bool head);

/* *ret_used <= len: how many bytes belong to it. DONE and BAD stay until the
 * next response_begin(). */
enum response_step response_feed(struct response *r, const char *bytes, size_t len,
				 size_t *ret_used);

/* The connection ended: DONE for a body that ends so, else BAD. */
enum response_step response_end(struct response *r);

#endif
