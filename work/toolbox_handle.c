/* toolbox_handle.c - chunks' handles: given out, found again, given back. */
#include "work/toolbox_impl.h"

#include "common/error.h"

#include <string.h>
#include <sys/mman.h>

/* The lock is held. */
static bool add_pool(eisen_toolbox *tb)
{
	struct handle_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return false;
	for (size_t i = 0; i < HANDLES_PER_POOL; i++) {
		pool->handles[i].tb = tb;
		pool->handles[i].next = i + 1 < HANDLES_PER_POOL ? &pool->handles[i + 1] : NULL;
	}
	pool->next = tb->pools;
	tb->pools = pool;
	tb->free_first = &pool->handles[0];
	tb->free_last = &pool->handles[HANDLES_PER_POOL - 1];
	return true;
}

eisen_chunk *handle_get(eisen_toolbox *tb)
{
	eisen_chunk *chunk = NULL;

	pthread_mutex_lock(&tb->lock);
	if (tb->free_first != NULL || add_pool(tb)) {
		chunk = tb->free_first;
		tb->free_first = chunk->next;
	}
	pthread_mutex_unlock(&tb->lock);
	return chunk;
}

void handle_put(eisen_chunk *chunk)
{
	eisen_toolbox *tb = chunk->tb;

	payload_close(&chunk->payload);
	if (chunk->guard != NULL)
		munmap(chunk->guard, chunk->guard_bytes);
	chunk->guard = NULL;
	chunk->next = NULL;
	atomic_store_explicit(&chunk->state, HANDLE_FREE, memory_order_release);
	pthread_mutex_lock(&tb->lock);
	if (tb->free_first == NULL)
		tb->free_first = chunk;
	else
		tb->free_last->next = chunk;
	tb->free_last = chunk;
	pthread_mutex_unlock(&tb->lock);
}

int handle_open(eisen_chunk *chunk, eisen_queue *queue, uint32_t block, enum handle_state state,
		struct error *e)
{
	eisen_toolbox *tb = chunk->tb;
	const char *at;
	int r = payload_read(tb->qs, block, &chunk->payload, e);

	if (r < 0)
		return r;
	at = chunk->payload.at;
	if (tb->spec.guard_chunks) {
		r = guard_copy(at, chunk->payload.bytes, &chunk->guard, &chunk->guard_bytes, &at,
			       e);
		if (r < 0) {
			payload_close(&chunk->payload);
			return r;
		}
	}
	atomic_store_explicit(&chunk->queue, queue, memory_order_relaxed);
	atomic_store_explicit(&chunk->ticket, queue_ticket(tb->qs, block), memory_order_relaxed);
	chunk->block = block;
	chunk->begun = false;
	chunk->left = (struct chunk_rows) { at, at + chunk->payload.bytes };
	chunk->read = 0;
	chunk->bad = NULL;
	chunk->refused[0] = '\0';
	chunk->header[0] = '\0';
	scope_taken();
	atomic_store_explicit(&chunk->state, scope_current() << 2 | state, memory_order_release);
	return 0;
}

bool handle_claim(eisen_chunk *chunk, enum handle_state from, enum handle_state *ret_state)
{
	uint64_t word = atomic_load_explicit(&chunk->state, memory_order_acquire);

	*ret_state = (enum handle_state)HANDLE_STATE(word);
	if (*ret_state != from)
		return false;
	if (atomic_compare_exchange_strong(&chunk->state, &word,
					   HANDLE_SCOPE(word) << 2 | HANDLE_ENDING))
		return true;
	*ret_state = HANDLE_ENDING; /* by another thread, just now */
	return false;
}

bool toolbox_has_queue(const eisen_toolbox *tb, const eisen_queue *queue)
{
	uintptr_t first = (uintptr_t)tb->queues, at = (uintptr_t)queue;

	return at >= first && at < first + tb->queue_count * sizeof(*queue) &&
	       (at - first) % sizeof(*queue) == 0 && queue->name != NULL;
}

static bool pool_has(const struct handle_pool *pool, const eisen_chunk *chunk)
{
	uintptr_t first = (uintptr_t)pool->handles, at = (uintptr_t)chunk;

	return at >= first && at < first + sizeof(pool->handles) &&
	       (at - first) % sizeof(*chunk) == 0;
}

bool toolbox_has_chunk(eisen_toolbox *tb, const eisen_chunk *chunk)
{
	bool found = false;

	pthread_mutex_lock(&tb->lock);
	for (const struct handle_pool *p = tb->pools; p != NULL && !found; p = p->next)
		found = pool_has(p, chunk);
	pthread_mutex_unlock(&tb->lock);
	return found;
}

/* Its pages cannot be written once it is filled; it ends where a page ends
 * that cannot be touched at all. */
int guard_copy(const char *bytes, size_t len, void **ret_map, size_t *ret_map_bytes,
	       const char **ret_at, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;
	char *map =
		mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return error_errno(e, errno, "no memory to guard %zu bytes", len);
	memcpy(map + room - len, bytes, len);
	if ((room > 0 && mprotect(map, room, PROT_READ) < 0) ||
	    mprotect(map + room, page, PROT_NONE) < 0) {
		munmap(map, room + page);
		return error_errno(e, errno, "mprotect");
	}
	*ret_map = map;
	*ret_map_bytes = room + page;
	*ret_at = map + room - len;
	return 0;
}
