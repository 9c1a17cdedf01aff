/* toolbox_row.c - a module reads the chunk it has. */
#include "work/toolbox_impl.h"

#include "common/cc.h"

#include <string.h>

/* NULL, or one that was finished: nothing to read, and a line in the log. */
static bool is_open(const eisen_chunk *chunk, const char *call)
{
	uint64_t state;

	if (chunk == NULL)
		return false;
	state = HANDLE_STATE(atomic_load_explicit(&chunk->state, memory_order_acquire));
	if (state == HANDLE_LEASED || state == HANDLE_KEPT)
		return true;
	if (chunk->tb != NULL)
		toolbox_complain_of(chunk, call, "the chunk was finished before");
	return false;
}

/* From here on a death counts as an attempt. A kept row is no lease. */
static void begin(eisen_chunk *chunk)
{
	chunk->begun = true;
	if (HANDLE_STATE(atomic_load_explicit(&chunk->state, memory_order_relaxed)) ==
	    HANDLE_LEASED)
		queue_begin(chunk->tb->qs, chunk->block);
}

static bool next_row(eisen_chunk *chunk, const char **ret_text, size_t *ret_len)
{
	if (!chunk_row(&chunk->left, ret_text, ret_len))
		return false;
	if (!chunk->begun)
		begin(chunk);
	chunk->bad = NULL;
	chunk->read++;
	return true;
}

bool eisen_row(eisen_chunk *chunk, const char **ret_text, size_t *ret_len)
{
	const char *text;
	size_t len;

	if (!is_open(chunk, "eisen_row") || !next_row(chunk, &text, &len))
		return false;
	if (ret_text != NULL)
		*ret_text = text;
	if (ret_len != NULL)
		*ret_len = len;
	return true;
}

json_t *eisen_row_json(eisen_chunk *chunk)
{
	struct chunk_rows before;
	json_error_t error;
	const char *text;
	json_t *value;
	size_t len;

	if (!is_open(chunk, "eisen_row_json"))
		return NULL;
	before = chunk->left;
	if (!next_row(chunk, &text, &len))
		return NULL;
	value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (value != NULL)
		return value;
	/* Not read: that the loop over the rows ends here is not to be taken
	 * for the chunk's end. */
	chunk->left = before;
	chunk->read--;
	chunk->bad = "is JSON that jansson cannot read (a number too large?)";
	return NULL;
}

bool eisen_row_int(eisen_chunk *chunk, int64_t *ret)
{
	if (!is_open(chunk, "eisen_row_int") || ret == NULL)
		return false;
	switch (chunk_row_int(&chunk->left, ret)) {
	case CHUNK_INT:
		if (!chunk->begun)
			begin(chunk);
		chunk->bad = NULL;
		chunk->read++;
		return true;
	case CHUNK_NO_INT:
		chunk->bad = "is no whole number of 64 bits";
		return false;
	case CHUNK_NO_ROWS:
		return false;
	}
	return false;
}

uint64_t eisen_ticket(const eisen_chunk *chunk)
{
	return is_open(chunk, "eisen_ticket") ? chunk->ticket : 0;
}

size_t eisen_chunk_rows(const eisen_chunk *chunk)
{
	return is_open(chunk, "eisen_chunk_rows") ? payload_rows(chunk->tb->qs, chunk->block) : 0;
}

unsigned eisen_chunk_attempts(const eisen_chunk *chunk)
{
	return is_open(chunk, "eisen_chunk_attempts") ? queue_attempts(chunk->tb->qs, chunk->block)
						      : 0;
}

const char *eisen_chunk_header(eisen_chunk *chunk)
{
	if (!is_open(chunk, "eisen_chunk_header"))
		return "";
	if (chunk->header[0] == '\0')
		chunk_header(chunk->header, sizeof(chunk->header), eisen_queue_name(chunk->queue),
			     chunk->ticket);
	return chunk->header;
}

eisen_queue *eisen_chunk_queue(const eisen_chunk *chunk)
{
	return is_open(chunk, "eisen_chunk_queue") ? chunk->queue : NULL;
}
