/* ports.c - see ports.h.
 *
 *   struct ports | holder word per server | queues | order[]
 *
 * order[] lists the servers queue by queue, each queue a run of it: one per
 * group with the ports that any of its workers may take, and one per slot
 * with the sockets that are that slot's own in a shared group (empty
 * otherwise). A queue's hint says where its first free port may be; it only
 * saves a search: a take that finds nothing behind it looks before it too,
 * so a process that dies before it has moved a hint loses nothing.
 */
#include "portmap/ports.h"

#include "common/cc.h"
#include "portmap/plan.h"
#include "queues/region.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

#define WORD_FREE 0 /* else START_SEQUENCE_NUM + 1 */

struct port_queue {
	uint32_t first; /* its run of order[] */
	uint32_t count;
	uint32_t group;
	_Atomic uint32_t hint; /* place in the run; whoever takes or gives back */
};

struct ports {
	uint64_t server_count;
	uint64_t group_count;
	uint64_t slot_count;
	uint64_t words_offset;  /* all from the start of this struct */
	uint64_t queues_offset; /* the groups', then the slots' */
	uint64_t order_offset;
	uint64_t bytes;
};

static _Atomic uint32_t *port_words(const struct ports *ports)
{
	return (void *)((char *)ports + ports->words_offset);
}

static struct port_queue *port_queues(const struct ports *ports)
{
	return (void *)((char *)ports + ports->queues_offset);
}

static uint32_t *port_order(const struct ports *ports)
{
	return (void *)((char *)ports + ports->order_offset);
}

static struct ports ports_layout(const struct plan *plan)
{
	struct ports p = {
		.server_count = plan->server_count,
		.group_count = plan->input.group_count,
		.slot_count = plan->slot_count,
		.words_offset = sizeof(struct ports),
	};

	p.queues_offset = p.words_offset + p.server_count * sizeof(uint32_t);
	p.order_offset =
		p.queues_offset + (p.group_count + p.slot_count) * sizeof(struct port_queue);
	p.bytes = p.order_offset + p.server_count * sizeof(uint32_t);
	return p;
}

size_t ports_region_bytes(const struct plan *plan)
{
	return ports_layout(plan).bytes + CACHE_LINE_BYTES;
}

/* The queue of a server: the slot's own in a shared group, else the group's. */
static struct port_queue *queue_of(const struct ports *ports, const struct plan *plan,
				   const struct plan_server *server)
{
	bool own = plan->input.groups[server->group].shared && server->slot != PLAN_FREE;

	return &port_queues(ports)[own ? ports->group_count + (size_t)server->slot : server->group];
}

/* servers[] is in the order in which the workers pop, the free ports last. */
static void fill_queues(struct ports *ports, const struct plan *plan)
{
	struct port_queue *queues = port_queues(ports);
	uint32_t *order = port_order(ports);
	uint32_t first = 0;

	for (size_t i = 0; i < plan->server_count; i++) {
		struct port_queue *q = queue_of(ports, plan, &plan->servers[i]);

		q->group = plan->servers[i].group;
		q->count++;
	}
	for (size_t i = 0; i < ports->group_count + ports->slot_count; i++) {
		queues[i].first = first;
		first += queues[i].count;
		queues[i].count = 0;
	}
	for (size_t i = 0; i < plan->server_count; i++) {
		struct port_queue *q = queue_of(ports, plan, &plan->servers[i]);

		order[q->first + q->count++] = (uint32_t)i;
	}
}

struct ports *ports_create(struct region *region, const struct plan *plan)
{
	struct ports layout = ports_layout(plan);
	uint64_t offset = region_alloc(region, layout.bytes, CACHE_LINE_BYTES);
	struct ports *ports = region_at(region, offset);

	if (ports == NULL)
		return NULL;
	*ports = layout;
	fill_queues(ports, plan);
	region_set_root(region, REGION_PORTS, offset);
	return ports;
}

struct ports *ports_attach(const struct region *region)
{
	return region_root(region, REGION_PORTS);
}

static bool take_at(struct ports *ports, const struct port_queue *q, uint32_t place, uint32_t word,
		    size_t *ret_server)
{
	uint32_t server = port_order(ports)[q->first + place];
	uint32_t expected = WORD_FREE;

	if (!atomic_compare_exchange_strong(&port_words(ports)[server], &expected, word))
		return false;
	*ret_server = server;
	return true;
}

static bool queue_take(struct ports *ports, struct port_queue *q, uint32_t word, size_t *ret_server)
{
	uint32_t hint = atomic_load(&q->hint);
	uint32_t start = hint < q->count ? hint : 0;

	for (uint32_t i = 0; i < q->count; i++) {
		uint32_t place = (start + i) % q->count;

		if (!take_at(ports, q, place, word, ret_server))
			continue;
		/* Not when somebody gave back or took meanwhile. */
		atomic_compare_exchange_strong(&q->hint, &hint, place + 1);
		return true;
	}
	return false;
}

enum ports_take ports_take(struct ports *ports, unsigned group, int slot, size_t *ret_server)
{
	uint32_t word = (uint32_t)slot + 1;
	struct port_queue *queues = port_queues(ports), *own;

	assert(group < ports->group_count);
	assert(slot >= 0 && (uint64_t)slot < ports->slot_count);
	own = &queues[ports->group_count + (size_t)slot];
	if (own->count > 0 && own->group == group && queue_take(ports, own, word, ret_server))
		return PORTS_TAKEN;
	return queue_take(ports, &queues[group], word, ret_server) ? PORTS_TAKEN : PORTS_EMPTY;
}

static size_t queue_give_back(struct ports *ports, struct port_queue *q, uint32_t word)
{
	const uint32_t *order = port_order(ports) + q->first;
	uint32_t first = UINT32_MAX, hint;
	size_t given = 0;

	for (uint32_t i = 0; i < q->count; i++) {
		uint32_t expected = word;

		if (!atomic_compare_exchange_strong(&port_words(ports)[order[i]], &expected,
						    WORD_FREE))
			continue;
		given++;
		first = MIN(first, i);
	}
	hint = atomic_load(&q->hint);
	while (first < hint && !atomic_compare_exchange_weak(&q->hint, &hint, first))
		;
	return given;
}

size_t ports_give_back(struct ports *ports, int slot)
{
	struct port_queue *queues = port_queues(ports);
	size_t given = 0;

	assert(slot >= 0 && (uint64_t)slot < ports->slot_count);
	for (size_t i = 0; i < ports->group_count + ports->slot_count; i++)
		given += queue_give_back(ports, &queues[i], (uint32_t)slot + 1);
	return given;
}

int ports_holder(const struct ports *ports, size_t server)
{
	assert(server < ports->server_count);
	return (int)atomic_load(&port_words(ports)[server]) - 1;
}

static size_t queue_free_count(const struct ports *ports, const struct port_queue *q)
{
	const uint32_t *order = port_order(ports) + q->first;
	size_t count = 0;

	for (uint32_t i = 0; i < q->count; i++)
		count += atomic_load(&port_words(ports)[order[i]]) == WORD_FREE;
	return count;
}

size_t ports_free_count(const struct ports *ports, unsigned group)
{
	const struct port_queue *queues = port_queues(ports);
	size_t count;

	assert(group < ports->group_count);
	count = queue_free_count(ports, &queues[group]);
	for (size_t i = 0; i < ports->slot_count; i++) {
		if (queues[ports->group_count + i].group == group)
			count += queue_free_count(ports, &queues[ports->group_count + i]);
	}
	return count;
}
