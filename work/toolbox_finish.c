/* toolbox_finish.c - a module finishes a chunk: exactly one of these calls. */
#include "work/toolbox_impl.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "queues/overdue.h"
#include "work/json_check.h"

#include <stdarg.h>
#include <string.h>

#define SMALL_BYTES 2048 /* of a result that is written on the stack first */

/* It did not end: the module may finish it otherwise. */
static int undo(eisen_chunk *chunk, int r)
{
	uint64_t word = atomic_load_explicit(&chunk->state, memory_order_relaxed);

	atomic_store_explicit(&chunk->state, HANDLE_SCOPE(word) << 2 | HANDLE_LEASED,
			      memory_order_release);
	return r;
}

/* Whose chunk it is from here on: one thread's, the others are told that it
 * was finished. */
static int begin(eisen_toolbox *tb, eisen_chunk *chunk, const char *call)
{
	enum handle_state state;

	if (tb == NULL)
		return -EINVAL;
	if (!toolbox_has_chunk(tb, chunk)) {
		toolbox_complain(tb, "%s: want a chunk of eisen_take(), got %s", call,
				 chunk == NULL ? "NULL" : "something else");
		return -EINVAL;
	}
	if (handle_claim(chunk, HANDLE_LEASED, &state))
		return toolbox_enter(tb, call) ? 0 : undo(chunk, -EAGAIN);
	if (state == HANDLE_KEPT) {
		toolbox_complain_of(chunk, call,
				    "the row is kept by this slot, eisen_keep() alone ends it");
		return -EINVAL;
	}
	toolbox_complain_of(chunk, call, "the chunk was finished before");
	return -ESTALE;
}

/* The call ended the lease, or found that there was none. */
static int ended(eisen_chunk *chunk, const char *call, int r)
{
	if (r < 0)
		toolbox_complain_of(chunk, call, "this worker has no lease on it");
	handle_put(chunk);
	return r;
}

static void count_rows(eisen_toolbox *tb, uint64_t rows)
{
	uint64_t ahead = atomic_load(&tb->rows_ahead), taken;

	do {
		taken = MIN(ahead, rows);
	} while (!atomic_compare_exchange_weak(&tb->rows_ahead, &ahead, ahead - taken));
	toolbox_count(tb->spec.counters.rows, rows - taken);
	toolbox_count(tb->spec.counters.chunks, 1);
}

static int fail(eisen_chunk *chunk, const char *call, const char *why)
{
	toolbox_count(chunk->tb->spec.counters.failed, 1);
	return ended(chunk, call, queue_fail(chunk->tb->qs, chunk->block, why));
}

/* A row that could not be read ended the module's loop early: what it has is
 * the result of a part. */
static int fail_bad(eisen_chunk *chunk, const char *call)
{
	char why[BLOCK_NOTE_BYTES];
	int r;

	snprintf(why, sizeof(why), "row %zu %s", chunk->read + 1, chunk->bad);
	toolbox_complain_of(chunk, call, "%s, and was not read otherwise; the chunk fails", why);
	r = fail(chunk, call, why);
	return r < 0 ? r : -EBADMSG;
}

static int commit(eisen_chunk *chunk, const char *call, uint32_t result)
{
	eisen_toolbox *tb = chunk->tb;
	uint32_t rows = payload_rows(tb->qs, chunk->block);
	int r = queue_commit(tb->qs, chunk->block, result);

	if (r == 0)
		count_rows(tb, rows);
	else if (result != BLOCK_NONE)
		queue_abandon(tb->qs, result);
	return ended(chunk, call, r);
}

/* The wait is the collector's to end, and none of the chunk's time. */
static int claim_result(const eisen_chunk *chunk, size_t len, uint32_t *ret_block)
{
	struct queues *qs = chunk->tb->qs;
	int r = queue_claim_result(qs, len, QUEUE_NO_WAIT, ret_block);

	while (r == -ETIMEDOUT)
		r = queue_claim_result(qs, len, queue_extend(qs, chunk->block), ret_block);
	return r;
}

/* Told now; and the reason for the chunk's end if the module does nothing else
 * with it. The caller has the chunk. */
ATTR_PRINTF(3, 4)
static void refuse(eisen_chunk *chunk, const char *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(chunk->refused, sizeof(chunk->refused), fmt, args);
	va_end(args);
	toolbox_complain_of(chunk, call, "%s", chunk->refused);
}

/* Room for a result. */
static int open_result(eisen_chunk *chunk, const char *call, size_t len, uint32_t *ret_block,
		       struct payload *ret)
{
	eisen_toolbox *tb = chunk->tb;
	struct error e = { 0 };
	int r;

	if (len > PAYLOAD_BYTES_MAX) {
		refuse(chunk, call, "its result has %zu bytes, at most %u", len, PAYLOAD_BYTES_MAX);
		return -E2BIG;
	}
	r = claim_result(chunk, len, ret_block);
	if (r < 0)
		return r;
	r = payload_open(tb->qs, *ret_block, len, ret, &e);
	if (r < 0) {
		refuse(chunk, call, "%s", e.text);
		queue_abandon(tb->qs, *ret_block);
	}
	return r;
}

