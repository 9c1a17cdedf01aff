/* request.h - one request, as an app sees it.
 *
 * It lives in its connection and is used again for the next one, so that a
 * request costs no allocation. Texts are MHD's and hold until the reply is
 * complete. A request's body is read and dropped, up to REQUEST_BODY_MAX.
 */
#ifndef SERVERS_REQUEST_H
#define SERVERS_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

struct MHD_Connection;

#define REQUEST_BODY_MAX (64u << 10) /* bytes */

enum request_method { REQUEST_GET, REQUEST_HEAD, REQUEST_POST, REQUEST_OTHER };

enum request_stage {
	REQUEST_NONE,     /* between requests */
	REQUEST_STARTED,  /* its first line has come */
	REQUEST_OPEN,     /* its head has come: counted as active */
	REQUEST_ANSWERED, /* its reply is queued */
};

struct request {
	struct MHD_Connection *connection;
	const char *path; /* decoded, without the query */
	uint64_t body_bytes;
	uint64_t reply_bytes; /* of the reply's body, as it goes out */
	uint16_t status;
	uint8_t method; /* enum request_method */
	uint8_t stage;  /* enum request_stage */
	bool nul;       /* the path has a %00 */
};

/* A header's value, the name without regard to case; NULL: not there. */
const char *request_header(const struct request *request, const char *name);

/* The client wants application/json more than text/html. */
bool request_wants_json(const struct request *request);

/* GET or HEAD. */
bool request_reads(const struct request *request);

enum request_method request_method_find(const char *name);

#endif
