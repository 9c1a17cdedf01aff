/* load_show.c - see load_show.h. */
#include "launcher/load_show.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/utf8.h"
#include "launcher/text.h"
#include "load/drive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define LINE_MAX_BYTES 1024
#define COLUMNS_DEFAULT 80
#define RATE_EVERY_NS CLOCK_NS_PER_S

void load_show_init(struct load_show *s, bool wanted)
{
	const char *term = getenv("TERM");

	*s = (struct load_show) { 0 };
	s->on = wanted && isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

static size_t columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS_DEFAULT;
}

/* Bytes are counted as columns: a line with other than ASCII is cut too soon,
 * never too late, and never wraps. */
static void draw(struct load_show *s, const struct buf *line)
{
	AUTO_BUF struct buf out = BUF_INIT(LINE_MAX_BYTES + 16);
	const char *text = buf_text(line);

	buf_adds(&out, "\r");
	buf_add(&out, text, utf8_trim(text, MIN(line->len, columns() - 1)));
	buf_adds(&out, "\x1b[K");
	fd_write_all(STDERR_FILENO, buf_text(&out), out.len);
	s->drawn = true;
}

void load_show_start(struct load_show *s, const char *name)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_MAX_BYTES);

	if (!s->on)
		return;
	if (s->rounds > 0)
		buf_addf(&line, "round %u of %u: ", s->round, s->rounds);
	buf_adds(&line, "starting ");
	utf8_escape(&line, name);
	draw(s, &line);
}

static uint64_t time_left(const struct load_show *s, const struct load_progress *p)
{
	uint64_t left = p->total_ns > p->elapsed_ns ? p->total_ns - p->elapsed_ns : 0;
	uint64_t run = s->runs_done > 0 ? s->runs_ns / s->runs_done : p->total_ns;

	return s->runs > s->runs_done ? left + (s->runs - s->runs_done - 1) * run : left;
}

/* Over the last second, not over a tenth of it: it would be too restless to read. */
static void update_rate(struct load_show *s, const struct load_progress *p, uint64_t now)
{
	if (s->at_ns == 0 || p->answered < s->answered) { /* the first, or another run's */
		s->rate = 0;
	} else if (now - s->at_ns < RATE_EVERY_NS) {
		return;
	} else {
		s->rate = (double)(p->answered - s->answered) * 1e9 / (double)(now - s->at_ns);
	}
	s->at_ns = now;
	s->answered = p->answered;
}

void load_show_line(struct load_show *s, const struct load_progress *p, uint64_t now_ns,
		    struct buf *ret)
{
	char left[TEXT_BYTES], rate[TEXT_BYTES];
	uint64_t done = MIN(p->elapsed_ns, p->total_ns);

	update_rate(s, p, now_ns);
	text_duration(left, sizeof(left), time_left(s, p));
	text_rate(rate, sizeof(rate), s->rate);
	if (s->rounds > 0) {
		buf_addf(ret, "round %u of %u, ", s->round, s->rounds);
		utf8_escape(ret, s->name);
		buf_addf(ret, ": %s left", left);
	} else {
		buf_addf(ret, "%s: %.0f %%, %s left", p->warming_up ? "warming up" : "measuring",
			 p->total_ns > 0 ? 100. * (double)done / (double)p->total_ns : 100., left);
	}
	if (s->rate > 0)
		buf_addf(ret, ", %s/s", rate);
	buf_addf(ret, ", %" PRIu64 " answered, %" PRIu64 " error%s, %" PRIu64 " connection%s",
		 p->answered, p->errors, text_plural(p->errors), p->connections,
		 text_plural(p->connections));
}

void load_show(const struct load_progress *progress, void *arg)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_MAX_BYTES);
	struct load_show *s = arg;

	if (!s->on)
		return;
	load_show_line(s, progress, clock_mono_ns(), &line);
	draw(s, &line);
}

void load_show_end(struct load_show *s)
{
	static const char clear[] = "\r\x1b[K";

	if (s->drawn)
		fd_write_all(STDERR_FILENO, clear, sizeof(clear) - 1);
	s->drawn = false;
}
