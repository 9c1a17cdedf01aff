/* toolbox_take.c - a module finds its queues and takes chunks of them. */
#include "work/toolbox_impl.h"

#include "common/buf.h"
#include "common/error.h"

#include <string.h>

/* "jobs_q, mp_input_q" */
static void list_queues(const eisen_toolbox *tb, struct buf *ret)
{
	for (size_t i = 0; i < tb->queue_count; i++)
		if (tb->queues[i].name != NULL)
			buf_addf(ret, "%s%s", ret->len == 0 ? "" : ", ", tb->queues[i].name);
}

static void complain_of_name(eisen_toolbox *tb, const char *name, int id)
{
	AUTO_BUF struct buf all = BUF_INIT(512);

	list_queues(tb, &all);
	if (id < 0)
		toolbox_complain(tb,
				 "eisen_queue_find: no queue is called \"%.100s\"; there are: %s",
				 name, buf_text(&all));
	else
		toolbox_complain(tb,
				 "eisen_queue_find: \"%.100s\" is eisen's own, a module cannot use "
				 "it; there are: %s",
				 name, buf_text(&all));
}

eisen_queue *eisen_queue_find(eisen_toolbox *tb, const char *name)
{
	int id;

	if (tb == NULL || name == NULL)
		return NULL;
	id = queues_find(tb->qs, name);
	if (id < 0 || tb->queues[id].name == NULL) {
		complain_of_name(tb, name, id);
		return NULL;
	}
	return &tb->queues[id];
}

const char *eisen_queue_name(const eisen_queue *queue)
{
	return queue == NULL || queue->name == NULL ? "" : queue->name;
}

/* The next of the rows that the slot kept before its process was started anew;
 * BLOCK_NONE: there are no more. */
static uint32_t next_kept(eisen_toolbox *tb, eisen_queue *queue)
{
	uint32_t block = BLOCK_NONE;

	if (atomic_load_explicit(&queue->kept_given, memory_order_acquire))
		return BLOCK_NONE;
	pthread_mutex_lock(&tb->lock);
	if (!atomic_load_explicit(&queue->kept_given, memory_order_relaxed)) {
		block = queue_kept(tb->qs, queue->id, tb->qs->owner,
				   TOOLBOX_KEEPER_FIRST + queue->kept_next);
		if (block == BLOCK_NONE)
			atomic_store_explicit(&queue->kept_given, true, memory_order_release);
		else
			queue->kept_next++;
	}
	pthread_mutex_unlock(&tb->lock);
	return block;
}

static bool take_kept(eisen_toolbox *tb, eisen_queue *queue, eisen_chunk *chunk)
{
	struct error e = { 0 };
	uint32_t block;

	while ((block = next_kept(tb, queue)) != BLOCK_NONE) {
		if (handle_open(chunk, queue, block, HANDLE_KEPT, &e) == 0)
			return true;
		toolbox_complain(tb, "eisen_take: a row of %s that was kept: %s", queue->name,
				 e.text);
	}
	return false;
}

struct taking {
	eisen_queue *const *queues;
	unsigned ids[QUEUE_WAIT_MAX];
	size_t count;
	uint64_t deadline_ns;
};

/* A chunk that cannot be read is no module's fault, but is an attempt. */
static bool open_taken(eisen_toolbox *tb, eisen_chunk *chunk, unsigned id, uint32_t block)
{
	struct error e = { 0 };

	if (handle_open(chunk, &tb->queues[id], block, HANDLE_LEASED, &e) == 0)
		return true;
	toolbox_complain(tb, "%s, ticket %llu: %s", tb->queues[id].name,
			 (unsigned long long)queue_ticket(tb->qs, block), e.text);
	toolbox_count(tb->spec.counters.failed, 1);
	queue_fail(tb->qs, block, e.text);
	return false;
}

/* Has this run of the module's code a chunk of one of them that it did not finish?
 * Only asked before a wait. */
