/* putter.c - see putter.h.
 *
 * A thread remembers its records by the handle's key; they are given back when
 * it ends (pthread_key_create(3)). A process has one handle, a test a few.
 */
#include "queues/putter.h"

#include "common/error.h"
#include "queues/queue.h"

#include <pthread.h>

#define HANDLES 8 /* remembered by a thread */

struct known {
	uint64_t key; /* 0: none */
	struct putter *putter;
};

static __thread struct known known[HANDLES];
static __thread unsigned next_known;
static pthread_key_t end_key;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;

static void give_back(struct known *k)
{
	if (k->key != 0)
		atomic_store_explicit(&k->putter->owner, 0, memory_order_release);
	*k = (struct known) { 0 };
}

static void thread_ends(void *arg)
{
	struct known *all = arg;

	for (int i = 0; i < HANDLES; i++)
		give_back(&all[i]);
}

static void make_key(void)
{
	pthread_key_create(&end_key, thread_ends);
}

/* Any free record will do; start where few others look. */
static struct putter *find_free(const struct queues *qs)
{
	uint32_t count = qs->shared->putter_count;
	uint32_t start = qs->owner * QUEUES_PUTTERS_PER_OWNER;

	for (uint32_t i = 0; i < count; i++) {
		struct putter *putter = queues_putter(qs, (start + i) % count);
		uint32_t nobody = 0;

		if (atomic_load_explicit(&putter->owner, memory_order_relaxed) == 0 &&
		    atomic_compare_exchange_strong(&putter->owner, &nobody, qs->owner))
			return putter;
	}
	return NULL;
}

static struct putter *enter(const struct queues *qs)
{
	struct putter *putter = find_free(qs);

	if (putter == NULL)
		return NULL;
	pthread_once(&end_once, make_key);
	pthread_setspecific(end_key, known);
	give_back(&known[next_known]);
	known[next_known] = (struct known) { qs->key, putter };
	next_known = (next_known + 1) % HANDLES;
	return putter;
}

static struct putter *find(const struct queues *qs)
{
	for (int i = 0; i < HANDLES; i++)
		if (known[i].key == qs->key)
			return known[i].putter;
	return enter(qs);
}

struct putter *putter_mine(const struct queues *qs)
{
	struct putter *putter = known[0].key == qs->key ? known[0].putter : find(qs);

	if (putter == NULL)
		abort(); /* queues_enter() was not asked */
	return putter;
}

void putter_forget(const struct queues *qs)
{
	for (int i = 0; i < HANDLES; i++)
		if (known[i].key == qs->key)
			give_back(&known[i]);
}

int queues_enter(const struct queues *qs, struct error *e)
{
	if (find(qs) != NULL)
		return 0;
	return error_set(e, EAGAIN, "queues: %u threads use them already, which is the most",
			 qs->shared->putter_count);
}
