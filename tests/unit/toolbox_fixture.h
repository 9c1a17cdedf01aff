/* toolbox_fixture.h - a toolbox over queues of its own, and what it called. */
#ifndef TESTS_UNIT_TOOLBOX_FIXTURE_H
#define TESTS_UNIT_TOOLBOX_FIXTURE_H

#include "common/buf.h"
#include "queues/queue.h"
#include "queues/region.h"
#include "work/toolbox.h"

#include <pthread.h>

#define TOOLBOX_FIXTURE_SLOT 2
#define TOOLBOX_FIXTURE_QUEUE "mp_input_q"

struct toolbox_fixture {
	struct region region;
	struct queues queues;
	struct toolbox_spec spec;
	eisen_toolbox *tb;
	json_t *kwargs;
	_Atomic uint64_t rows, chunks, failed; /* its counters */
	pthread_mutex_t lock;                  /* of the texts */
	struct buf log, printed;               /* lines */
};

/* Queues mp_input_q (4 chunks of 256 bytes, 2 attempts), "batch_1|audio_lg",
 * mp_print_q; no large chunks. */
void toolbox_fixture_init(struct toolbox_fixture *f);

/* A process that starts again in the same slot. */
void toolbox_fixture_restart(struct toolbox_fixture *f);

/* One chunk, rows with a line's end each, as a feeder puts it. */
void toolbox_fixture_feed(struct toolbox_fixture *f, const char *queue, const char *rows);
void toolbox_fixture_close_queue(struct toolbox_fixture *f, const char *queue);

/* Take it; there must be one. */
eisen_chunk *toolbox_fixture_take(struct toolbox_fixture *f, const char *queue);

/* The next finished chunk, as the collector sees it: "_TID_0 RESULT", "_TID_0"
 * without a result, "" when there is none. In a buffer that is used again. */
const char *toolbox_fixture_collect(struct toolbox_fixture *f);

/* The next dead letter: "_TID_0 REASON", or "". */
const char *toolbox_fixture_collect_dead(struct toolbox_fixture *f);

/* One line at least of the log has this in it. */
void toolbox_fixture_expect_log(struct toolbox_fixture *f, const char *text);
bool toolbox_fixture_is_silent(struct toolbox_fixture *f);

/* All blocks must be free, but for those that are kept. */
void toolbox_fixture_release(struct toolbox_fixture *f);

#endif
