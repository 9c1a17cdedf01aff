/* counts.c - how the chunks of a queue stand, from the blocks themselves. */
#include "common/clock.h"
#include "queues/impl.h"
#include "queues/queue.h"
#include "queues/ticket.h"

/* Where a job with a ticket is; NOWHERE: it has none now. */
enum place { NOWHERE, FREE, QUEUED, LEASED, KEPT, FINISHING, DYING };

static enum place place_of(const struct queues *qs, uint32_t job, uint64_t word)
{
	const struct catalogue *c = qs->shared;
	unsigned queue = word_queue(word);

	switch (word_state(word)) {
	case BLOCK_OWNED:
		/* ticket_of_owned() writes down what somebody else was given. */
		return ticket_of_owned((struct queues *)qs, job, word_generation(word)) !=
				       TICKET_NONE
			       ? QUEUED
			       : NOWHERE;
	case BLOCK_ENQ:
	case BLOCK_LEASED:
		if (queue == c->output)
			return FINISHING;
		if (queue == c->dead)
			return DYING;
		if (queue == queues_block(qs, job)->home)
			return word_state(word) == BLOCK_ENQ ? QUEUED : LEASED;
		return FREE;
	case BLOCK_KEPT:
		return KEPT;
	default:
		return NOWHERE;
	}
}

static void add_block(const struct queues *qs, uint32_t job, uint64_t now_ns,
		      struct queue_counts *ret)
{
	const struct block *b = queues_block(qs, job);
	uint64_t word = load_word(&b->word), since_ns;

	ret->done += tally_times(load_word(&b->done), word);
	ret->dead += tally_times(load_word(&b->dead), word);
	switch (place_of(qs, job, word)) {
	case QUEUED:
		ret->queued++;
		since_ns = atomic_load_explicit(&b->since_ns, memory_order_relaxed);
		if (now_ns > since_ns)
			ret->oldest_ns = MAX(ret->oldest_ns, now_ns - since_ns);
		break;
	case LEASED:
		ret->leased++;
		break;
	case KEPT:
		ret->kept++;
		break;
	case FINISHING:
		ret->finishing++;
		break;
	case DYING:
		ret->dead++;
		break;
	case FREE:
		ret->free++;
		break;
	case NOWHERE:
		break;
	}
}

/* Of jobs from all queues: those that are in this one. */
static void count_within(const struct queues *qs, unsigned queue, uint64_t now_ns,
			 struct queue_counts *ret)
{
	for (uint32_t i = 0; i < qs->shared->job_count; i++) {
		const struct block *b = queues_block(qs, i);
		uint64_t word = load_word(&b->word), since_ns;

		if (word_is(word, BLOCK_LEASED, queue))
			ret->leased++;
		if (!word_is(word, BLOCK_ENQ, queue))
			continue;
		ret->queued++;
		since_ns = atomic_load_explicit(&b->since_ns, memory_order_relaxed);
		if (now_ns > since_ns)
			ret->oldest_ns = MAX(ret->oldest_ns, now_ns - since_ns);
	}
}

void queues_count(const struct queues *qs, unsigned queue, struct queue_counts *ret)
{
	const struct queue *q = queues_queue(qs, queue);
	uint64_t now_ns = clock_mono_ns();

	*ret = (struct queue_counts) {
		.issued = ticket_next(q),
		.expected = atomic_load_explicit(&q->expected, memory_order_relaxed),
		.retries = atomic_load_explicit(&q->retries, memory_order_relaxed),
		.closed = ticket_is_closed(q),
	};
	if (q->kind == QUEUE_OUTPUT || q->kind == QUEUE_DEAD)
		count_within(qs, queue, now_ns, ret);
	if (q->kind != QUEUE_WORK && q->kind != QUEUE_SIDE)
		return;
	ret->skipped = queue_skipped(qs, queue);
	for (uint32_t i = 0; i < q->count; i++)
		add_block(qs, q->first + i, now_ns, ret);
}

static int compare_tickets(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

size_t queues_dead_tickets(const struct queues *qs, unsigned queue, uint64_t ret[QUEUE_DEAD_NAMED])
{
	const struct queue *q = queues_queue(qs, queue);
	size_t count = 0;
	uint64_t named;

	while (count < QUEUE_DEAD_NAMED && (named = load_word(&q->dead[count])) != 0)
		ret[count++] = named - 1;
	qsort(ret, count, sizeof(ret[0]), compare_tickets);
	return count;
}

unsigned queues_total(const struct queues *qs)
{
	return qs->shared->queue_count;
}

void queues_about(const struct queues *qs, unsigned queue, struct queue_about *ret)
{
	const struct queue *q = queues_queue(qs, queue);

	*ret = (struct queue_about) {
		.name = q->name,
		.kind = (enum queue_kind)q->kind,
		.maxsize = q->maxsize,
		.puts = atomic_load_explicit(&q->puts, memory_order_relaxed),
		.takes = atomic_load_explicit(&q->takes, memory_order_relaxed),
	};
}

bool queues_in_flight(const struct queues *qs, unsigned queue, uint64_t ticket)
{
	const struct queue *q = queues_queue(qs, queue);

	for (uint32_t i = q->first; i < q->first + q->count; i++) {
		enum place place = place_of(qs, i, load_word(&queues_block(qs, i)->word));

		if (place != NOWHERE && place != FREE && ticket_of(qs, i) == ticket)
			return true;
	}
	return false;
}

size_t queues_leases(const struct queues *qs, unsigned owner, struct queue_lease *ret, size_t max)
{
	size_t count = 0;

	for (uint32_t i = 0; i < qs->shared->job_count; i++) {
		const struct block *b = queues_block(qs, i);
		uint64_t word = load_word(&b->word);

		if (word_state(word) != BLOCK_LEASED || word_owner(word) != owner ||
		    queues_queue(qs, b->home)->kind != QUEUE_WORK)
			continue;
		if (count < max)
			ret[count] = (struct queue_lease) { b->home, ticket_of(qs, i) };
		count++;
	}
	return count;
}
