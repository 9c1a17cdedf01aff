/* admission.c - see admission.h. */
#include "servers/admission.h"

#include "common/cc.h"
#include "common/clock.h"
#include "servers/loop_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BITS_MIN 6
#define BITS_MAX 24

struct address_count {
	uint64_t net;   /* an IPv4 address, or the first half of an IPv6 one */
	uint32_t count; /* 0: the place is free */
	uint32_t family;
};

int addresses_init(struct addresses *addresses, size_t max)
{
	struct addresses new = { .bits = BITS_MIN };
	uint64_t random[2] = { clock_mono_ns(), (uintptr_t)addresses };

	while (new.bits < BITS_MAX && (size_t)1 << new.bits < 2 * max)
		new.bits++;
	new.entries = calloc((size_t)1 << new.bits, sizeof(*new.entries));
	if (new.entries == NULL)
		return -ENOMEM;
	/* Without randomness the clock has to do. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) < 0)
		random[0] ^= random[1] << 32;
	new.factor = random[0] | 1;
	new.offset = random[1];
	*addresses = new;
	return 0;
}

void addresses_release(struct addresses *addresses)
{
	free(addresses->entries);
	*addresses = (struct addresses) { 0 };
}

/* Multiply-shift: for any two addresses the odds to meet are even. */
static size_t home(const struct addresses *a, uint64_t net)
{
	return (size_t)((net * a->factor + a->offset) >> (64 - a->bits));
}

static size_t next(const struct addresses *a, size_t i)
{
	return (i + 1) & (((size_t)1 << a->bits) - 1);
}

/* Its place, or the free one that it would get. */
static size_t find(const struct addresses *a, const struct peer *peer, uint64_t *ret_net)
{
	uint64_t net = 0;
	size_t i;

	memcpy(&net, peer->address, peer->family == AF_INET ? 4 : sizeof(net));
	i = home(a, net);
	while (a->entries[i].count != 0 &&
	       (a->entries[i].net != net || a->entries[i].family != peer->family))
		i = next(a, i);
	*ret_net = net;
	return i;
}

bool addresses_enter(struct addresses *addresses, const struct peer *peer, uint32_t max)
{
	struct address_count *entry;
	uint64_t net;

	if (addresses->entries == NULL || peer->family == AF_UNIX)
		return true;
	entry = &addresses->entries[find(addresses, peer, &net)];
	if (entry->count >= max)
		return false;
	entry->net = net;
	entry->family = peer->family;
	entry->count++;
	return true;
}

/* Those behind a gap that a search from their home would now miss move up. */
static void close_gap(struct addresses *a, size_t gap)
{
	size_t mask = ((size_t)1 << a->bits) - 1;

	for (size_t i = next(a, gap); a->entries[i].count != 0; i = next(a, i)) {
		size_t from_home = (i - home(a, a->entries[i].net)) & mask;

		if (from_home < ((i - gap) & mask))
			continue;
		a->entries[gap] = a->entries[i];
		gap = i;
	}
	a->entries[gap].count = 0;
}

void addresses_leave(struct addresses *addresses, const struct peer *peer)
{
	uint64_t net;
	size_t i;

	if (addresses->entries == NULL || peer->family == AF_UNIX)
		return;
	i = find(addresses, peer, &net);
	if (addresses->entries[i].count > 1)
		addresses->entries[i].count--;
	else if (addresses->entries[i].count == 1)
		close_gap(addresses, i);
}

/* A bucket that holds a second's worth and fills evenly, kept as the time at
 * which it would be full. */
static bool in_time(struct server *server, uint32_t per_s)
{
	uint64_t now_ns = clock_mono_ns(), each_ns = CLOCK_NS_PER_S / per_s;
	uint64_t full_ns = MAX(server->full_ns, now_ns);

	if (full_ns + each_ns > now_ns + CLOCK_NS_PER_S)
		return false;
	server->full_ns = full_ns + each_ns;
	return true;
}

bool admission_enter(struct server *server, const struct peer *peer)
{
	struct loop *loop = server->loop;
	const struct loop_limits *limits = &loop->limits;

	if (limits->server_connections_max != 0 &&
	    server->conn_count >= limits->server_connections_max)
		return false;
	/* First, so that who has too many takes nothing of the others' second. */
	if (!addresses_enter(&loop->addresses, peer, limits->address_connections_max))
		return false;
	if (limits->connections_per_s != 0 && !in_time(server, limits->connections_per_s)) {
		addresses_leave(&loop->addresses, peer);
		return false;
	}
	server->conn_count++;
	return true;
}

void admission_leave(struct server *server, const struct peer *peer)
{
	addresses_leave(&server->loop->addresses, peer);
	server->conn_count--;
}
