/* board.c - see board.h. */
#include "portmap/board.h"

#include "portmap/plan.h"
#include "queues/region.h"

#include <assert.h>

/* Each part begins on a line of its own, without gaps in between. */
_Static_assert(sizeof(struct board) % CACHE_LINE_BYTES == 0, "board: header");
_Static_assert(sizeof(struct board_process) % CACHE_LINE_BYTES == 0, "board: process");
_Static_assert(sizeof(struct board_work) % CACHE_LINE_BYTES == 0, "board: work");
_Static_assert(sizeof(struct board_cell) % CACHE_LINE_BYTES == 0, "board: cell");

static size_t board_bytes(const struct plan *plan)
{
	size_t feeders = plan->input.feeder_count;

	return sizeof(struct board) +
	       (plan->slot_count + 2 + feeders) * sizeof(struct board_process) +
	       plan->slot_count * sizeof(struct board_work) +
	       plan->cell_count * sizeof(struct board_cell);
}

size_t board_region_bytes(const struct plan *plan)
{
	return board_bytes(plan) + CACHE_LINE_BYTES;
}

struct board *board_create(struct region *region, const struct plan *plan)
{
	uint64_t offset = region_alloc(region, board_bytes(plan), CACHE_LINE_BYTES);
	struct board *board = region_at(region, offset);

	if (board == NULL)
		return NULL;
	board->slot_count = plan->slot_count;
	board->cell_count = plan->cell_count;
	board->feeder_count = plan->input.feeder_count;
	region_set_root(region, REGION_BOARD, offset);
	return board;
}

struct board *board_attach(const struct region *region)
{
	return region_root(region, REGION_BOARD);
}

static struct board_process *processes(struct board *board)
{
	return (void *)(board + 1);
}

struct board_process *board_process(struct board *board, size_t slot)
{
	assert(slot < board->slot_count);
	return processes(board) + slot;
}

struct board_process *board_status_process(struct board *board)
{
	return processes(board) + board->slot_count;
}

struct board_process *board_collector_process(struct board *board)
{
	return processes(board) + board->slot_count + 1;
}

struct board_process *board_feeder_process(struct board *board, size_t feeder)
{
	assert(feeder < board->feeder_count);
	return processes(board) + board->slot_count + 2 + feeder;
}

static struct board_work *works(struct board *board)
{
	return (void *)(processes(board) + board->slot_count + 2 + board->feeder_count);
}

struct board_work *board_slot_work(struct board *board, size_t slot)
{
	assert(slot < board->slot_count);
	return works(board) + slot;
}

struct board_cell *board_cell(struct board *board, size_t cell)
{
	struct board_cell *first = (void *)(works(board) + board->slot_count);

	assert(cell < board->cell_count);
	return first + cell;
}

static size_t server_cell_count(const struct plan_server *server)
{
	return MAX(server->threads, 1);
}

void board_server_sum(struct board *board, const struct plan *plan, size_t server,
		      struct board_counts *ret)
{
	const struct plan_server *s = &plan->servers[server];

	*ret = (struct board_counts) { 0 };
	for (size_t i = 0; i < server_cell_count(s); i++) {
		const struct board_cell *cell = board_cell(board, s->cell + i);

		ret->requests += board_get(&cell->requests);
		ret->bytes_sent += board_get(&cell->bytes_sent);
		ret->accepted += board_get(&cell->accepted);
		ret->refused += board_get(&cell->refused);
		ret->violations += board_get(&cell->violations);
		ret->timeouts += board_get(&cell->timeouts);
		ret->active += board_get(&cell->active);
		ret->connections += board_get(&cell->connections);
		ret->cache_hits += board_get(&cell->cache_hits);
		ret->cache_misses += board_get(&cell->cache_misses);
		ret->cache_bytes += board_get(&cell->cache_bytes);
		for (size_t k = 0; k < BOARD_STATUS_CLASSES; k++)
			ret->classes[k] += board_get(&cell->classes[k]);
	}
}

void board_clear_gauges(struct board *board, const struct plan *plan, size_t slot)
{
	const struct plan_slot *s = &plan->slots[slot];

	for (size_t i = s->first; i < s->first + s->count; i++) {
		const struct plan_server *server = &plan->servers[i];

		for (size_t c = 0; c < server_cell_count(server); c++) {
			struct board_cell *cell = board_cell(board, server->cell + c);

			board_set(&cell->active, 0);
			board_set(&cell->connections, 0);
			board_set(&cell->cache_bytes, 0);
		}
	}
}

const char *board_manager_state_name(enum board_manager_state state)
{
	static const char *const names[] = {
#define X(id, name) [BOARD_MANAGER_##id] = name,
		BOARD_MANAGER_STATES(X)
#undef X
	};

	return (size_t)state < ARRAY_SIZE(names) ? names[state] : "unknown";
}
