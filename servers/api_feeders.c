/* api_feeders.c - see api_feeders.h. */
#include "servers/api_feeders.h"

#include "common/cc.h"
#include "common/clock.h"
#include "portmap/board.h"
#include "portmap/slot_state.h"
#include "queues/queue.h"
#include "servers/api_impl.h"
#include "servers/json_text.h"
#include "work/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_MAX 1e10 /* times 1e9 it fits 64 bits */

static int queue_of(const struct api *a, size_t feeder)
{
	const struct queues *qs = a->context->queues;

	return qs != NULL ? queues_find(qs, a->context->feeders[feeder].queue) : -1;
}

static void rows_of(const struct api *a, int queue, uint64_t *ret_tickets, uint64_t *ret_rows)
{
	*ret_tickets = *ret_rows = 0;
	if (queue >= 0)
		queue_resume(a->context->queues, (unsigned)queue, ret_tickets, ret_rows);
}

int api_feeders_open(struct api *a)
{
	size_t count = a->context->feeder_count;
	uint64_t tickets, rows;

	if (count == 0)
		return 0;
	a->progress = calloc(count, sizeof(*a->progress));
	if (a->progress == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		rows_of(a, queue_of(a, i), &tickets, &rows);
		progress_init(&a->progress[i], rows, clock_mono_ns());
	}
	return 0;
}

void api_feeders_close(struct api *a)
{
	free(a->progress);
	a->progress = NULL;
}

static void write_known(struct json_text *j, const char *key, uint64_t value, bool known)
{
	if (known)
		json_text_uint(j, key, value);
	else
		json_text_null(j, key);
}

/* With three digits behind the point; below 0 is unknown. */
static void write_figure(struct json_text *j, const char *key, double value)
{
	if (value < 0)
		json_text_null(j, key);
	else
		json_text_seconds(j, key,
				  (uint64_t)(MIN(value, FIGURE_MAX) * (double)CLOCK_NS_PER_S));
}

static void write_process(const struct board_process *p, struct json_text *j)
{
	uint32_t state = atomic_load_explicit(&p->state, memory_order_relaxed);
	int pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
	uint64_t now_ns = clock_mono_ns(), started_ns = board_get(&p->started_ns);

	json_text_string(j, "state", slot_state_name((enum slot_state)state));
	api_write_pid(j, pid);
	if (pid != 0 && started_ns != 0 && now_ns >= started_ns)
		json_text_seconds(j, "uptime_s", now_ns - started_ns);
	else
		json_text_null(j, "uptime_s");
	json_text_uint(j, "restarts", board_get(&p->restarts));
}

static bool is_done(const char *end)
{
	return end != NULL && strcmp(end, "done") == 0;
}

/* end: NULL while it goes on. After that a rate would only fall. */
static void write_progress(struct api *a, size_t feeder, uint64_t rows, const char *end,
			   struct json_text *j)
{
	bool done = is_done(end);
	uint64_t total = a->context->feeders[feeder].rows;
	struct progress *p = &a->progress[feeder];
	struct progress_figures figures;

	progress_update(p, rows, total != API_ROWS_UNKNOWN ? total : 0, clock_mono_ns());
	progress_figures(p, &figures);
	write_figure(j, "percent", done || total == 0 ? 100 : figures.percent);
	write_figure(j, "rows_per_s", end != NULL ? -1 : figures.rate);
	write_figure(j, "eta_s", done || total == 0 ? 0 : end != NULL ? -1 : figures.left_s);
}

/* Once the queue is closed: by itself, after its last row; by the manager, when
 * it failed or nobody is left to work. */
static const char *end_of(const struct api *a, size_t feeder, bool closed, uint64_t rows)
{
	const struct board_process *p = board_feeder_process(a->context->board, feeder);
	uint64_t total = a->context->feeders[feeder].rows;

	if (atomic_load_explicit(&p->failed, memory_order_relaxed) != 0)
		return "failed";
	if (!closed)
		return NULL;
	return total != API_ROWS_UNKNOWN && rows < total ? "stopped" : "done";
}

static void write_feeder(struct api *a, size_t i, struct json_text *j)
{
	const struct api_feeder *feeder = &a->context->feeders[i];
	const struct board_process *p = board_feeder_process(a->context->board, i);
	int queue = queue_of(a, i);
	struct queue_counts n = { 0 };
	/* Looked at before the rows: those of a closed queue are all there. */
	bool closed = queue >= 0 && queue_is_closed(a->context->queues, (unsigned)queue);
	uint64_t tickets, rows, expected;
	const char *end;

	rows_of(a, queue, &tickets, &rows);
	end = end_of(a, i, closed, rows);
	expected = is_done(end) ? rows : feeder->rows;
	if (queue >= 0)
		queues_count(a->context->queues, (unsigned)queue, &n);
	json_text_object(j, NULL);
	json_text_string(j, "name", feeder->name);
	json_text_string(j, "queue", feeder->queue);
	json_text_string(j, "generator", feeder->generator);
	write_process(p, j);
	json_text_uint(j, "rows", rows);
	write_known(j, "rows_expected", expected, expected != API_ROWS_UNKNOWN);
	json_text_uint(j, "tickets", tickets);
	write_known(j, "expected", n.expected, n.expected > 0);
	write_progress(a, i, rows, end, j);
	json_text_string(j, "end", end);
	json_text_end(j);
}

void api_write_feeders(struct api *a, const char *key, struct json_text *j)
{
	json_text_array(j, key);
	for (size_t i = 0; i < a->context->feeder_count; i++)
		write_feeder(a, i, j);
	json_text_end(j);
}
