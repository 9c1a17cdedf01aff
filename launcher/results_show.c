/* results_show.c - see results_show.h. */
#include "launcher/results_show.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define LINE_BYTES_MAX (256u << 20) /* a value of 64 MiB, each byte quoted */

struct show {
	const struct results_wish *wish;
	const struct results_stored *queue;
	results_write_fn *write;
	void *arg;
	struct buf line; /* one row's, used again */
	bool first;      /* of its queue */
};

static int flush(struct show *s, struct error *e)
{
	int r = s->line.failed ? error_set(e, ENOMEM, "out of memory")
			       : s->write(s->arg, buf_text(&s->line), s->line.len);

	buf_clear(&s->line);
	return r;
}

/* RFC 4180, 2: quoted where it must be. */
static void add_field(struct buf *line, const char *text, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len && !quoted; i++)
		quoted = strchr(",\"\r\n", text[i]) != NULL;
	if (!quoted) {
		buf_add(line, text, len);
		return;
	}
	buf_add(line, "\"", 1);
	for (size_t i = 0; i < len; i++)
		buf_add(line, text[i] == '"' ? "\"\"" : text + i, text[i] == '"' ? 2 : 1);
	buf_add(line, "\"", 1);
}

static void add_csv_value(struct buf *line, const struct results_row *row)
{
	json_auto_t *value = NULL;

	if (row->json[0] == '"')
		value = json_loadb(row->json, row->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (json_is_string(value))
		add_field(line, json_string_value(value), json_string_length(value));
	else if (row->len != 4 || memcmp(row->json, "null", 4) != 0)
		add_field(line, row->json, row->len);
}

static int show_row(void *arg, const struct results_row *row)
{
	struct show *s = arg;
	const char *name = s->queue->name;

	switch (s->wish->form) {
	case RESULTS_TEXT:
		buf_addf(&s->line, "_TID_%" PRIu64 " ", row->ticket);
		buf_add(&s->line, row->json, row->len);
		buf_add(&s->line, "\n", 1);
		break;
	case RESULTS_JSON:
		buf_addf(&s->line, "%s[\"_TID_%" PRIu64 "\", ", s->first ? "" : ", ", row->ticket);
		buf_add(&s->line, row->json, row->len);
		buf_add(&s->line, "]", 1);
		break;
	case RESULTS_CSV:
		add_field(&s->line, name, strlen(name));
		buf_addf(&s->line, ",%" PRIu64 ",", row->ticket);
		add_csv_value(&s->line, row);
		buf_add(&s->line, "\r\n", 2);
		break;
	}
	s->first = false;
	return flush(s, NULL);
}

static void begin_queue(struct show *s, size_t index)
{
	AUTO_FREE char *name = NULL;
	json_auto_t *text = NULL;

	if (s->wish->form == RESULTS_TEXT) {
		buf_addf(&s->line, "%s\n", s->queue->name);
	} else if (s->wish->form == RESULTS_JSON) {
		text = json_string(s->queue->name);
		name = text != NULL ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
		buf_addf(&s->line, "%s%s: [", index > 0 ? ", " : "", name != NULL ? name : "\"\"");
	}
}

static int show_queue(struct show *s, struct results_reader *r, size_t index, struct error *e)
{
	int err;

	s->queue = &s->wish->queues[index];
	s->first = true;
	begin_queue(s, index);
	err = flush(s, e);
	if (err == 0)
		err = results_page(r, s->queue->id, s->wish->from, s->wish->limit, show_row, s, e);
	if (err == 0 && s->wish->form == RESULTS_JSON)
		err = s->write(s->arg, "]", 1);
	return err;
}

int results_show(struct results_reader *r, const struct results_wish *wish, results_write_fn *write,
		 void *arg, struct error *e)
{
	static const char *const begins[] = { "", "{", "queue,ticket,value\r\n" };
	static const char *const ends[] = { "", "}\n", "" };
	struct show s = {
		.wish = wish, .write = write, .arg = arg, .line = BUF_INIT(LINE_BYTES_MAX)
	};
	int err = write(arg, begins[wish->form], strlen(begins[wish->form]));

	for (size_t i = 0; err == 0 && i < wish->count; i++)
		err = show_queue(&s, r, i, e);
	if (err == 0)
		err = write(arg, ends[wish->form], strlen(ends[wish->form]));
	buf_release(&s.line);
	return err;
}
