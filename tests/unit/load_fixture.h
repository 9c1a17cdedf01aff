/* load_fixture.h - a job, its servers, and an engine that drives them.
 *
 * No test waits for a time: a server stops the engine after a number of
 * requests, and counts are compared with the server's own.
 */
#ifndef TESTS_UNIT_LOAD_FIXTURE_H
#define TESTS_UNIT_LOAD_FIXTURE_H

#include "common/clock.h"
#include "load/drive.h"
#include "load/engine.h"
#include "load/job.h"
#include "load/request.h"
#include "load/stats.h"
#include "tests/unit/scripted_server.h"

#define LOAD_FIXTURE_TARGETS_MAX 4

struct load_fixture {
	struct load_target targets[LOAD_FIXTURE_TARGETS_MAX];
	struct load_job job; /* one connection and thread, closed loop, a minute, no warm-up */
	struct request_options options;
	struct load_request *request;
	struct load_engine *engine;
	struct load_stats *stats;         /* the engine's */
	struct load_target_stats *target; /* the first one's */
};

/* A job of one target. */
void load_fixture_init(struct load_fixture *f, const struct address *address);
void load_fixture_add(struct load_fixture *f, const struct address *address);

/* The request, by f->options, and an engine for thread 0; stopped by server. */
void load_fixture_make(struct load_fixture *f, struct scripted_server *server);

/* Make, run to the end. server NULL: it ends with its time. */
void load_fixture_run(struct load_fixture *f, struct scripted_server *server);

/* The request alone, for a drive. */
void load_fixture_request(struct load_fixture *f);

void load_fixture_release(struct load_fixture *f);

#endif
