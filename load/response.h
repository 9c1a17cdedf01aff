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

#define RESPONSE_HEAD_MAX 65536 /* bytes of a head or of trailers; more is malformed */

enum response_step {
	RESPONSE_MORE, /* all was used, it is not whole yet */
	RESPONSE_DONE, /* whole; what is behind it was not used */
	RESPONSE_BAD,  /* malformed: response_fault() */
};

struct response {
	/* What is known; status is 0 until the head of the final response is whole. */
	uint16_t status;
	bool keep_alive;     /* the connection may be used again: 9.3 */
	uint64_t body_bytes; /* so far, without the chunks' framing */
	const char *fault;   /* static; of RESPONSE_BAD */
	/* Of response.c alone. */
	bool no_body; /* asked with HEAD */
	uint8_t state;
	uint8_t flags;
	uint32_t head_bytes;
	uint64_t left; /* of the body or chunk */
	uint64_t length;
	char token[32]; /* the beginning of a header line that a read has cut */
	uint8_t token_len;
};

/* Before each response; head: the request was HEAD. Interim responses (1xx)
 * are passed over, 101 is malformed (nobody asked for it). */
void response_begin(struct response *r, bool head);

/* *ret_used <= len: how many bytes belong to it. */
enum response_step response_feed(struct response *r, const char *bytes, size_t len,
				 size_t *ret_used);

/* The connection ended: DONE for a body that ends so, else BAD. */
enum response_step response_end(struct response *r);

/* Has any byte of it come? */
bool response_has_begun(const struct response *r);

#endif
