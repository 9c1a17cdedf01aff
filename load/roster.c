/* roster.c - see roster.h. */
#include "load/roster.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/job.h"
#include "load/record.h"

#define OPENS_MAX 64 /* at once: a server's backlog is short */

/* After the n'th connection in a row that was good for nothing. */
static const unsigned delays_ms[ROSTER_DELAYS] = { 0, 1, 2, 4, 8, 16, 32, 64, 100 };

static bool is_open_loop(const struct roster *r)
{
	return r->job->rate > 0;
}

static void move(struct conn *c, struct conn_list *list)
{
	if (c->list != NULL)
		TAILQ_REMOVE(c->list, c, link);
	c->list = list;
	if (list != NULL)
		TAILQ_INSERT_TAIL(list, c, link);
}

static size_t connections_of(const struct load_job *job, size_t target)
{
	size_t count = job->connections / job->target_count +
		       (target < job->connections % job->target_count);

	return MAX(count, 1);
}

/* One by one over the targets, so that all of them have their first soon. */
static void place_conns(struct roster *r)
{
	size_t placed = 0;

	for (size_t round = 0; placed < r->conn_count; round++)
		for (size_t i = 0; i < r->target_count; i++) {
			struct conn_target *t = &r->targets[i].conn_target;

			if (round >= connections_of(r->job, t->index))
				continue;
			conn_init(&r->conns[placed], t);
			move(&r->conns[placed++], &r->retry[0]);
		}
}

int roster_init(struct roster *r, const struct load_job *job, unsigned thread, struct conn_io *io,
		struct error *e)
{
	*r = (struct roster) { .job = job, .io = io };
	r->target_count = pace_own_count(job, thread);
	r->targets = calloc(r->target_count, sizeof(*r->targets));
	for (size_t i = 0; r->targets != NULL && i < r->target_count; i++) {
		size_t index = thread + i * job->threads;

		r->targets[i].conn_target.index = index;
		r->targets[i].conn_target.target = &job->targets[index];
		TAILQ_INIT(&r->targets[i].idle);
		r->conn_count += connections_of(job, index);
	}
	r->conns = calloc(r->conn_count, sizeof(*r->conns));
	if (r->targets == NULL || r->conns == NULL) {
		roster_release(r);
		return error_set(e, ENOMEM, "out of memory for %u connections", job->connections);
	}
	TAILQ_INIT(&r->waiting);
	for (size_t i = 0; i < ROSTER_DELAYS; i++)
		TAILQ_INIT(&r->retry[i]);
	place_conns(r);
	return 0;
}

void roster_release(struct roster *r)
{
	for (size_t i = 0; r->conns != NULL && i < r->conn_count; i++)
		conn_close(r->io, &r->conns[i]);
	free(r->conns);
	free(r->targets);
	*r = (struct roster) { 0 };
}

void roster_begin(struct roster *r, uint64_t start_ns, uint64_t end_ns)
{
	r->end_ns = end_ns;
	if (is_open_loop(r))
		pace_init(&r->pace, r->job, (unsigned)r->targets[0].conn_target.index, start_ns);
}

/* DOWN, and to be opened again, at once or, when the last ones were good for
 * nothing, after a while. */
static void retry_later(struct roster *r, struct conn *c)
{
	size_t n = MIN(MAX(c->barren, 1) - 1, ROSTER_DELAYS - 1);

	c->since_ns = r->io->now_ns + delays_ms[n] * CLOCK_NS_PER_MS;
	move(c, &r->retry[n]);
}

static void ask(struct roster *r, struct conn *c, uint64_t due_ns)
{
	if (conn_ask(r->io, c, due_ns) == CONN_ENDED)
		retry_later(r, c);
	else
		move(c, &r->waiting);
}

static struct roster_target *target_of(const struct conn *c)
{
	return (struct roster_target *)c->target;
}

static uint64_t oldest_due_ns(const struct roster *r, const struct roster_target *t)
{
	return pace_due(&r->pace, (size_t)(t - r->targets), t->taken);
}

/* What has waited too long for a connection is not sent any more. */
static void drop_overdue(struct roster *r, struct roster_target *t)
{
	uint64_t now_ns = r->io->now_ns, due_ns;

	for (; t->taken < t->due; t->taken++) {
		due_ns = oldest_due_ns(r, t);
		if (now_ns < due_ns + r->job->timeout_ns)
			return;
		record_error(r->io->record, t->conn_target.index, LOAD_ERROR_TIMEOUT, due_ns,
			     now_ns);
	}
}

