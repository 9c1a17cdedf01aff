/* ticket.h - numbers for chunks, without a hole and without a lock.
 *
 *   the queue's word   closed:1  | ticket:35     | generation:8 | block:20
 *   a block's          pending:1 | generation:28 | ticket:35
 *
 * The queue's says which ticket comes next, and which block got the one before.
 * A block asks for its ticket when it is filled:
 *
 *   1. its own word: pending, with the generation that its control word has
 *   2. the queue's: see that whoever got the last ticket has it in writing (if
 *      not, write it for them), then (t, last) -> (t + 1, me) by CAS
 *   3. its own word: no longer pending, t
 *
 * Whoever dies before 2 got no ticket; after 2 the ticket is in one of the two
 * words, and recovery puts the block in its place. The generation tells this
 * use of a block from all others, so nothing need be cleared in between. A
 * closed queue gives no tickets: closing is a bit of the same word.
 */
#ifndef QUEUES_TICKET_H
#define QUEUES_TICKET_H

#include "queues/catalogue.h"

#define TICKET_NONE UINT64_MAX
#define TICKET_MAX ((UINT64_C(1) << 35) - 1) /* tickets of a queue in one run */

void ticket_init(struct queue *q);

/* Steps 1 to 3, for an OWNED block. 0, -EPIPE, -EOVERFLOW. */
int ticket_give(struct queues *qs, unsigned queue, uint32_t block, uint64_t *ret_ticket);

/* Give out a ticket to nobody. */
int ticket_skip(struct queues *qs, unsigned queue);

/* The ticket in a block's word; of one that is or was in its queue. */
uint64_t ticket_of(const struct queues *qs, uint32_t block);

/* The ticket that a block was given while its control word, OWNED, had this
 * generation; TICKET_NONE: none, or none yet. Right also when the block has
 * moved on meanwhile. */
uint64_t ticket_of_owned(struct queues *qs, uint32_t block, uint32_t generation);

uint64_t ticket_next(const struct queue *q);
void ticket_close(struct queue *q);
bool ticket_is_closed(const struct queue *q);

#endif
