/* plan.h - from config and cores to the whole map, before anything is bound.
 *
 * A pure function: the same input gives the same plan in every process, so a
 * spawned worker computes it anew instead of inheriting it. Slots pop ports
 * in turn, slot by slot in order of START_SEQUENCE_NUM; what no server takes
 * stays in the group's port queue for worker modules.
 *
 *   groups ──┐                       slot 0  core 0  blue    11000 11001 …
 *   entries ─┼─ plan_make ─────────▶ slot 1  core 1  yellow  14000 14001 …
 *   cores  ──┘                       free            green   15006 …
 *
 * servers[] is sorted by slot, so that a slot's servers are one run of it;
 * ports without a server (slot PLAN_FREE) come last. An index into servers[]
 * also names the listening socket (listen.h) and the port queue's cell.
 */
#ifndef PORTMAP_PLAN_H
#define PORTMAP_PLAN_H

#include "portmap/group.h"

#include <stdint.h>

struct cpus;
struct error;

#define PLAN_SLOTS_MAX 4000 /* of 4095 owners; the rest are for other roles */
#define PLAN_SERVERS_MAX 65536
#define PLAN_THREADS_MAX 32768 /* of servers' own, in all */
#define PLAN_FREE (-1)         /* no slot, no group, no entry */

struct plan_input {    /* borrowed for the plan's life */
	int procs_max; /* 0: the larger of the usable cores and the highest number named + 1 */
	const struct group *groups;
	size_t group_count;
	const struct server_entry *entries;
	size_t entry_count;
	size_t feeder_count; /* for their places on the board */
	bool work;           /* a slot without servers has something to do */
};

struct plan_server {
	int32_t slot;   /* START_SEQUENCE_NUM or PLAN_FREE */
	uint16_t group; /* index into input.groups */
	int16_t entry;  /* index into input.entries, PLAN_FREE for a free port */
	uint16_t port;
	uint16_t threads; /* of its own; 0: the serve thread */
	uint32_t cell;    /* first board cell; max(1, threads) of them */
};

struct plan_slot {
	int32_t group;     /* index into input.groups, or PLAN_FREE */
	int32_t core;      /* OS number of the core's first processor */
	size_t core_index; /* into struct cpus */
	size_t first;      /* its servers: servers[first .. first + count) */
	size_t count;
};

struct plan {
	struct plan_input input;
	struct plan_slot *slots; /* by START_SEQUENCE_NUM; slot_count of them */
	size_t slot_count;
	struct plan_server *servers;
	size_t server_count; /* free ports included */
	size_t served_count; /* those with a slot: servers[0 .. served_count) */
	size_t cell_count;
};

/* Errors (a slot in two groups, a number beyond PROCS_MAX, an address and
 * port in two places, more servers_per_worker than ports, an unknown group in
 * an entry, …) and warnings (a slot in no group, a group without a server) go
 * to p, with config paths. NULL when there was an error. */
struct plan *plan_make(const struct plan_input *input, const struct cpus *cpus, struct problems *p);
void plan_free(struct plan *plan);

/* The address of servers[index]. Cannot fail: checked by plan_make. */
void plan_address(const struct plan *plan, size_t index, struct address *ret);
const char *plan_group_name(const struct plan *plan, const struct plan_server *server);

/* The app's kind, "hello"; "-" for a free port. Borrowed. */
const char *plan_app_kind(const struct plan *plan, const struct plan_server *server);

/* {PROCS_MAX, workers[{START_SEQUENCE_NUM, group, core, servers[{ip, port,
 * url, app}]}], groups[{name, START_SEQUENCE_NUM[], ip, ports, shared, queue,
 * free[]}]}; ip is the path for a Unix socket. New reference; NULL: no memory. */
json_t *plan_json(const struct plan *plan);

#endif