static int commit_text(eisen_chunk *chunk, const char *call, const char *json, size_t len)
{
	eisen_toolbox *tb = chunk->tb;
	struct payload payload;
	uint32_t block;
	int r = open_result(chunk, call, len, &block, &payload);

	if (r < 0)
		return undo(chunk, r);
	memcpy(payload.at, json, len);
	payload_close(&payload);
	payload_set(tb->qs, block, len, 1);
	return commit(chunk, call, block);
}

static int add_text(const char *bytes, size_t len, void *arg)
{
	struct buf *text = arg;

	buf_add(text, bytes, len);
	return text->failed ? -1 : 0;
}

/* What does not fit on the stack is written in a buffer first: its length is
 * what the result block is chosen by. */
static int commit_json(eisen_chunk *chunk, const char *call, const json_t *result)
{
	AUTO_BUF struct buf large = BUF_INIT(PAYLOAD_BYTES_MAX);
	char small[SMALL_BYTES];
	size_t len = json_dumpb(result, small, sizeof(small), JSON_COMPACT | JSON_ENCODE_ANY);

	if (len > 0 && len <= sizeof(small))
		return commit_text(chunk, call, small, len);
	if (len > sizeof(small) &&
	    json_dump_callback(result, add_text, &large, JSON_COMPACT | JSON_ENCODE_ANY) == 0)
		return commit_text(chunk, call, buf_text(&large), large.len);
	if (large.failed)
		refuse(chunk, call, "its result has more than %u bytes", PAYLOAD_BYTES_MAX);
	else
		refuse(chunk, call,
		       "its result cannot be written as JSON (a loop in it, or a string that is "
		       "no UTF-8?)");
	return undo(chunk, large.failed ? -E2BIG : -EINVAL);
}

static int give_json(eisen_chunk *chunk, const char *call, const json_t *result)
{
	if (chunk->bad != NULL)
		return fail_bad(chunk, call);
	if (result != NULL)
		return commit_json(chunk, call, result);
	refuse(chunk, call, "its result is NULL (did json_pack() fail?)");
	return undo(chunk, -EINVAL);
}

int eisen_result(eisen_toolbox *tb, eisen_chunk *chunk, json_t *result)
{
	static const char call[] = "eisen_result";
	int r = begin(tb, chunk, call);

	if (r == 0)
		r = give_json(chunk, call, result);
	json_decref(result);
	return r;
}

/* A result is one line for whoever reads it; JSON has no need of line ends. */
static const char *text_problem(const char *json, size_t len)
{
	size_t at;
	const char *want;

	if (json == NULL)
		return "text, got NULL";
	if (memchr(json, '\n', len) != NULL)
		return "it in one line";
	want = json_check(json, len, &at);
	return want;
}

int eisen_result_text(eisen_toolbox *tb, eisen_chunk *chunk, const char *json, size_t len)
{
	static const char call[] = "eisen_result_text";
	const char *problem;
	int r = begin(tb, chunk, call);

	if (r < 0)
		return r;
	if (chunk->bad != NULL)
		return fail_bad(chunk, call);
	problem = text_problem(json, len);
	if (problem != NULL) {
		refuse(chunk, call, "its result is no JSON: want %s", problem);
		return undo(chunk, -EINVAL);
	}
	return commit_text(chunk, call, json, len);
}

int eisen_done(eisen_toolbox *tb, eisen_chunk *chunk)
{
	int r = begin(tb, chunk, "eisen_done");

	if (r < 0)
		return r;
	return chunk->bad != NULL ? fail_bad(chunk, "eisen_done")
				  : commit(chunk, "eisen_done", BLOCK_NONE);
}

int eisen_fail(eisen_toolbox *tb, eisen_chunk *chunk, const char *why)
{
	int r = begin(tb, chunk, "eisen_fail");

	if (r < 0)
		return r;
	return fail(chunk, "eisen_fail", why == NULL ? "the module gave no reason" : why);
}

int eisen_return(eisen_toolbox *tb, eisen_chunk *chunk)
{
	int r = begin(tb, chunk, "eisen_return");

	return r < 0 ? r : ended(chunk, "eisen_return", queue_return(tb->qs, chunk->block));
}

/* Numbers without a gap: the next process of the slot looks for them one after
 * the other, until there is none. */
static int keep(eisen_chunk *chunk)
{
	eisen_toolbox *tb = chunk->tb;
	eisen_queue *queue = chunk->queue;
	int r;

	pthread_mutex_lock(&tb->lock);
	r = queue_keep(tb->qs, chunk->block, TOOLBOX_KEEPER_FIRST + queue->kept_next);
	if (r == 0)
		queue->kept_next++;
	pthread_mutex_unlock(&tb->lock);
	return r;
}

int eisen_keep(eisen_toolbox *tb, eisen_chunk *chunk)
{
	enum handle_state state;
	int r;

	if (tb != NULL && toolbox_has_chunk(tb, chunk) &&
	    handle_claim(chunk, HANDLE_KEPT, &state)) {
		handle_put(chunk);
		return 0;
	}
	r = begin(tb, chunk, "eisen_keep");
	return r < 0 ? r : ended(chunk, "eisen_keep", keep(chunk));
}
