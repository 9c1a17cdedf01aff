/* ring.c - see ring.h.
 *
 * Cell i holds a hint of position p with p % cells == i; before that, one of
 * the lap before (p - cells), which is how "not written yet" looks. Positions
 * start at one lap, so that all cells are of a lap before.
 */
#include "queues/ring.h"

#define POSITION_MASK ((UINT64_C(1) << (64 - BLOCK_BITS)) - 1)

static uint64_t cell_make(uint64_t position, uint32_t block)
{
	return position << BLOCK_BITS | block;
}

static uint64_t cell_position(uint64_t cell)
{
	return cell >> BLOCK_BITS;
}

static uint32_t cell_block(uint64_t cell)
{
	return (uint32_t)cell & BLOCK_NONE;
}

static _Atomic uint64_t *ring_cell(const struct queues *qs, const struct queue *q,
				   uint64_t position)
{
	_Atomic uint64_t *cells = (void *)(qs->base + q->ring);

	return &cells[position & q->ring_mask];
}

/* How far position is ahead of the cell, modulo 2^44, with its sign: 0 when
 * the cell is of this lap, the number of cells when it is of the one before. */
static int64_t cell_behind(uint64_t position, uint64_t cell)
{
	uint64_t behind = (position - cell_position(cell)) & POSITION_MASK;

	return (int64_t)(behind << BLOCK_BITS) >> BLOCK_BITS;
}

static void advance(_Atomic uint64_t *end, uint64_t from)
{
	atomic_compare_exchange_strong_explicit(end, &from, from + 1, memory_order_acq_rel,
						memory_order_relaxed);
}

uint32_t ring_cells(uint32_t blocks)
{
	uint32_t cells = RING_CELLS_PER_BLOCK;

	while (cells < RING_CELLS_PER_BLOCK * blocks)
		cells *= 2;
	return cells;
}

void ring_init(struct queues *qs, unsigned queue)
{
	struct queue *q = queues_queue(qs, queue);
	uint64_t cells = (uint64_t)q->ring_mask + 1;

	for (uint64_t i = 0; i < cells; i++)
		atomic_store_explicit(ring_cell(qs, q, i), cell_make(i, BLOCK_NONE),
				      memory_order_relaxed);
	atomic_store_explicit(&q->tail, cells, memory_order_relaxed);
	atomic_store_explicit(&q->head, cells, memory_order_release);
}

bool ring_skip_stale(struct queues *qs, unsigned queue)
{
	uint64_t position;
	uint32_t block = ring_peek(qs, queue, &position);

	if (block == BLOCK_NONE)
		return true; /* somebody else took it meanwhile */
	if (word_is(atomic_load_explicit(&queues_block(qs, block)->word, memory_order_acquire),
		    BLOCK_ENQ, queue))
		return false;
	ring_pass(qs, queue, position);
	return true;
}

void ring_push(struct queues *qs, unsigned queue, uint32_t block)
{
	struct queue *q = queues_queue(qs, queue);
	int64_t cells = (int64_t)q->ring_mask + 1;

	for (;;) {
		uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire);
		_Atomic uint64_t *at = ring_cell(qs, q, tail);
		uint64_t cell = atomic_load_explicit(at, memory_order_acquire);
		int64_t behind = cell_behind(tail, cell);

		if (behind == 0) { /* written, its writer has not moved tail yet */
			advance(&q->tail, tail);
			continue;
		}
		if (behind != cells)
			continue; /* tail has moved on since we read it */
		if ((int64_t)(tail - atomic_load_explicit(&q->head, memory_order_acquire)) >=
		    cells) {
			bool full = !ring_skip_stale(qs, queue) &&
				    atomic_load_explicit(&q->tail, memory_order_acquire) == tail;

			if (full)
				abort(); /* too few cells: a bug of ours */
			continue;
		}
		if (!atomic_compare_exchange_strong_explicit(at, &cell, cell_make(tail, block),
							     memory_order_acq_rel,
							     memory_order_relaxed))
			continue;
		advance(&q->tail, tail);
		return;
	}
}

uint32_t ring_peek(const struct queues *qs, unsigned queue, uint64_t *ret_position)
{
	const struct queue *q = queues_queue(qs, queue);
	int64_t cells = (int64_t)q->ring_mask + 1;

	for (;;) {
		uint64_t head = atomic_load_explicit(&q->head, memory_order_acquire);
		uint64_t cell = atomic_load_explicit(ring_cell(qs, q, head), memory_order_acquire);
		int64_t behind = cell_behind(head, cell);

		if (behind == 0) {
			*ret_position = head;
			return cell_block(cell);
		}
		if (behind == cells && atomic_load_explicit(&q->head, memory_order_acquire) == head)
			return BLOCK_NONE;
	}
}

bool ring_has(const struct queues *qs, unsigned queue, uint32_t block)
{
	const struct queue *q = queues_queue(qs, queue);
	uint64_t position = atomic_load_explicit(&q->head, memory_order_acquire);

	for (;;) {
		uint64_t cell =
			atomic_load_explicit(ring_cell(qs, q, position), memory_order_acquire);
		int64_t behind = cell_behind(position, cell);

		if (behind > 0)
			return false; /* of the lap before: the hints end here */
		if (behind == 0 && cell_block(cell) == block)
			return true;
		if (behind == 0)
			position++;
		else /* the ring went on without us */
			position = atomic_load_explicit(&q->head, memory_order_acquire);
	}
}

void ring_pass(struct queues *qs, unsigned queue, uint64_t position)
{
	advance(&queues_queue(qs, queue)->head, position);
}
