/* request.h - what is sent: requests made ready once, written with one copy.
 *
 * Immutable after it is made, so that all threads share it.
 */
#ifndef LOAD_REQUEST_H
#define LOAD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct load_request;

#define REQUEST_PATHS_MAX 100000
#define REQUEST_PATHS_BYTES_MAX (64u << 20)
#define REQUEST_BODY_MAX (16u << 20)
#define REQUEST_HEAD_MAX 16384 /* bytes: method, path, Host and headers */

struct request_options {            /* borrowed while it is made */
	const char *method;         /* NULL: GET, with a body POST */
	const char *const *paths;   /* each begins with "/"; taken in turn */
	size_t path_count;          /* 0: "/" */
	const char *const *headers; /* "Name: value" */
	size_t header_count;
	const void *body;
	size_t body_bytes;
	bool close; /* "Connection: close" */
};

/* Names, values and paths are checked: a control byte or a blank where there
 * may be none is -EINVAL with words (RFC 9110 5.1, 5.5, 9.1; RFC 9112 3.2), what is
 * too much -E2BIG. Host, Content-Length, Transfer-Encoding and Connection are ours
 * to write and refused as headers. */
int load_request_new(struct load_request **ret, const struct request_options *options,
		     struct error *e);
void load_request_free(struct load_request *r);

size_t load_request_path_count(const struct load_request *r);
const char *load_request_method(const struct load_request *r); /* borrowed */
bool load_request_is_head(const struct load_request *r);

/* The largest that load_request_write() writes, for any host. */
size_t load_request_bytes_max(const struct load_request *r);

/* The whole request for the path'th path to ret; its bytes. host: the Host
 * header's value, shorter than ADDRESS_TEXT_BYTES. */
size_t load_request_write(const struct load_request *r, size_t path, const char *host, char *ret);

/* A list of paths out of a file's text, one a line; blank lines and those that
 * begin with '#' are passed over, blanks around a path too. Each is checked as
 * load_request_new() does it, with its line in the error; none at all is one as
 * well. *ret is an array of *ret_count strings in one allocation: free() it. */
int load_request_read_paths(const char *text, size_t len, char ***ret, size_t *ret_count,
			    struct error *e);

#endif
