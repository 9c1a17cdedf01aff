/* results_gone.c - see results_gone.h. */
#include "launcher/results_gone.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/utf8.h"
#include "launcher/text.h"
#include "servers/json_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define RANGES 64       /* asked for at once */
#define RANGES_TOLD 20  /* in a line */
#define LINE_BYTES 4096 /* the longest: a name and a reason, escaped */

/* A kill of everything leaves results whose tickets were not said to be given
 * out. */
static uint64_t given_out(const struct results_stored *queue)
{
	uint64_t issued = queue->counts.issued;

	return queue->lowest <= queue->highest ? MAX(issued, queue->highest + 1) : issued;
}

static uint64_t tickets_expected(const struct results_stored *queue)
{
	if (queue->expected_rows == RESULTS_ROWS_UNKNOWN || queue->rows_max == 0)
		return 0;
	return queue->expected_rows / queue->rows_max +
	       (queue->expected_rows % queue->rows_max != 0);
}

typedef int range_fn(void *arg, const struct results_range *range);

/* fn's return other than 0 ends it and is returned. */
static int each_missing(struct results_reader *r, const struct results_stored *queue, range_fn *fn,
			void *arg, struct error *e)
{
	struct results_range ranges[RANGES];
	uint64_t from = 0, issued = given_out(queue);
	size_t count = RANGES;
	int err = 0;

	while (err == 0 && count == RANGES && from < issued) {
		err = results_missing(r, queue->id, from, issued, ranges, RANGES, &count, e);
		for (size_t i = 0; err == 0 && i < count; i++) {
			err = fn(arg, &ranges[i]);
			from = ranges[i].last + 1;
		}
	}
	return err;
}

static int add_up(void *arg, const struct results_range *range)
{
	*(uint64_t *)arg += range->last - range->first + 1;
	return 0;
}

int results_gone(struct results_reader *r, const struct results_stored *queue,
		 struct results_gone *ret, struct error *e)
{
	uint64_t expected = tickets_expected(queue), issued = given_out(queue), missing = 0;
	int err = each_missing(r, queue, add_up, &missing, e);

	if (err < 0)
		return err;
	*ret = (struct results_gone) { .missing = missing,
				       .dead = queue->counts.dead,
				       .evicted = queue->counts.evicted,
				       .undone = expected > issued ? expected - issued : 0 };
	return 0;
}

/* In a few lines ----------------------------------------------------------- */

struct told {
	struct buf *ret;
	size_t count;
};

static void add_range(const struct results_range *range, struct buf *ret)
{
	buf_addf(ret, "_TID_%" PRIu64, range->first);
	if (range->last > range->first)
		buf_addf(ret, " to _TID_%" PRIu64, range->last);
}

static int tell_range(void *arg, const struct results_range *range)
{
	struct told *t = arg;

	buf_adds(t->ret, t->count == 0 ? ": " : ", ");
	if (t->count++ == RANGES_TOLD) {
		buf_adds(t->ret, "...");
		return 1;
	}
	add_range(range, t->ret);
	return 0;
}

int results_gone_tell(struct results_reader *r, const struct results_stored *queue,
		      const struct results_gone *gone, struct buf *ret, struct error *e)
{
	struct told t = { .ret = ret };
	int err = 0;

	if (gone->missing > 0) {
		buf_addf(ret, "%s: %" PRIu64 " ticket%s missing", queue->name, gone->missing,
			 gone->missing == 1 ? " is" : "s are");
		err = each_missing(r, queue, tell_range, &t, e);
		buf_adds(ret, "\n");
	}
	if (gone->undone > 0)
		buf_addf(ret, "%s: %" PRIu64 " of %" PRIu64 " tickets were not given out\n",
			 queue->name, gone->undone, tickets_expected(queue));
	if (gone->dead > 0)
		buf_addf(ret, "%s: %" PRIu64 " chunk%s failed for good\n", queue->name, gone->dead,
			 text_plural((size_t)gone->dead));
	if (gone->evicted > 0)
		buf_addf(ret, "%s: %" PRIu64 " result%s made room for others (results_bytes_max)\n",
			 queue->name, gone->evicted, text_plural((size_t)gone->evicted));
	return err < 0 ? err : 0;
}

/* All of it ---------------------------------------------------------------- */

