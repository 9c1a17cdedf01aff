/* journal.c - what a feeder has read, so that the next one goes on there.
 *
 * Two slots, by the ticket's lowest bit: the one of the last ticket that was
 * given out is never written to while it is the last. See queue.h.
 */
#include "queues/impl.h"
#include "queues/queue.h"
#include "queues/ticket.h"

static struct journal *slot(struct queue *q, uint64_t ticket)
{
	return &q->journal[ticket & 1];
}

/* Of the last ticket; zeroes before the first. */
static void last_entry(struct queue *q, uint64_t *ret_rows, uint64_t *ret_skipped)
{
	uint64_t next = ticket_next(q);
	struct journal *last = slot(q, next - 1);

	*ret_rows = *ret_skipped = 0;
	if (next == 0 || load_word(&last->ticket) != next - 1)
		return;
	*ret_rows = load_word(&last->rows);
	*ret_skipped = load_word(&last->skipped);
}

static void write_entry(struct queue *q, uint64_t rows, unsigned skip)
{
	uint64_t next = ticket_next(q), rows_before, skipped;
	struct journal *entry = slot(q, next);

	last_entry(q, &rows_before, &skipped);
	atomic_store_explicit(&entry->ticket, TICKET_NONE, memory_order_release);
	atomic_store_explicit(&entry->rows, rows, memory_order_release);
	atomic_store_explicit(&entry->skipped, skipped + skip, memory_order_release);
	atomic_store_explicit(&entry->ticket, next, memory_order_release);
}

void queue_journal(struct queues *qs, unsigned queue, uint64_t rows)
{
	write_entry(queues_queue(qs, queue), rows, 0);
}

int queue_skip_ticket(struct queues *qs, unsigned queue, uint64_t rows)
{
	write_entry(queues_queue(qs, queue), rows, 1);
	return ticket_skip(qs, queue);
}

void queue_resume(const struct queues *qs, unsigned queue, uint64_t *ret_ticket, uint64_t *ret_rows)
{
	struct queue *q = queues_queue(qs, queue);
	uint64_t skipped;

	*ret_ticket = ticket_next(q);
	last_entry(q, ret_rows, &skipped);
}

uint64_t queue_skipped(const struct queues *qs, unsigned queue)
{
	uint64_t rows, skipped;

	last_entry(queues_queue(qs, queue), &rows, &skipped);
	return skipped;
}

bool queue_source(struct queues *qs, unsigned queue, uint64_t source)
{
	uint64_t before = 0;

	return atomic_compare_exchange_strong(&queues_queue(qs, queue)->source, &before, source) ||
	       before == source;
}

void queue_expect(struct queues *qs, unsigned queue, uint64_t tickets)
{
	atomic_store_explicit(&queues_queue(qs, queue)->expected, tickets, memory_order_relaxed);
}
