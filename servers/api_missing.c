/* api_missing.c - see api_missing.h. */
#include "servers/api_missing.h"

#include "common/error.h"
#include "servers/api_impl.h"
#include "servers/api_store.h"

#include <stdlib.h>

#define COUNTS_MAX 4
#define BLOCKS_LOOKED_AT_MAX (4u << 20) /* for in-flight tickets, in one answer */

int64_t api_difference(const struct queue_counts *n)
{
	return (int64_t)(n->issued - n->queued - n->leased - n->kept - n->finishing - n->done -
			 n->dead - n->skipped);
}

static uint64_t in_flight(const struct queue_counts *n)
{
	return n->queued + n->leased + n->kept + n->finishing;
}

/* Dead letters of any queue that are not stored yet. */
static uint64_t dying(const struct queues *qs)
{
	int dead = queues_find(qs, "mp_dead_q");
	struct queue_counts n = { 0 };

	if (dead >= 0)
		queues_count(qs, (unsigned)dead, &n);
	return n.queued + n.leased;
}

static bool same(const struct queue_counts *a, const struct queue_counts *b)
{
	return a->issued == b->issued && a->done == b->done && a->dead == b->dead &&
	       a->queued == b->queued && a->leased == b->leased && a->finishing == b->finishing;
}

bool api_count(const struct queues *qs, unsigned queue, struct queue_counts *ret)
{
	struct queue_counts before = { 0 };

	queues_count(qs, queue, ret);
	for (int i = 1; i < COUNTS_MAX && api_difference(ret) != 0; i++) {
		before = *ret;
		queues_count(qs, queue, ret);
		if (same(&before, ret))
			break;
	}
	return api_difference(ret) == 0 || (api_difference(ret) < 0 && !same(&before, ret));
}

struct search {
	const struct queues *qs;
	unsigned queue;
	bool moving; /* some are in flight: each that is not stored may be one of them */
	uint64_t looks_left;
	struct results_reader *reader;
	unsigned stored_id;
	struct api_missing *ret;
};

static bool add(struct search *s, uint64_t first, uint64_t last)
{
	struct api_missing *m = s->ret;

	if (m->named > 0 && m->ranges[m->named - 1].last + 1 == first) {
		m->ranges[m->named - 1].last = last;
		return true;
	}
	if (m->named == API_MISSING_RANGES)
		return false;
	m->ranges[m->named++] = (struct results_range) { first, last };
	return true;
}

/* Stored after all? It was in flight, or it was not stored; then it is asked
 * for again, since it may have arrived in between. */
static int look_at(struct search *s, uint64_t ticket, bool *ret_full, struct error *e)
{
	struct results_ticket there;
	int r = 0;

	if (queues_in_flight(s->qs, s->queue, ticket))
		return 0;
	r = results_get(s->reader, s->stored_id, ticket, &there, NULL, e);
	if (r == 0 && there.state == RESULTS_UNKNOWN)
		*ret_full = !add(s, ticket, ticket);
	return r;
}

static int look_at_range(struct search *s, const struct results_range *range, uint64_t cost,
			 bool *ret_full, struct error *e)
{
	int r = 0;

	if (!s->moving) {
		*ret_full = !add(s, range->first, range->last);
		return 0;
	}
	for (uint64_t t = range->first; r == 0 && !*ret_full && t <= range->last; t++) {
		if (s->looks_left < cost) {
			*ret_full = true;
			s->ret->settled = false;
			return 0;
		}
		s->looks_left -= cost;
		r = look_at(s, t, ret_full, e);
	}
	return r;
}

/* cost: blocks of the queue. */
static int search(struct search *s, uint64_t issued, uint64_t cost, struct error *e)
{
	struct results_range ranges[16];
	size_t count = ARRAY_SIZE(ranges);
	bool full = false;
	uint64_t from = 0;
	int r = 0;

	while (r == 0 && !full && count == ARRAY_SIZE(ranges)) {
		r = results_missing(s->reader, s->stored_id, from, issued, ranges,
				    ARRAY_SIZE(ranges), &count, e);
		for (size_t i = 0; r == 0 && !full && i < count; i++) {
			r = look_at_range(s, &ranges[i], cost, &full, e);
			from = ranges[i].last + 1;
		}
	}
	s->ret->more = full;
	return r;
}

static int name_them(struct api *a, unsigned queue, const struct queue_counts *n,
		     struct api_missing *ret)
{
	struct search s = { .qs = a->context->queues,
			    .queue = queue,
			    .moving = in_flight(n) + dying(a->context->queues) > 0,
			    .looks_left = BLOCKS_LOOKED_AT_MAX,
			    .ret = ret };
	struct results_stored stored;
	struct queue_about about;
	struct error e = { 0 };
	int r;

	queues_about(s.qs, queue, &about);
	r = api_store_find(a, about.name, &s.reader, &stored, &e);
	if (r < 0)
		return r;
	s.stored_id = stored.id;
	ret->settled = true;
	r = search(&s, n->issued, MAX(n->free + in_flight(n), 1), &e);
	if (r < 0) {
		ret->settled = false;
		api_store_close(a);
	}
	return r;
}

const struct api_missing *api_missing(struct api *a, unsigned queue, const struct queue_counts *n)
{
	static const struct api_missing none;
	int64_t count = api_difference(n);
	struct api_missing *m;

	if (count <= 0)
		return &none;
	if (a->missing == NULL)
		a->missing = calloc(queues_total(a->context->queues), sizeof(*a->missing));
	if (a->missing == NULL)
		return &none;
	m = &a->missing[queue];
	if (m->settled && m->count == (uint64_t)count)
		return m;
	*m = (struct api_missing) { .count = (uint64_t)count };
	if (name_them(a, queue, n, m) < 0)
		m->more = true;
	return m;
}