struct list {
	const struct results_stored *queue;
	bool json, first;
	const char *word; /* of a ticket that was given out and is nowhere */
	results_write_fn *write;
	void *arg;
};

static int put(const struct list *l, const struct buf *line)
{
	return line->failed ? -ENOMEM : l->write(l->arg, buf_text(line), line->len);
}

static int list_range(void *arg, const struct results_range *range)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_BYTES);
	struct list *l = arg;

	if (l->json) {
		buf_addf(&line, "%s[%" PRIu64 ", %" PRIu64 "]", l->first ? "" : ", ", range->first,
			 range->last);
	} else {
		buf_addf(&line, "%s ", l->queue->name);
		add_range(range, &line);
		buf_addf(&line, " %s\n", l->word);
	}
	l->first = false;
	return put(l, &line);
}

/* The reason is a module's: any bytes. */
static int list_dead(void *arg, const struct results_dead *dead)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_BYTES);
	struct json_text reason = { .out = &line };
	struct list *l = arg;

	if (l->json) {
		buf_addf(&line, "%s{\"ticket\": %" PRIu64 ", \"attempts\": %u, \"reason\": ",
			 l->first ? "" : ", ", dead->ticket, dead->attempts);
		json_text_string(&reason, NULL, dead->reason);
		buf_adds(&line, "}");
	} else {
		buf_addf(&line,
			 "%s _TID_%" PRIu64 " failed for good after %u attempt%s: ", l->queue->name,
			 dead->ticket, dead->attempts, text_plural(dead->attempts));
		utf8_escape(&line, dead->reason);
		buf_adds(&line, "\n");
	}
	l->first = false;
	return put(l, &line);
}

static int list_text(struct list *l, struct results_reader *r, const struct results_gone *gone,
		     struct error *e)
{
	AUTO_BUF struct buf rest = BUF_INIT(LINE_BYTES);
	int err = each_missing(r, l->queue, list_range, l, e);

	if (err == 0)
		err = results_dead_page(r, l->queue->id, 0, 0, list_dead, l, e);
	if (gone->undone > 0)
		buf_addf(&rest, "%s _TID_%" PRIu64 " to _TID_%" PRIu64 " not given out\n",
			 l->queue->name, given_out(l->queue), tickets_expected(l->queue) - 1);
	if (gone->evicted > 0)
		buf_addf(&rest, "%s %" PRIu64 " evicted\n", l->queue->name, gone->evicted);
	return err == 0 ? put(l, &rest) : err;
}

static int list_json(struct list *l, struct results_reader *r, const struct results_gone *gone,
		     bool first_queue, struct error *e)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_BYTES);
	json_auto_t *text = json_string(l->queue->name);
	AUTO_FREE char *name = text != NULL ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
	int err;

	buf_addf(&line, "%s%s: {\"%s\": [", first_queue ? "" : ", ", name != NULL ? name : "\"\"",
		 l->word);
	err = put(l, &line);
	l->first = true;
	if (err == 0)
		err = each_missing(r, l->queue, list_range, l, e);
	if (err == 0)
		err = l->write(l->arg, "], \"dead\": [", 12);
	l->first = true;
	if (err == 0)
		err = results_dead_page(r, l->queue->id, 0, 0, list_dead, l, e);
	buf_clear(&line);
	buf_addf(&line, "], \"evicted\": %" PRIu64 ", \"undone\": %" PRIu64 "}", gone->evicted,
		 gone->undone);
	return err == 0 ? put(l, &line) : err;
}

int results_gone_list(struct results_reader *r, const struct results_stored *queues, size_t count,
		      bool json, bool live, results_write_fn *write, void *arg, struct error *e)
{
	struct list l = {
		.json = json, .word = live ? "pending" : "missing", .write = write, .arg = arg
	};
	int err = json ? write(arg, "{", 1) : 0;

	for (size_t i = 0; err == 0 && i < count; i++) {
		struct results_gone gone;

		l.queue = &queues[i];
		err = results_gone(r, l.queue, &gone, e);
		if (err == 0)
			err = json ? list_json(&l, r, &gone, i == 0, e)
				   : list_text(&l, r, &gone, e);
	}
	return err == 0 && json ? write(arg, "}\n", 2) : err;
}
