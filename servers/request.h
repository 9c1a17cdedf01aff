/* request.h - one request, as an app sees it.
 *
 * It lives in its connection and is used again for the next one, so that a
 * request costs no allocation. Texts are MHD's and hold until the reply is
 * complete.
 */
#ifndef SERVERS_REQUEST_H
#define SERVERS_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;

enum request_method {
	REQUEST_GET,
	REQUEST_HEAD,
	REQUEST_POST,
	REQUEST_OPTIONS,
	REQUEST_OTHER,
};

enum request_stage {
	REQUEST_NONE,     /* between requests */
	REQUEST_STARTED,  /* its first line has come */
	REQUEST_OPEN,     /* its head has come: counted as active */
	REQUEST_ANSWERED, /* its reply is queued */
};

struct request {
	struct MHD_Connection *connection;
	const char *method_text; /* as sent */
	const char *version;     /* as sent: "HTTP/1.1" */
	/* As sent, not decoded: from the first '/' behind an absolute-form's
	 * authority up to '?', and what follows '?'. "*" of OPTIONS is a path. */
	const char *path;
	const char *query; /* NULL: none; "" for a '?' with nothing behind it */
	const char *body;  /* of a kind that takes_body; not NUL-terminated; NULL: none */
	uint64_t body_bytes;
	uint64_t reply_bytes; /* of the reply's body, as it goes out */
	uint16_t status;
	uint8_t method; /* enum request_method */
	uint8_t stage;  /* enum request_stage */
};

/* A header's value, the name without regard to case; NULL: not there. */
const char *request_header(const struct request *request, const char *name);

/* The client wants application/json more than text/html. */
bool request_wants_json(const struct request *request);

/* GET or HEAD. */
bool request_reads(const struct request *request);

#define REQUEST_LARGE_BYTES (128u << 10)

/* A reply of more than REQUEST_LARGE_BYTES comes next. For a client on loopback the send
 * buffer is made small: what is under way stays in the processor's cache, which
 * halves the cost of a megabyte and more. For others it would turn the kernel's
 * autotuning off (tcp(7)), and is left alone. Once a connection. */
void request_prepare_large(struct request *request);

enum request_method request_method_find(const char *name);

#endif
