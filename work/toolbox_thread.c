/* toolbox_thread.c - the modules' threads, and what they leave unfinished.
 *
 * A scope is one run of the module's code on one thread: a call of a worker
 * function, or the life of one of its threads. What was taken in it must be
 * finished when it ends, by whichever thread; else nobody would.
 */
#include "work/toolbox_impl.h"

#include "common/cc.h"
#include "common/error.h"

#include <signal.h>
#include <string.h>

#define THREADS_MAX 256

struct toolbox_thread {
	eisen_toolbox *tb;
	void (*run)(eisen_toolbox *tb, void *arg);
	void *arg;
	pthread_t id;
	_Atomic bool ended;
	struct toolbox_thread *next;
};

/* Scopes --------------------------------------------------------------------- */

static __thread uint64_t current_scope;
static __thread bool has_taken; /* in the current scope */

uint64_t scope_begin(eisen_toolbox *tb)
{
	current_scope = atomic_fetch_add(&tb->scopes, 1) + 1;
	has_taken = false;
	return current_scope;
}

uint64_t scope_current(void)
{
	return current_scope;
}

void scope_taken(void)
{
	has_taken = true;
}

/* The pools there are: they are added at the front and stay until the end. */
static struct handle_pool *first_pool(eisen_toolbox *tb)
{
	struct handle_pool *pool;

	pthread_mutex_lock(&tb->lock);
	pool = tb->pools;
	pthread_mutex_unlock(&tb->lock);
	return pool;
}

bool scope_holds(eisen_toolbox *tb, const eisen_queue *queue)
{
	const uint64_t word = current_scope << 2 | HANDLE_LEASED;

	if (current_scope == 0 || !has_taken)
		return false;
	for (const struct handle_pool *pool = first_pool(tb); pool != NULL; pool = pool->next)
		for (size_t i = 0; i < HANDLES_PER_POOL; i++)
			if (pool->handles[i].state == word && pool->handles[i].queue == queue)
				return true;
	return false;
}

/* How many it left. */
size_t scope_end(eisen_toolbox *tb, uint64_t scope)
{
	current_scope = 0;
	return has_taken ? toolbox_give_back(tb, scope, "the function returned") : 0;
}

/* Its holder has gone, so that nobody reads in it: it may be let go of. Where
 * this thread cannot use the queues it stays leased until the process ends. */
static void give_back(eisen_chunk *chunk, const char *what)
{
	eisen_toolbox *tb = chunk->tb;
	bool stopped = toolbox_stopped(tb);
	char why[BLOCK_NOTE_BYTES];

	if (!toolbox_enter(tb, "giving back a chunk"))
		return;
	if (chunk->refused[0] != '\0')
		snprintf(why, sizeof(why), "%s", chunk->refused);
	else
		snprintf(why, sizeof(why), "the module did not finish it before %s", what);
	toolbox_complain(tb, "%s, ticket %llu: %s; it goes back", eisen_queue_name(chunk->queue),
			 (unsigned long long)chunk->ticket, why);
	if (stopped) {
		queue_return(tb->qs, chunk->block);
	} else {
		toolbox_count(tb->spec.counters.failed, 1);
		queue_fail(tb->qs, chunk->block, why);
	}
	handle_put(chunk);
}

/* Nobody takes in a scope that has ended: a word with it only ever goes to
 * ENDING, and whoever brings it there has the chunk. */
static size_t give_back_handle(eisen_chunk *chunk, uint64_t scope, const char *what)
{
	uint64_t word = atomic_load_explicit(&chunk->state, memory_order_acquire);
	uint64_t state = HANDLE_STATE(word);

	if ((state != HANDLE_LEASED && state != HANDLE_KEPT) ||
	    (scope != 0 && HANDLE_SCOPE(word) != scope))
		return 0;
	if (!atomic_compare_exchange_strong(&chunk->state, &word,
					    HANDLE_SCOPE(word) << 2 | HANDLE_ENDING))
		return 0;
	if (state == HANDLE_KEPT) {
		handle_put(chunk);
		return 0;
	}
	give_back(chunk, what);
	return 1;
}

size_t toolbox_give_back(eisen_toolbox *tb, uint64_t scope, const char *what)
{
	size_t count = 0;

	for (struct handle_pool *pool = first_pool(tb); pool != NULL; pool = pool->next)
		for (size_t i = 0; i < HANDLES_PER_POOL; i++)
			count += give_back_handle(&pool->handles[i], scope, what);
	return count;
}

/* A function that forgot a chunk has not seen its queue's end: it gets the chunk
 * again, or another worker does. */
bool toolbox_call(eisen_toolbox *tb, eisen_worker_fn *fn)
{
	uint64_t scope = scope_begin(tb);
	bool more = fn(tb);

	return scope_end(tb, scope) > 0 || more;
}

/* Threads -------------------------------------------------------------------- */

static void *run_thread(void *arg)
{
	struct toolbox_thread *thread = arg;
	uint64_t scope = scope_begin(thread->tb);

	thread->run(thread->tb, thread->arg);
	scope_end(thread->tb, scope);
	atomic_store(&thread->ended, true);
	return NULL;
}

/* Under the lock; those of others than the main thread's own list are few. */
static void join_ended(eisen_toolbox *tb)
{
	struct toolbox_thread **at = &tb->threads;

	while (*at != NULL) {
		struct toolbox_thread *thread = *at;

		if (!atomic_load(&thread->ended)) {
			at = &thread->next;
			continue;
		}
		*at = thread->next;
		tb->thread_count--;
		pthread_join(thread->id, NULL);
		free(thread);
	}
}

/* Signals are the main thread's: its handler is what stops the worker. */
static int create(struct toolbox_thread *thread)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread->id, NULL, run_thread, thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

/* Under the lock, so that nobody joins it before its id is written. */
static int add_thread(eisen_toolbox *tb, struct toolbox_thread *thread)
{
	int r;

	join_ended(tb);
	if (tb->thread_count >= THREADS_MAX)
		return -EAGAIN;
	r = create(thread);
	if (r < 0)
		return r;
	thread->next = tb->threads;
	tb->threads = thread;
	tb->thread_count++;
	return 0;
}

int eisen_thread(eisen_toolbox *tb, void (*run)(eisen_toolbox *tb, void *arg), void *arg)
{
	struct toolbox_thread *thread;
	int r;

	if (tb == NULL || run == NULL)
		return -EINVAL;
	thread = calloc(1, sizeof(*thread));
	if (thread == NULL)
		return -ENOMEM;
	thread->tb = tb;
	thread->run = run;
	thread->arg = arg;
	pthread_mutex_lock(&tb->lock);
	r = add_thread(tb, thread);
	pthread_mutex_unlock(&tb->lock);
	if (r < 0) {
		free(thread);
		toolbox_complain(tb,
				 "eisen_thread: %s (a worker's modules have at most %d at once)",
				 strerror(-r), THREADS_MAX);
	}
	return r;
}

static struct toolbox_thread *pop_thread(eisen_toolbox *tb)
{
	struct toolbox_thread *thread;

	pthread_mutex_lock(&tb->lock);
	thread = tb->threads;
	if (thread != NULL) {
		tb->threads = thread->next;
		tb->thread_count--;
	}
	pthread_mutex_unlock(&tb->lock);
	return thread;
}

/* They may start others meanwhile. */
void toolbox_join_threads(eisen_toolbox *tb)
{
	struct toolbox_thread *thread;

	while ((thread = pop_thread(tb)) != NULL) {
		pthread_join(thread->id, NULL);
		free(thread);
	}
}
