/* client.h - the CLI as a client of a running instance's control socket. */
#ifndef LAUNCHER_CLIENT_H
#define LAUNCHER_CLIENT_H

#include <jansson.h>

struct error;
struct rundir;

#define CLIENT_REPLY_MAX (256u << 20) /* bytes */
#define CLIENT_TIMEOUT_MS 10000L

/* One call of the status API, e.g. "GET", "/api/status". A reply other than
 * 2xx is an error with its text. *ret: a new reference, set on success. */
int client_call(const struct rundir *rd, const char *method, const char *path, json_t **ret,
		struct error *e);

#endif
