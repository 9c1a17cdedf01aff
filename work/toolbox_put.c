/* toolbox_put.c - a module puts rows into a queue. */
#include "work/toolbox_impl.h"

#include "common/buf.h"
#include "common/error.h"

#include <string.h>

static int add_text(const char *bytes, size_t len, void *arg)
{
	struct buf *text = arg;

	buf_add(text, bytes, len);
	return text->failed ? -1 : 0;
}

/* One row a line, as a feeder writes them. */
static int write_rows(eisen_toolbox *tb, json_t *rows, struct buf *ret)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_dump_callback(row, add_text, ret, JSON_COMPACT | JSON_ENCODE_ANY) < 0 &&
		    !ret->failed) {
			toolbox_complain(tb, "eisen_put: row %zu cannot be written as JSON", i + 1);
			return -EINVAL;
		}
		buf_add(ret, "\n", 1);
		if (ret->failed) {
			toolbox_complain(tb, "eisen_put: the rows have more than %u bytes in all",
					 PAYLOAD_BYTES_MAX);
			return -E2BIG;
		}
	}
	return 0;
}

static int claim(eisen_toolbox *tb, const eisen_queue *queue, int timeout_ms, uint32_t *ret_block)
{
	switch (queue_claim(tb->qs, queue->id, toolbox_deadline(timeout_ms), ret_block)) {
	case QUEUE_CHUNK:
		return 0;
	case QUEUE_STOP:
		return -EPIPE;
	case QUEUE_EMPTY:
		break;
	}
	return toolbox_stopped(tb) ? -ECANCELED : -ETIMEDOUT;
}

static int fill(eisen_toolbox *tb, uint32_t block, const struct buf *text, size_t rows)
{
	struct error e = { 0 };
	struct payload payload;
	int r = payload_open(tb->qs, block, text->len, &payload, &e);

	if (r < 0) {
		toolbox_complain(tb, "eisen_put: %s", e.text);
		return r;
	}
	memcpy(payload.at, text->data, text->len);
	payload_close(&payload);
	payload_set(tb->qs, block, text->len, (uint32_t)rows);
	return 0;
}

static int check(eisen_toolbox *tb, const eisen_queue *queue, const json_t *rows)
{
	if (!toolbox_has_queue(tb, queue)) {
		toolbox_complain(tb, "eisen_put: want a queue of eisen_queue_find()");
		return -EINVAL;
	}
	if (!json_is_array(rows) || json_array_size(rows) == 0) {
		toolbox_complain(tb, "eisen_put: want an array of one row or more");
		return -EINVAL;
	}
	return toolbox_enter(tb, "eisen_put") ? 0 : -EAGAIN;
}

int eisen_put(eisen_toolbox *tb, eisen_queue *queue, json_t *rows, int timeout_ms)
{
	AUTO_BUF struct buf text = BUF_INIT(PAYLOAD_BYTES_MAX);
	uint32_t block = 0;
	int r;

	if (tb == NULL)
		return -EINVAL;
	r = check(tb, queue, rows);
	if (r == 0)
		r = write_rows(tb, rows, &text);
	if (r == 0)
		r = claim(tb, queue, timeout_ms, &block);
	if (r < 0)
		return r;
	r = fill(tb, block, &text, json_array_size(rows));
	if (r == 0)
		r = queue_issue(tb->qs, queue->id, block, NULL);
	if (r < 0)
		queue_abandon(tb->qs, block);
	return r;
}

int eisen_queue_close(eisen_toolbox *tb, eisen_queue *queue)
{
	if (tb == NULL)
		return -EINVAL;
	if (!toolbox_has_queue(tb, queue)) {
		toolbox_complain(tb, "eisen_queue_close: want a queue of eisen_queue_find()");
		return -EINVAL;
	}
	queue_close(tb->qs, queue->id);
	return 0;
}
