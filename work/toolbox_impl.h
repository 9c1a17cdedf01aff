/* toolbox_impl.h - what the toolbox is made of; for work/toolbox*.c.
 *
 * Chunks' handles come from pools that live as long as the toolbox, and one
 * that was given back is used again last: a module that finishes a chunk twice
 * finds a handle that says so, not one of somebody else's chunk (unless it has
 * taken HANDLES_PER_POOL others in between).
 */
#ifndef WORK_TOOLBOX_IMPL_H
#define WORK_TOOLBOX_IMPL_H

#include "queues/payload.h"
#include "queues/queue.h"
#include "work/chunk.h"
#include "work/toolbox.h"

#include <pthread.h>

#define HANDLES_PER_POOL 64
#define COMPLAINTS_MAX 100 /* lines in the log about one worker's modules */

/* A scope is where a chunk was taken: one run of a module's code, see
 * toolbox_thread.c; 0: in none. */
enum handle_state {
	HANDLE_FREE,   /* finished, or never used */
	HANDLE_LEASED, /* with the module */
	HANDLE_KEPT,   /* likewise: a row that the slot kept before it was restarted */
	HANDLE_ENDING, /* a call is finishing it */
};

#define HANDLE_STATE(word) ((word)&3)
#define HANDLE_SCOPE(word) ((word) >> 2)

#define REFUSED_BYTES 160

struct eisen_chunk {
	_Atomic uint64_t state; /* scope << 2 | enum handle_state; changes by CAS when leased */
	bool begun;             /* its first row was read */
	uint32_t block;
	eisen_toolbox *tb;          /* constant */
	eisen_queue *_Atomic queue; /* this one and the next are what it was of, later */
	_Atomic uint64_t ticket;
	struct payload payload;
	struct chunk_rows left;
	size_t read;                 /* rows that were */
	const char *bad;             /* why the next row could not be read; NULL: it could */
	char refused[REFUSED_BYTES]; /* why its result was; "": it was not */
	void *guard;                 /* the copy that is read instead; NULL: none */
	size_t guard_bytes;
	char header[CHUNK_HEADER_BYTES]; /* "": not asked for yet */
	struct eisen_chunk *next;        /* in the list of free ones */
};

struct handle_pool {
	struct eisen_chunk handles[HANDLES_PER_POOL];
	struct handle_pool *next;
};

struct eisen_queue {
	const char *name;
	unsigned id;
	uint32_t kept_next;      /* number for the next row that is kept; under the lock */
	_Atomic bool kept_given; /* all rows kept before the restart were */
};

enum toolbox_phase { TOOLBOX_RUNS, TOOLBOX_ENDS, TOOLBOX_STOPS };

struct toolbox_thread;

struct eisen_toolbox {
	struct toolbox_spec spec;
	struct queues *qs;
	_Atomic uint32_t phase; /* enum toolbox_phase; a futex */
	eisen_queue *queues;    /* by number; those of other kinds have no name */
	size_t queue_count;
	_Atomic uint32_t complaints;
	_Atomic uint64_t rows_ahead; /* said by eisen_rows_done(), chunk not finished */
	_Atomic uint64_t scopes;     /* numbers given to scopes */

	pthread_mutex_t lock; /* of what follows */
	struct handle_pool *pools;
	struct eisen_chunk *free_first, *free_last;
	struct toolbox_thread *threads;
	size_t thread_count;
	struct error *failed; /* NULL: nothing did */
};

/* A line in the log about the module: "eisen_row: there is no chunk". */
void toolbox_complain(eisen_toolbox *tb, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* The same about a chunk, or one that was: "eisen_row: jobs_q, ticket 7: …". */
void toolbox_complain_of(const eisen_chunk *chunk, const char *call, const char *fmt, ...)
	ATTR_PRINTF(3, 4);

/* The worker cannot go on; the first error is kept. */
void toolbox_fail(eisen_toolbox *tb, const struct error *e);

/* This thread is about to use the queues. False: it cannot; complained. */
bool toolbox_enter(eisen_toolbox *tb, const char *call);

/* A queue's handle from a module, or its chunk's: is it one? */
bool toolbox_has_queue(const eisen_toolbox *tb, const eisen_queue *queue);
bool toolbox_has_chunk(eisen_toolbox *tb, const eisen_chunk *chunk);

/* If it is in this state, it is ENDING now, and the caller's. Else false, and
 * *ret_state is the one it is in. */
bool handle_claim(eisen_chunk *chunk, enum handle_state from, enum handle_state *ret_state);

/* A free handle, NULL: no memory. And back; the payload is let go of. */
eisen_chunk *handle_get(eisen_toolbox *tb);
void handle_put(eisen_chunk *chunk);

/* Fill a handle with what was taken. */
int handle_open(eisen_chunk *chunk, eisen_queue *queue, uint32_t block, enum handle_state state,
		struct error *e);

/* Copy len bytes to where neither they nor what is behind them can be written;
 * what is behind them cannot be read either. */
int guard_copy(const char *bytes, size_t len, void **ret_map, size_t *ret_map_bytes,
	       const char **ret_at, struct error *e);

/* Leave nothing leased of what this thread took since scope_begin(); or, scope
 * 0, of anything. */
uint64_t scope_begin(eisen_toolbox *tb);
size_t scope_end(eisen_toolbox *tb, uint64_t scope);
uint64_t scope_current(void);
void scope_taken(void);
bool scope_holds(eisen_toolbox *tb, const eisen_queue *queue);

/* Returns how many chunks went back. */
size_t toolbox_give_back(eisen_toolbox *tb, uint64_t scope, const char *what);

/* Wait for the modules' threads. */
void toolbox_join_threads(eisen_toolbox *tb);

void toolbox_count(_Atomic uint64_t *counter, uint64_t n);

/* An absolute deadline for queue.h; timeout_ms < 0: none. */
uint64_t toolbox_deadline(int timeout_ms);

#endif
