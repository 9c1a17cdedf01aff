/* feeder.c - see feeder.h. */
#include "work/feeder.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fnv.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "work/generator.h"

#include <inttypes.h>

struct feeding {
	const struct feeder *f;
	struct error *e;
	uint64_t ticket; /* the next one */
	uint64_t rows;   /* read so far */
	enum generator_state state;
};

enum step { STEP_NEXT, STEP_END, STEP_STOPPED, STEP_FAILED };

static enum step next_step(const struct feeding *s)
{
	return s->state == GENERATOR_MORE  ? STEP_NEXT
	       : s->state == GENERATOR_END ? STEP_END
					   : STEP_FAILED;
}

/* A chunk under way. */
struct filling {
	uint32_t block;
	struct payload payload;
	struct generator_room room;
};

static size_t filled(const struct filling *c)
{
	return (size_t)(c->room.to - c->payload.at);
}

static bool is_full(const struct filling *c)
{
	return c->room.rows == c->room.rows_max ||
	       (c->room.rows > 0 && c->payload.bytes == PAYLOAD_BYTES_MAX);
}

static int grow(const struct feeding *s, struct filling *c)
{
	size_t used = filled(c);
	size_t bytes = MAX(2 * c->payload.bytes, (size_t)GENERATOR_ROW_BYTES_MAX + 1);
	int r = payload_grow(s->f->qs, c->block, &c->payload, used, MIN(bytes, PAYLOAD_BYTES_MAX),
			     s->e);

	c->room.to = c->payload.at + used;
	c->room.bytes = c->payload.bytes - used;
	return r;
}

/* Rows into the block until it is full or there are no more. */
static int fill(struct feeding *s, struct filling *c)
{
	int r = payload_open(s->f->qs, c->block, 1, &c->payload, s->e);

	if (r < 0)
		return r;
	c->room = (struct generator_room) { .to = c->payload.at,
					    .bytes = c->payload.bytes,
					    .rows_max = s->f->rows_max };
	for (;;) {
		s->state = generator_fill(s->f->generator, &c->room, s->e);
		if (s->state != GENERATOR_MORE || is_full(c))
			return 0;
		r = grow(s, c);
		if (r < 0)
			return r;
	}
}

static enum step put(struct feeding *s, struct filling *c)
{
	struct queues *qs = s->f->qs;
	int r;

	payload_set(qs, c->block, filled(c), c->room.rows);
	payload_close(&c->payload);
	queue_journal(qs, s->f->queue, s->rows + c->room.rows);
	r = queue_issue(qs, s->f->queue, c->block, NULL);
	if (r == -EPIPE) {
		queue_abandon(qs, c->block);
		return STEP_STOPPED;
	}
	if (r < 0) {
		queue_abandon(qs, c->block);
		error_errno(s->e, -r, "ticket %" PRIu64, s->ticket);
		return STEP_FAILED;
	}
	s->ticket++;
	s->rows += c->room.rows;
	return next_step(s);
}

/* Rows before a failure that fill no chunk are left out: a repaired file is
 * cut in the same places. What cannot be read again is not cut again. */
static bool is_whole(const struct feeding *s, const struct filling *c)
{
	return c->room.rows > 0 &&
	       (s->state != GENERATOR_FAILED || !generator_replays(s->f->generator));
}

static enum step feed_chunk(struct feeding *s)
{
	struct queues *qs = s->f->qs;
	struct filling c = { 0 };

	if (queue_claim(qs, s->f->queue, QUEUE_FOREVER, &c.block) != QUEUE_CHUNK)
		return STEP_STOPPED;
	if (fill(s, &c) == 0 && is_whole(s, &c))
		return put(s, &c);
	payload_close(&c.payload);
	queue_abandon(qs, c.block);
	return s->state == GENERATOR_END ? STEP_END : STEP_FAILED;
}

/* The next chunk was stored by an earlier run: its rows pass by. */
static enum step skip_chunk(struct feeding *s, uint64_t rows)
{
	int r;

	s->state = generator_skip(s->f->generator, rows, s->e);
	if (s->state == GENERATOR_FAILED)
		return STEP_FAILED;
	r = queue_skip_ticket(s->f->qs, s->f->queue, s->rows + rows);
	if (r < 0)
		return r == -EPIPE ? STEP_STOPPED : STEP_FAILED;
	s->ticket++;
	s->rows += rows;
	return next_step(s);
}

static enum step next_chunk(struct feeding *s)
{
	bool stored = false;
	uint64_t rows = 0;

	if (s->f->stored != NULL && s->f->stored(s->f->arg, s->ticket, &stored, &rows, s->e) < 0)
		return STEP_FAILED;
	return stored ? skip_chunk(s, rows) : feed_chunk(s);
}

/* A hash of its fingerprint, not 0. */
static uint64_t source_number(const struct generator *g)
{
	AUTO_BUF struct buf text = BUF_INIT(65536);
	uint64_t hash;

	generator_fingerprint(g, &text);
	hash = fnv_hash(FNV_SEED, buf_text(&text), text.len);
	return hash != 0 ? hash : 1;
}

/* Where the one before us was. */
static enum step go_on(struct feeding *s)
{
	if (!queue_source(s->f->qs, s->f->queue, source_number(s->f->generator))) {
		error_set(s->e, ESTALE,
			  "its input has changed since another feeder began with it: rows would "
			  "be lost or come twice");
		return STEP_FAILED;
	}
	queue_resume(s->f->qs, s->f->queue, &s->ticket, &s->rows);
	if (s->f->restarted && !generator_replays(s->f->generator)) {
		error_set(s->e, ESPIPE,
			  "a feeder died, and what it had read cannot be read again: %" PRIu64
			  " chunks were put, what came behind them is lost",
			  s->ticket);
		return STEP_FAILED;
	}
	if (s->rows == 0)
		return STEP_NEXT;
	s->state = generator_skip(s->f->generator, s->rows, s->e);
	return next_step(s);
}

static void expect(const struct feeding *s)
{
	uint64_t rows = generator_rows(s->f->generator);

	if (rows != GENERATOR_ROWS_UNKNOWN)
		queue_expect(s->f->qs, s->f->queue,
			     rows / s->f->rows_max + (rows % s->f->rows_max != 0));
}

enum feeder_end feeder_run(const struct feeder *f, struct error *e)
{
	struct feeding s = { .f = f, .e = e, .state = GENERATOR_MORE };
	enum step step;

	expect(&s);
	step = go_on(&s);
	while (step == STEP_NEXT)
		step = next_chunk(&s);
	if (step == STEP_STOPPED)
		return FEEDER_STOPPED;
	if (step == STEP_FAILED) {
		error_prefix(e, "row %" PRIu64 " or after", s.rows);
		return FEEDER_FAILED;
	}
	queue_expect(f->qs, f->queue, s.ticket);
	queue_close(f->qs, f->queue);
	return FEEDER_DONE;
}
