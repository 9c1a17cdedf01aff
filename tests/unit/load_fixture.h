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
	struct load_stats sums;           /* of a drive */
	struct load_stats *stats;         /* the engine's, or the sums */
	struct load_target_stats *target; /* the first one's */
};

/* A job of one target. */
void load_fixture_init(struct load_fixture *f, const struct address *address);
void load_fixture_add(struct load_fixture *f, const struct address *address);

/* The request, by f->options, and an engine for thread 0; stopped by server. */
void load_fixture_make(struct load_fixture *f, struct scripted_server *server);

/* Make, run to the end. server NULL: it ends with its time. */
void load_fixture_run(struct load_fixture *f, struct scripted_server *server);

/* On threads instead. */
struct load_drive *load_fixture_start(struct load_fixture *f);

/* Until so many have come; then stopped: f->stats are the sums. */
void load_fixture_until(struct load_fixture *f, uint64_t answered, uint64_t errors);

/* Wait a moment for its end; how far it is. */
struct load_progress load_fixture_progress(const struct load_drive *drive);

/* The drive's sums to f->stats; it is freed. */
void load_fixture_finish(struct load_fixture *f, struct load_drive *drive);

/* The request alone. */
void load_fixture_request(struct load_fixture *f);

void load_fixture_release(struct load_fixture *f);

#endif
