/* loop_fixture.h - a loop on a thread of its own, with servers to talk to.
 *
 * The servers listen on addresses of the test's own, ports by the kernel.
 * Their group is "blue", START_SEQUENCE_NUM 7, core 3.
 */
#ifndef TESTS_UNIT_LOOP_FIXTURE_H
#define TESTS_UNIT_LOOP_FIXTURE_H

#include "common/error.h"
#include "portmap/address.h"
#include "portmap/board.h"
#include "servers/loop.h"
#include "tests/unit/http_client.h"
#include "tests/unit/net_fixture.h"

#include <pthread.h>

struct loop_server {
	int fd; /* listening */
	struct address address;
	struct site site;
};

struct loop_fixture {
	struct loop *loop;
	struct loop_server *servers; /* owned */
	struct board_cell *cells;    /* owned; one per server */
	size_t count;
	struct net_ip ip;
	const char *base_dir; /* borrowed; of servers added from now on; NULL: none */
	pthread_t thread;
	int result; /* of loop_run, after loop_fixture_join */
	struct error error;
};

/* count hello servers. options NULL: roomy. */
void loop_fixture_init(struct loop_fixture *f, size_t count, const struct loop_options *options);

/* One server more, of any kind, on 127.x, ::1 or the path of a Unix socket. */
void loop_fixture_add(struct loop_fixture *f, const struct address *address,
		      const struct app_kind *kind, const void *context);

/* The same for a kind with settings, the object that holds "kind". */
void loop_fixture_add_app(struct loop_fixture *f, const struct address *address,
			  const struct app_kind *kind, const json_t *settings);

/* loop_fixture_add() on a free port of the test's own address. */
void loop_fixture_add_kind(struct loop_fixture *f, const struct app_kind *kind,
			   const void *context);

void loop_fixture_start(struct loop_fixture *f);

/* Drain, wait for loop_run() to return well, free the loop; the cells stay,
 * and their gauges must be 0. */
void loop_fixture_drain(struct loop_fixture *f, unsigned drain_ms);
void loop_fixture_join(struct loop_fixture *f);

void loop_fixture_release(struct loop_fixture *f);

/* Connect to server number i. */
void loop_fixture_connect(const struct loop_fixture *f, size_t i, struct http_client *ret);

#endif
