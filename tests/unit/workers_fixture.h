/* workers_fixture.h - what /api/workers says of instances, made up. */
#ifndef TESTS_UNIT_WORKERS_FIXTURE_H
#define TESTS_UNIT_WORKERS_FIXTURE_H

#include <jansson.h>

/* A server of a worker; unix_path: instead of ip and port. */
struct server_fixture {
	const char *ip;
	int port;
	const char *unix_path;
	int requests, active;
};

struct worker_fixture {
	const char *group; /* NULL: none */
	int core, pid, restarts;
	struct server_fixture servers[4]; /* those with a port or a path */
};

/* A new reference. */
json_t *workers_fixture(const struct worker_fixture *workers, size_t count);

#endif
