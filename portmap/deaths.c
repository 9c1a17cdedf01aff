/* deaths.c - see deaths.h.
 *
 * A record is copied word by word through atomics: stores that release, loads
 * that acquire. A reader that sees any word of a newer record therefore sees
 * its odd sequence number too when it looks again, and drops the copy. No
 * fences, so that ThreadSanitizer follows it. Readers never wait: a record
 * that its writer died in stays odd and is left out.
 */
#include "portmap/deaths.h"

#include "common/cc.h"
#include "queues/region.h"

#include <stdatomic.h>
#include <string.h>

#define DEATH_WORDS ((sizeof(struct death) + 7) / 8)

struct death_record {         /* writer: the manager */
	_Atomic uint64_t seq; /* 2n + 1: death n is being written; 2n + 2: it is there */
	_Atomic uint64_t words[DEATH_WORDS];
};

struct deaths { /* writer: the manager */
	_Atomic uint64_t total;
	struct death_record ring[DEATHS_MAX]; /* death n is in ring[n % DEATHS_MAX] */
} ATTR_OWN_LINE;

size_t deaths_region_bytes(void)
{
	return sizeof(struct deaths) + CACHE_LINE_BYTES;
}

struct deaths *deaths_create(struct region *region)
{
	uint64_t offset = region_alloc(region, sizeof(struct deaths), CACHE_LINE_BYTES);

	if (offset == 0)
		return NULL;
	region_set_root(region, REGION_DEATHS, offset);
	return region_at(region, offset);
}

struct deaths *deaths_attach(const struct region *region)
{
	return region_root(region, REGION_DEATHS);
}

void deaths_add(struct deaths *deaths, const struct death *death)
{
	uint64_t n = atomic_load_explicit(&deaths->total, memory_order_relaxed);
	struct death_record *record = &deaths->ring[n % DEATHS_MAX];
	uint64_t words[DEATH_WORDS] = { 0 };

	memcpy(words, death, sizeof(*death));
	atomic_store_explicit(&record->seq, 2 * n + 1, memory_order_relaxed);
	for (size_t i = 0; i < DEATH_WORDS; i++)
		atomic_store_explicit(&record->words[i], words[i], memory_order_release);
	atomic_store_explicit(&record->seq, 2 * n + 2, memory_order_release);
	atomic_store_explicit(&deaths->total, n + 1, memory_order_release);
}

/* Copy death n; false when it is not there whole. */
static bool deaths_copy(const struct deaths *deaths, uint64_t n, struct death *ret)
{
	const struct death_record *record = &deaths->ring[n % DEATHS_MAX];
	uint64_t words[DEATH_WORDS];

	if (atomic_load_explicit(&record->seq, memory_order_acquire) != 2 * n + 2)
		return false;
	for (size_t i = 0; i < DEATH_WORDS; i++)
		words[i] = atomic_load_explicit(&record->words[i], memory_order_acquire);
	if (atomic_load_explicit(&record->seq, memory_order_relaxed) != 2 * n + 2)
		return false;
	memcpy(ret, words, sizeof(*ret));
	ret->role[sizeof(ret->role) - 1] = '\0';
	return true;
}

size_t deaths_read(const struct deaths *deaths, struct death *ret, size_t max)
{
	uint64_t total = deaths_total(deaths);
	uint64_t kept = MIN(total, (uint64_t)DEATHS_MAX);
	size_t copied = 0;

	for (uint64_t back = 1; back <= kept && copied < max; back++) {
		if (deaths_copy(deaths, total - back, &ret[copied]))
			copied++;
	}
	return copied;
}

uint64_t deaths_total(const struct deaths *deaths)
{
	return atomic_load_explicit(&deaths->total, memory_order_acquire);
}
