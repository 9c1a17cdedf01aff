/* board.h - what everybody may see: states and counters in the shared region.
 *
 * One writer per field, readers without locks; 64-bit fields are relaxed
 * atomics. Counters outlive a worker: the respawned one goes on counting, so
 * they are monotonic. Gauges (active, connections) are set to 0 by the
 * manager when their writer has died.
 */
#ifndef PORTMAP_BOARD_H
#define PORTMAP_BOARD_H

#include "common/cc.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct plan;
struct region;

#define BOARD_STATUS_CLASSES 6 /* [1] 1xx … [5] 5xx; [0] others */

/* A server's counters; writer: the one thread that serves it. A server with
 * n threads of its own has n cells: read the sum, board_server_sum(). */
struct board_cell {
	_Atomic uint64_t requests;   /* replies completed */
	_Atomic uint64_t bytes_sent; /* bodies of those replies */
	_Atomic uint64_t accepted;   /* connections */
	_Atomic uint64_t refused;    /* connections closed for a limit */
	_Atomic uint64_t violations; /* requests refused for their framing or head */
	_Atomic uint64_t timeouts;   /* connections closed for a deadline */
	_Atomic uint64_t classes[BOARD_STATUS_CLASSES];
	_Atomic uint64_t active;                   /* requests being answered, gauge */
	_Atomic uint64_t connections;              /* open, gauge */
	_Atomic uint64_t cache_hits, cache_misses; /* of the file cache */
	_Atomic uint64_t cache_bytes;              /* held for this server, gauge */
} ATTR_OWN_LINE;

/* A supervised process; writer: the manager. One per slot, then those of the
 * status role, the collector and the feeders. */
struct board_process {
	_Atomic uint32_t state; /* enum slot_state */
	_Atomic int32_t pid;    /* 0: none */
	_Atomic uint64_t restarts;
	_Atomic uint64_t started_ns;  /* monotonic clock; 0: never */
	_Atomic uint64_t ready_ns;    /* of this process; 0: not yet */
	_Atomic uint64_t next_try_ns; /* in back-off; else 0 */
	_Atomic uint32_t failed;      /* it gave up: none of its place could do its task */
} ATTR_OWN_LINE;

/* What a slot's modules did; writers: its process's threads, one process at a
 * time, so adding is atomic. */
struct board_work {
	_Atomic uint64_t rows;   /* done */
	_Atomic uint64_t chunks; /* finished */
	_Atomic uint64_t failed; /* given back as failed */
} ATTR_OWN_LINE;

struct board_manager { /* writer: the manager */
	_Atomic int32_t pid;
	_Atomic uint32_t state; /* enum board_manager_state */
	_Atomic uint64_t started_ns;
	_Atomic uint64_t lines_dropped; /* output that nobody read in time */
} ATTR_OWN_LINE;

#define BOARD_MANAGER_STATES(X) \
	X(STARTING, "starting") \
	X(RUNNING, "running") \
	X(STOPPING, "stopping")
#define X(id, name) BOARD_MANAGER_##id,
enum board_manager_state { BOARD_MANAGER_STATES(X) };
#undef X

struct board { /* shared; sizes are fixed at creation */
	uint64_t slot_count;
	uint64_t cell_count;
	uint64_t feeder_count;
	struct board_manager manager;
	/* struct board_process [slot_count + 2 + feeder_count],
	 * struct board_work [slot_count], struct board_cell [cell_count] */
};

size_t board_region_bytes(const struct plan *plan);
struct board *board_create(struct region *region, const struct plan *plan);
struct board *board_attach(const struct region *region);

struct board_process *board_process(struct board *board, size_t slot);
struct board_process *board_status_process(struct board *board);
struct board_process *board_collector_process(struct board *board);
struct board_process *board_feeder_process(struct board *board, size_t feeder);
struct board_work *board_slot_work(struct board *board, size_t slot);
struct board_cell *board_cell(struct board *board, size_t cell);

/* For the one writer of a field: a plain add, no locked instruction. */
static inline void board_add(_Atomic uint64_t *field, uint64_t n)
{
	atomic_store_explicit(field, atomic_load_explicit(field, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline uint64_t board_get(const _Atomic uint64_t *field)
{
	return atomic_load_explicit(field, memory_order_relaxed);
}

static inline void board_set(_Atomic uint64_t *field, uint64_t value)
{
	atomic_store_explicit(field, value, memory_order_relaxed);
}

struct board_counts { /* a server's cells, added up */
	uint64_t requests, bytes_sent, accepted, refused, violations, timeouts, active, connections;
	uint64_t cache_hits, cache_misses, cache_bytes;
	uint64_t classes[BOARD_STATUS_CLASSES];
};
void board_server_sum(struct board *board, const struct plan *plan, size_t server,
		      struct board_counts *ret);

/* Gauges of a slot's servers to 0. Manager only, after its process died. */
void board_clear_gauges(struct board *board, const struct plan *plan, size_t slot);

const char *board_manager_state_name(enum board_manager_state state);

#endif
