/* output.c - see output.h. */
#include "launcher/output.h"

#include "launcher/lines.h"
#include "launcher/manager.h"
#include "launcher/table.h"
#include "portmap/board.h"
#include "portmap/plan.h"

#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>

#define LINE_BYTES_MAX (2 * LINES_MAX_BYTES * 6)
#define TEXT_BYTES_MAX (PRINTER_BUFFER_BYTES / 4)
#define COLUMNS_DEFAULT 80
#define FLUSH_MS 1000

void output_init(struct output *o, const struct manager_options *options, struct board *board,
		 struct ev_loop *loop)
{
	*o = (struct output) { .options = options, .board = board };
	printer_init(&o->out, loop, STDOUT_FILENO);
	printer_init(&o->err, loop, STDERR_FILENO);
}

static void write_to(struct output *o, struct printer *p, const char *text, size_t len)
{
	output_bar(o, NULL);
	printer_write(p, text, len);
	board_set(&o->board->manager.lines_dropped, o->out.dropped + o->err.dropped);
}

void output_log(struct output *o, const struct log_source *source, enum log_level level,
		const char *text)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_BYTES_MAX);

	log_format(&line, o->options->log_format, level, source, text);
	write_to(o, &o->err, buf_text(&line), line.len);
}

void output_text(struct output *o, const char *text, size_t len)
{
	write_to(o, &o->out, text, len);
}

int output_text_whole(struct output *o, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = MIN(len, (size_t)TEXT_BYTES_MAX);

		printer_write(&o->out, text, n);
		while (o->out.waiting.len > 0 && !o->out.dead)
			printer_flush(&o->out, FLUSH_MS);
		if (o->out.dead)
			return -EPIPE;
		if (o->out.no_room != 0)
			return -o->out.no_room;
		text += n;
		len -= n;
	}
	return 0;
}

static const char *colour_of(const struct output *o, int slot)
{
	const struct plan *plan = o->options->plan;
	int group;

	if (!o->out.terminal || !table_wants_colour(STDOUT_FILENO) ||
	    (size_t)slot >= plan->slot_count)
		return NULL;
	group = plan->slots[slot].group;
	return group >= 0 ? group_colour(plan->input.groups[group].name) : NULL;
}

/* A row that is printed may hold anything: nothing in it moves the cursor. */
static void add_line(struct buf *ret, const char *colour, const char *text, size_t len)
{
	if (colour != NULL)
		buf_adds(ret, colour);
	for (size_t i = 0; i < len; i++)
		buf_add(ret, iscntrl((unsigned char)text[i]) && text[i] != '\t' ? "?" : &text[i],
			1);
	buf_adds(ret, colour != NULL ? "\x1b[0m\n" : "\n");
}

void output_slot(struct output *o, int slot, const char *text, size_t len)
{
	const char *colour = colour_of(o, slot);
	AUTO_BUF struct buf lines = BUF_INIT(TEXT_BYTES_MAX);

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end != NULL ? (size_t)(end - text) : len;

		add_line(&lines, colour, text, MIN(n, (size_t)LINES_MAX_BYTES));
		if (lines.len > TEXT_BYTES_MAX / 2) {
			write_to(o, &o->out, buf_text(&lines), lines.len);
			buf_clear(&lines);
		}
		len -= end != NULL ? n + 1 : n;
		text += n + 1;
	}
	write_to(o, &o->out, buf_text(&lines), lines.len);
}

bool output_has_bar(const struct output *o)
{
	return o->err.terminal && o->options->log_format == LOG_FORMAT_TEXT;
}

unsigned output_columns(const struct output *o)
{
	struct winsize size;

	if (ioctl(o->err.fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

/* One that would have to wait is left out: figures get old. */
void output_bar(struct output *o, const char *text)
{
	AUTO_BUF struct buf bar = BUF_INIT(4096);

	if ((text == NULL && !o->bar) || !output_has_bar(o) ||
	    (text != NULL && o->err.waiting.len > 0))
		return;
	buf_addf(&bar, "\r\x1b[K%s", text != NULL ? text : "");
	printer_write(&o->err, buf_text(&bar), bar.len);
	o->bar = text != NULL;
}

void output_release(struct output *o, int timeout_ms)
{
	output_bar(o, NULL);
	printer_flush(&o->out, timeout_ms);
	printer_flush(&o->err, timeout_ms);
	printer_release(&o->out);
	printer_release(&o->err);
}