static bool holds_one(eisen_toolbox *tb, const struct taking *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (scope_holds(tb, &tb->queues[t->ids[i]]))
			return true;
	return false;
}

static enum queue_take take_block(eisen_toolbox *tb, const struct taking *t, unsigned *ret_id,
				  uint32_t *ret_block)
{
	enum queue_take found;

	found = queue_take_any(tb->qs, t->ids, t->count, QUEUE_NO_WAIT, ret_id, ret_block);
	if (found != QUEUE_EMPTY || t->deadline_ns == QUEUE_NO_WAIT)
		return found;
	if (holds_one(tb, t))
		return queue_take_another(tb->qs, t->ids, t->count, t->deadline_ns, ret_id,
					  ret_block);
	return queue_take_any(tb->qs, t->ids, t->count, t->deadline_ns, ret_id, ret_block);
}

static enum eisen_take take_into(eisen_toolbox *tb, const struct taking *t, eisen_chunk *chunk)
{
	enum queue_take found;
	uint32_t block = 0;
	unsigned id = 0;

	for (size_t i = 0; i < t->count; i++)
		if (take_kept(tb, t->queues[i], chunk))
			return EISEN_CHUNK;
	do {
		/* Looked at first: what waits is somebody else's then. */
		if (toolbox_stopped(tb))
			return EISEN_STOP;
		found = take_block(tb, t, &id, &block);
	} while (found == QUEUE_CHUNK && !open_taken(tb, chunk, id, block));
	if (found == QUEUE_CHUNK)
		return EISEN_CHUNK;
	return found == QUEUE_STOP || toolbox_stopped(tb) ? EISEN_STOP : EISEN_TIMEOUT;
}

/* STOP for what is no queue: a loop over it has to end. */
static bool check(eisen_toolbox *tb, const char *call, struct taking *t)
{
	if (t->count == 0 || t->count > QUEUE_WAIT_MAX) {
		toolbox_complain(tb, "%s: %zu queues, want 1 to %d", call, t->count,
				 QUEUE_WAIT_MAX);
		return false;
	}
	for (size_t i = 0; i < t->count; i++) {
		if (!toolbox_has_queue(tb, t->queues[i])) {
			toolbox_complain(tb, "%s: want a queue of eisen_queue_find(), got %s", call,
					 t->queues[i] == NULL ? "NULL" : "something else");
			return false;
		}
		t->ids[i] = t->queues[i]->id;
	}
	return toolbox_enter(tb, call);
}

static enum eisen_take take(eisen_toolbox *tb, const char *call, struct taking *t,
			    eisen_chunk **ret)
{
	enum eisen_take found;
	eisen_chunk *chunk;

	if (!check(tb, call, t))
		return EISEN_STOP;
	chunk = handle_get(tb);
	if (chunk == NULL) {
		struct error e;

		error_set(&e, ENOMEM, "%s: out of memory", call);
		toolbox_fail(tb, &e);
		return EISEN_STOP;
	}
	found = take_into(tb, t, chunk);
	if (found == EISEN_CHUNK)
		*ret = chunk;
	else
		handle_put(chunk);
	return found;
}

enum eisen_take eisen_take_any(eisen_toolbox *tb, eisen_queue *const *queues, size_t count,
			       int timeout_ms, eisen_chunk **ret)
{
	struct taking t = { .queues = queues,
			    .count = count,
			    .deadline_ns = toolbox_deadline(timeout_ms) };

	if (tb == NULL || queues == NULL || ret == NULL)
		return EISEN_STOP;
	return take(tb, "eisen_take_any", &t, ret);
}

enum eisen_take eisen_take(eisen_toolbox *tb, eisen_queue *queue, int timeout_ms, eisen_chunk **ret)
{
	struct taking t = { .queues = &queue,
			    .count = 1,
			    .deadline_ns = toolbox_deadline(timeout_ms) };

	if (tb == NULL || ret == NULL)
		return EISEN_STOP;
	return take(tb, "eisen_take", &t, ret);
}
