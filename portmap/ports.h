/* ports.h - port queues: who has which port, in the shared region.
 *
 * One queue per group, listed as mp_<group>_q, filled in the order of the
 * group's ports. Taking a port is like list.pop(): get and remove. A port
 * taken is leased to its slot, kept over a respawn, and comes back to its
 * place when the slot is gone.
 *
 * A cell per plan server holds one word, FREE or the slot that leases it,
 * changed by compare-and-swap only: a process can die between any two
 * instructions and the word still says who holds the port. Any process may
 * take; only the manager gives a slot's ports back. In a shared group each
 * socket belongs to one slot from the start, so a slot takes only its own.
 */
#ifndef PORTMAP_PORTS_H
#define PORTMAP_PORTS_H

#include <stddef.h>
#include <stdint.h>

struct plan;
struct region;
struct ports; /* shared; opaque: see ports.c */

enum ports_take { PORTS_TAKEN, PORTS_EMPTY };

size_t ports_region_bytes(const struct plan *plan);

/* Make the queues in the region, full. NULL: the region is too small. */
struct ports *ports_create(struct region *region, const struct plan *plan);
struct ports *ports_attach(const struct region *region);

/* Pop the group's next port for slot; *ret_server is an index into the plan's
 * servers[], set on PORTS_TAKEN only. Wait-free but for lost races. */
enum ports_take ports_take(struct ports *ports, unsigned group, int slot, size_t *ret_server);

/* Give back all that slot holds; returns how many. The slot's process is dead
 * and will not come back. */
size_t ports_give_back(struct ports *ports, int slot);

/* Who holds servers[server]: a slot, or PLAN_FREE. */
int ports_holder(const struct ports *ports, size_t server);

/* Ports of the group that nobody holds. */
size_t ports_free_count(const struct ports *ports, unsigned group);

#endif