/* c can ask: now, when something is due for it. */
static void ready(struct roster *r, struct conn *c)
{
	struct roster_target *t = target_of(c);

	if (r->ended) {
		conn_close(r->io, c);
		move(c, NULL);
		return;
	}
	if (!is_open_loop(r)) {
		ask(r, c, r->io->now_ns);
		return;
	}
	drop_overdue(r, t);
	if (t->taken < t->due) {
		uint64_t due_ns = oldest_due_ns(r, t);

		t->taken++;
		ask(r, c, due_ns);
		return;
	}
	c->since_ns = r->io->now_ns;
	move(c, &t->idle);
}

static void settle(struct roster *r, struct conn *c, enum conn_outcome outcome)
{
	if (outcome == CONN_READY)
		ready(r, c);
	else if (outcome == CONN_ENDED)
		retry_later(r, c);
}

/* One request more is due for t. */
static void arrive(struct roster *r, struct roster_target *t, uint64_t due_ns)
{
	struct conn *c = TAILQ_FIRST(&t->idle);

	t->due++;
	if (c == NULL) {
		drop_overdue(r, t);
		return;
	}
	t->taken++;
	r->io->now_ns = clock_mono_ns();
	record_late(r->io->record, due_ns, r->io->now_ns - MAX(due_ns, c->since_ns));
	ask(r, c, due_ns);
}

static void step_arrivals(struct roster *r)
{
	uint64_t until_ns = MIN(r->io->now_ns + 1, r->end_ns);

	while (r->pace.due_ns < until_ns) {
		arrive(r, &r->targets[r->pace.own], r->pace.due_ns);
		pace_next(&r->pace);
	}
}

/* A connection for each request is opened when there is one. */
static void reopen(struct roster *r, struct conn *c)
{
	enum conn_outcome outcome;

	r->io->now_ns = clock_mono_ns();
	if (r->job->close) {
		ready(r, c);
		return;
	}
	outcome = conn_open(r->io, c);
	if (outcome == CONN_BUSY)
		move(c, &r->waiting);
	settle(r, c, outcome);
}

static void step_retries(struct roster *r)
{
	uint64_t now_ns = r->io->now_ns;
	int left = OPENS_MAX;

	for (size_t i = 0; i < ROSTER_DELAYS; i++) {
		struct conn *c;

		while ((c = TAILQ_FIRST(&r->retry[i])) != NULL && c->since_ns <= now_ns) {
			if (left-- == 0)
				return;
			reopen(r, c);
		}
	}
}

static void step_timeouts(struct roster *r)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&r->waiting)) != NULL &&
	       c->since_ns + r->job->timeout_ns <= r->io->now_ns)
		settle(r, c, conn_fail(r->io, c, LOAD_ERROR_TIMEOUT));
}

void roster_step(struct roster *r)
{
	if (!r->ended && is_open_loop(r))
		step_arrivals(r);
	if (!r->ended)
		step_retries(r);
	step_timeouts(r);
}

uint64_t roster_next_ns(const struct roster *r)
{
	const struct conn *c = TAILQ_FIRST(&r->waiting);
	uint64_t next_ns = c != NULL ? c->since_ns + r->job->timeout_ns : UINT64_MAX;

	if (r->ended)
		return next_ns;
	if (is_open_loop(r))
		next_ns = MIN(next_ns, r->pace.due_ns);
	for (size_t i = 0; i < ROSTER_DELAYS; i++) {
		c = TAILQ_FIRST(&r->retry[i]);
		if (c != NULL)
			next_ns = MIN(next_ns, c->since_ns);
	}
	return next_ns;
}

void roster_event(struct roster *r, struct conn *c, uint32_t events)
{
	settle(r, c, conn_event(r->io, c, events));
	if (!r->ended && is_open_loop(r) && r->pace.due_ns <= r->io->now_ns)
		step_arrivals(r);
}

static void count_unsent(struct roster *r)
{
	for (size_t i = 0; i < r->target_count; i++) {
		struct roster_target *t = &r->targets[i];

		drop_overdue(r, t);
		for (; t->taken < t->due; t->taken++)
			record_unsent(r->io->record, t->conn_target.index, oldest_due_ns(r, t),
				      r->io->now_ns);
	}
}

void roster_end(struct roster *r)
{
	r->end_ns = MIN(r->end_ns, r->io->now_ns);
	if (is_open_loop(r)) {
		step_arrivals(r);
		count_unsent(r);
	}
	r->ended = true;
	for (size_t i = 0; i < r->conn_count; i++) {
		struct conn *c = &r->conns[i];

		if (c->asked)
			continue;
		conn_close(r->io, c);
		move(c, NULL);
	}
}

bool roster_is_done(const struct roster *r)
{
	return TAILQ_EMPTY(&r->waiting);
}
