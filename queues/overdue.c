/* overdue.c - see overdue.h.
 *
 * since_ns of a block is even when it was put and odd when it was taken. A
 * lease with an even one was taken this moment, or by a process that was
 * stopped in between: its time begins when it is seen first.
 */
#include "queues/overdue.h"

#include "common/clock.h"
#include "queues/impl.h"
#include "queues/ticket.h"

#include <stdio.h>

static uint64_t limit_ns(const struct queue *q)
{
	return q->lease_limit_ms * CLOCK_NS_PER_MS;
}

void queue_limit_lease(struct queues *qs, unsigned queue, uint32_t limit_ms)
{
	queues_queue(qs, queue)->lease_limit_ms = limit_ms;
}

uint32_t queue_lease_limit_ms(const struct queues *qs, unsigned queue)
{
	return queues_queue(qs, queue)->lease_limit_ms;
}

/* When the lease began, which is now for one that says nothing of it. */
static uint64_t lease_start(struct block *b, uint64_t now_ns)
{
	uint64_t since = atomic_load_explicit(&b->since_ns, memory_order_acquire);

	if (since & 1)
		return since;
	/* Unless its holder does so meanwhile, or it has ended. */
	atomic_compare_exchange_strong_explicit(&b->since_ns, &since, now_ns | 1,
						memory_order_acq_rel, memory_order_relaxed);
	return now_ns;
}

/* Has the lease with this word, if it is one, lasted too long? *next_ns: when
 * it will have. */
static bool is_overdue(struct queues *qs, const struct queue *q, uint32_t job, uint64_t now_ns,
		       struct queue_overdue *ret, uint64_t *next_ns)
{
	struct block *b = queues_block(qs, job);
	uint64_t word = load_word(&b->word), start;

	if (!word_is(word, BLOCK_LEASED, b->home))
		return false;
	start = lease_start(b, now_ns);
	if (start + limit_ns(q) > now_ns) {
		*next_ns = MIN(*next_ns, start + limit_ns(q));
		return false;
	}
	*ret = (struct queue_overdue) { .owner = word_owner(word),
					.queue = b->home,
					.ticket = ticket_of(qs, job),
					.held_ns = now_ns - start };
	return load_word(&b->word) == word; /* or these were of two leases */
}

static size_t overdue_of(struct queues *qs, const struct queue *q, uint64_t now_ns,
			 struct queue_overdue *ret, size_t max, uint64_t *next_ns)
{
	size_t found = 0;

	*next_ns = MIN(*next_ns, now_ns + limit_ns(q));
	for (uint32_t i = 0; i < q->count && found < max; i++)
		found += is_overdue(qs, q, q->first + i, now_ns, &ret[found], next_ns);
	return found;
}

size_t queues_overdue(struct queues *qs, uint64_t now_ns, struct queue_overdue *ret, size_t max,
		      uint64_t *ret_next_ns)
{
	uint64_t next_ns = UINT64_MAX;
	size_t found = 0;

	for (unsigned i = 0; i < qs->shared->queue_count; i++) {
		const struct queue *q = queues_queue(qs, i);

		if (q->lease_limit_ms != 0)
			found += overdue_of(qs, q, now_ns, ret + found, max - found, &next_ns);
	}
	*ret_next_ns = next_ns;
	return found;
}

/* Only what is a lease still: what was put meanwhile has another time. */
static void restart(struct block *b, uint64_t now_ns)
{
	uint64_t since = atomic_load_explicit(&b->since_ns, memory_order_acquire);

	if (since & 1)
		atomic_compare_exchange_strong_explicit(&b->since_ns, &since, now_ns | 1,
							memory_order_acq_rel, memory_order_relaxed);
}

void queues_excuse(struct queues *qs, uint64_t now_ns)
{
	for (uint32_t i = 0; i < qs->shared->job_count; i++)
		restart(queues_block(qs, i), now_ns);
}

uint64_t queue_extend(struct queues *qs, uint32_t job)
{
	struct block *b = queues_block(qs, job);
	const struct queue *q = queues_queue(qs, b->home);
	uint64_t now_ns = clock_mono_ns();

	if (q->lease_limit_ms == 0)
		return QUEUE_FOREVER;
	restart(b, now_ns);
	return now_ns + limit_ns(q) / 2;
}

unsigned queues_blame_overdue(struct queues *qs, unsigned owner, uint64_t now_ns)
{
	unsigned blamed = 0;

	for (uint32_t i = 0; i < qs->shared->job_count; i++) {
		struct block *b = queues_block(qs, i);
		const struct queue *q = queues_queue(qs, b->home);
		struct queue_overdue found;
		uint64_t next_ns = 0;

		if (q->lease_limit_ms == 0 || word_owner(load_word(&b->word)) != owner ||
		    !is_overdue(qs, q, i, now_ns, &found, &next_ns))
			continue;
		atomic_store_explicit(&b->begun, LEASE_OVERDUE, memory_order_relaxed);
		blamed++;
	}
	return blamed;
}
