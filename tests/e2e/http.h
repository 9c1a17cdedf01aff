/* http.h - one request over a connection of its own, with libcurl. */
#ifndef TESTS_E2E_HTTP_H
#define TESTS_E2E_HTTP_H

#include <curl/curl.h>
#include <jansson.h>
#include <stddef.h>

struct http_call {
	const char *url;        /* "unix:/run/a.sock" too, for "/" on it */
	const char *unix_path;  /* NULL: by the url's host and port */
	const char *method;     /* NULL: GET */
	const char *headers[4]; /* "Name: value" */
};

struct http_reply {
	CURLcode result; /* CURLE_OK when there was a reply */
	long os_errno;   /* of a connection that failed */
	long status;
	const char *type; /* kept; "" without a Content-Type */
	const char *body; /* kept, NUL-terminated */
	size_t len;
};

void http_do(const struct http_call *call, struct http_reply *ret);

/* GET that must be answered 200 with a body of the type; accept: NULL sends
 * no Accept header. Kept. */
const char *http_get(const char *url, const char *accept, const char *type);

/* GET that must be answered 200 with JSON. Kept. */
json_t *http_json(const char *url);

/* The status of the answer; 0: none. */
long http_status(const struct http_call *call);

#endif
