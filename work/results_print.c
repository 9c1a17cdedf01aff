/* results_print.c - see results_print.h.
 *
 * A part at a time: fetched into memory, then written, so that a terminal that
 * waits for its reader holds no transaction open (see results_read.h).
 */
#include "work/results_print.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "work/results_read.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define PART_BYTES (1u << 16)       /* a part ends once it is larger */
#define PART_BYTES_MAX (128u << 20) /* one result on its own */

struct print {
	struct results_reader *reader;
	results_write_fn *write;
	void *arg;
	struct buf part;
	bool dict;
	uint64_t next; /* ticket */
	bool first;    /* of the queue */
	struct results_stored queues[RESULTS_QUEUES_MAX];
	size_t queue_count;
};

static int add_queue(void *arg, const struct results_stored *queue)
{
	struct print *p = arg;

	if (p->queue_count < RESULTS_QUEUES_MAX)
		p->queues[p->queue_count++] = *queue;
	return 0;
}

static int add_row(void *arg, const struct results_row *row)
{
	struct print *p = arg;

	if (p->dict)
		buf_addf(&p->part, "%s[\"_TID_%" PRIu64 "\", ", p->first ? "" : ", ", row->ticket);
	else
		buf_addf(&p->part, "_TID_%" PRIu64 " ", row->ticket);
	buf_add(&p->part, row->json, row->len);
	buf_adds(&p->part, p->dict ? "]" : "\n");
	p->first = false;
	p->next = row->ticket + 1;
	return p->part.len > PART_BYTES;
}

static int flush(struct print *p, struct error *e)
{
	int err;

	if (p->part.failed)
		return error_set(e, ENOMEM, "out of memory for a result");
	err = p->part.len > 0 ? p->write(p->arg, p->part.data, p->part.len) : 0;
	buf_clear(&p->part);
	return err;
}

static int print_rows(struct print *p, const struct results_stored *queue, struct error *e)
{
	int more = 1, err = 0;

	p->next = 0;
	p->first = true;
	while (more > 0 && err == 0) {
		more = results_page(p->reader, queue->id, p->next, 0, add_row, p, e);
		err = more < 0 ? more : flush(p, e);
	}
	return err;
}

/* As a JSON string. */
static void add_name(struct print *p, const char *name)
{
	json_t *string = json_string(name);
	AUTO_FREE char *text = json_dumps(string, JSON_ENCODE_ANY);

	json_decref(string);
	if (text == NULL) /* a file that was tampered with: no UTF-8 */
		buf_adds(&p->part, "\"\"");
	else
		buf_adds(&p->part, text);
}

static int print_dict_queues(struct print *p, struct error *e)
{
	int err = results_each_queue(p->reader, add_queue, p, e);

	buf_adds(&p->part, "{");
	for (size_t i = 0; i < p->queue_count && err == 0; i++) {
		buf_adds(&p->part, i > 0 ? ", " : "");
		add_name(p, p->queues[i].name);
		buf_adds(&p->part, ": [");
		err = print_rows(p, &p->queues[i], e);
		buf_adds(&p->part, "]");
	}
	buf_adds(&p->part, "}\n");
	return err == 0 ? flush(p, e) : err;
}

static struct print *print_new(struct results_reader *r, results_write_fn *write, void *arg,
			       struct error *e)
{
	struct print *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		error_set(e, ENOMEM, "out of memory");
		return NULL;
	}
	p->reader = r;
	p->write = write;
	p->arg = arg;
	p->part = (struct buf)BUF_INIT(PART_BYTES_MAX);
	return p;
}

static void print_free(struct print *p)
{
	buf_release(&p->part);
	free(p);
}

int results_print_dict(struct results_reader *r, results_write_fn *write, void *arg,
		       struct error *e)
{
	struct print *p = print_new(r, write, arg, e);
	int err;

	if (p == NULL)
		return -ENOMEM;
	p->dict = true;
	err = print_dict_queues(p, e);
	print_free(p);
	return err;
}

/* What a reader of the list would miss in it. */
static void add_absent(struct print *p, const struct results_counts *c)
{
	if (c->dead > 0)
		buf_addf(&p->part, "(dead letters: %" PRIu64 ")\n", c->dead);
	if (c->evicted > 0)
		buf_addf(&p->part, "(evicted, the oldest first: %" PRIu64 ")\n", c->evicted);
}

static int print_queues(struct print *p, struct error *e)
{
	int err = results_each_queue(p->reader, add_queue, p, e);

	for (size_t i = 0; i < p->queue_count && err == 0; i++) {
		const struct results_stored *queue = &p->queues[i];

		if (queue->counts.done + queue->counts.dead + queue->counts.evicted == 0)
			continue;
		buf_addf(&p->part, "%s\n", queue->name);
		err = print_rows(p, queue, e);
		add_absent(p, &queue->counts);
	}
	buf_adds(&p->part, "--- END ---\n");
	return err == 0 ? flush(p, e) : err;
}

int results_print(struct results_reader *r, results_write_fn *write, void *arg, struct error *e)
{
	AUTO_BUF struct buf instance = BUF_INIT(PART_BYTES), label = BUF_INIT(PART_BYTES);
	struct print *p;
	int err = results_about(r, &instance, &label, e);

	if (err < 0)
		return err;
	p = print_new(r, write, arg, e);
	if (p == NULL)
		return -ENOMEM;
	buf_addf(&p->part, "--- Result for [%s]---\n",
		 buf_text(label.len > 0 ? &label : &instance));
	err = print_queues(p, e);
	print_free(p);
	return err;
}
