/* api_fixture.h - the status endpoint on a board of the test's own.
 *
 * blue: worker 0 with ports 10 (two threads) and 11, 12 is free; red: workers
 * 1 and 2 with one each; worker 3 has nothing to serve. All are ready.
 */
#ifndef TESTS_UNIT_API_FIXTURE_H
#define TESTS_UNIT_API_FIXTURE_H

#include "portmap/board.h"
#include "portmap/deaths.h"
#include "portmap/ports.h"
#include "portmap/slot_state.h"
#include "queues/region.h"
#include "servers/api.h"
#include "tests/unit/loop_fixture.h"

enum { API_HTTP, API_CONTROL }; /* which of its two servers */

struct api_fixture {
	struct plan_fixture plan;
	struct region region;
	struct board *board;
	struct ports *ports;
	struct deaths *deaths;
	struct api_context context[2]; /* API_HTTP, API_CONTROL */
	struct loop_fixture loop;
	struct http_client client;
	_Atomic int stops; /* times that a stop was asked for, of the loop's thread */
	_Atomic int stop_result;
};

/* site_dir: the welcome site's folder; NULL: there is none. */
void api_fixture_init_site(struct api_fixture *f, const char *site_dir);
void api_fixture_init(struct api_fixture *f); /* without one */

/* With the queues, feeders and results of more, and its site_dir. */
void api_fixture_init_with(struct api_fixture *f, const struct api_context *more);
void api_fixture_release(struct api_fixture *f);

void api_fixture_process(struct api_fixture *f, size_t slot, enum slot_state state, int pid);

/* One request on a fresh connection to one of the servers. */
void api_fixture_ask(struct api_fixture *f, int where, const char *method, const char *path,
		     const char *host, struct http_reply *ret);

/* Members that must be there, and of the type. */
long long api_fixture_number(const json_t *object, const char *key);
const char *api_fixture_text(const json_t *object, const char *key);

#endif
