/* fnv.h - FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): a short hash
 * for tables and for telling texts apart. Nobody who may choose the input is
 * kept from making it collide, but by a seed of one's own.
 */
#ifndef COMMON_FNV_H
#define COMMON_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_SEED UINT64_C(0xcbf29ce484222325)

static inline uint64_t fnv_hash(uint64_t seed, const char *bytes, size_t len)
{
	uint64_t hash = seed;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
