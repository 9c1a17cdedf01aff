/* progress.c - see progress.h. */
#include "work/progress.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/clock.h"
#include "common/utf8.h"

#include <string.h>

#define BAR_CELLS_MIN 8
#define BAR_CELLS_MAX 40
#define LEFT_S_MAX (100.0 * 365 * 24 * 3600) /* "unknown" beyond a lifetime */

void progress_init(struct progress *p, uint64_t done, uint64_t now_ns)
{
	*p = (struct progress) { .begun_ns = now_ns,
				 .first_done = done,
				 .now = { now_ns, done },
				 .samples[0] = { now_ns, done },
				 .next = 1,
				 .count = 1 };
}

/* count >= 1 since the beginning. */
static const struct progress_sample *newest(const struct progress *p)
{
	return &p->samples[(p->next + PROGRESS_SAMPLES - 1) % PROGRESS_SAMPLES];
}

static const struct progress_sample *oldest(const struct progress *p)
{
	return &p->samples[(p->next + PROGRESS_SAMPLES - p->count) % PROGRESS_SAMPLES];
}

void progress_update(struct progress *p, uint64_t done, uint64_t total, uint64_t now_ns)
{
	p->total = total;
	p->now.done = MAX(p->now.done, done);
	p->now.ns = MAX(p->now.ns, now_ns);
	if (p->now.ns - newest(p)->ns < PROGRESS_SAMPLE_NS)
		return;
	p->samples[p->next] = p->now;
	p->next = (p->next + 1) % PROGRESS_SAMPLES;
	p->count = MIN(p->count + 1, PROGRESS_SAMPLES);
}

static double seconds(uint64_t ns)
{
	return (double)ns / (double)CLOCK_NS_PER_S;
}

void progress_figures(const struct progress *p, struct progress_figures *ret)
{
	const struct progress_sample *from = oldest(p);
	uint64_t rows = p->now.done - from->done, left;

	*ret = (struct progress_figures) { .done = p->now.done,
					   .total = p->total,
					   .percent = -1,
					   .rate = -1,
					   .left_s = -1,
					   .elapsed_s = seconds(p->now.ns - p->begun_ns) };
	if (p->now.ns > from->ns)
		ret->rate = (double)rows / seconds(p->now.ns - from->ns);
	if (p->total == 0)
		return;
	left = p->total > p->now.done ? p->total - p->now.done : 0;
	ret->percent = left == 0 ? 100 : 100.0 * (double)p->now.done / (double)p->total;
	if (left == 0)
		ret->left_s = 0;
	else if (ret->rate > 0 && (double)left / ret->rate < LEFT_S_MAX)
		ret->left_s = (double)left / ret->rate;
}

/* 4200 as "4,200": counts are read by people. */
static void add_count(uint64_t n, struct buf *ret)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++)
		buf_addf(ret, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "", digits[i]);
}

/* "12.3 k/s": three digits and the power of a thousand. */
static void add_rate(double rate, struct buf *ret)
{
	static const char *const powers[] = { "", "k", "M", "G", "T" };
	size_t i = 0;

	for (; rate >= 999.5 && i + 1 < ARRAY_SIZE(powers); i++)
		rate /= 1000;
	buf_addf(ret, "%.*f %s/s",
		 rate >= 99.95 || (i == 0 && rate >= 9.995) ? 0
		 : rate >= 9.995                            ? 1
							    : 2,
		 rate, powers[i]);
}

struct unit {
	double seconds;
	const char *name;
};

/* Two units that follow each other, the larger one first. */
void progress_time(double s, struct buf *ret)
{
	static const struct unit units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" }
	};
	uint64_t whole, large, small;
	size_t i = 0;

	if (s < 0.9995) {
		buf_addf(ret, "%.0f ms", s > 0 ? s * 1000 : 0.0);
		return;
	}
	if (s < 59.95) {
		buf_addf(ret, "%.*f s", s < 9.95 ? 1 : 0, s);
		return;
	}
	whole = s < LEFT_S_MAX * 10 ? (uint64_t)(s + 0.5) : (uint64_t)(LEFT_S_MAX * 10);
	while ((double)whole < units[i].seconds)
		i++;
	large = whole / (uint64_t)units[i].seconds;
	small = whole % (uint64_t)units[i].seconds / (uint64_t)units[i + 1].seconds;
	buf_addf(ret, "%llu %s", (unsigned long long)large, units[i].name);
	if (small > 0)
		buf_addf(ret, " %llu %s", (unsigned long long)small, units[i + 1].name);
}

/* 100 % only when nothing is left. */
static double shown_percent(double percent)
{
	return percent < 100 ? MIN(percent, 99.9) : 100;
}

void progress_line(const struct progress *p, struct buf *ret)
{
	struct progress_figures f;

	progress_figures(p, &f);
	if (f.percent >= 0)
		buf_addf(ret, "%.1f %%, ", shown_percent(f.percent));
	add_count(f.done, ret);
	if (f.total > 0) {
		buf_adds(ret, " of ");
		add_count(f.total, ret);
	}
	buf_adds(ret, " rows");
	if (f.rate >= 0) {
		buf_adds(ret, ", ");
		add_rate(f.rate, ret);
	}
	if (f.left_s > 0) {
		buf_adds(ret, ", ");
		progress_time(f.left_s, ret);
		buf_adds(ret, " left");
	}
}

/* The bar ------------------------------------------------------------------ */

/* Columns of text: one for each sequence. Ours is ASCII; a label may be wider
 * or narrower where it has letters of two columns. */
static unsigned columns_of(const char *text, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static void add_bar_utf8(double part, unsigned cells, struct buf *ret)
{
	static const char *const eighths[] = { " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	unsigned filled = (unsigned)(part * cells * 8 + 0.5);

	for (unsigned i = 0; i < cells; i++)
		buf_adds(ret,
			 filled >= 8 * (i + 1) ? "█" : eighths[filled > 8 * i ? filled % 8 : 0]);
}

static void add_bar_ascii(double part, unsigned cells, struct buf *ret)
{
	unsigned filled = (unsigned)(part * (cells - 2) + 0.5);

	buf_adds(ret, "[");
	for (unsigned i = 0; i < cells - 2; i++)
		buf_adds(ret, i < filled ? "#" : " ");
	buf_adds(ret, "]");
}

enum part { PART_LABEL, PART_PERCENT, PART_RATE, PART_LEFT, PARTS };

static void make_parts(const struct progress_figures *f, const char *label, struct buf *parts)
{
	utf8_escape(&parts[PART_LABEL], label);
	if (f->percent >= 0)
		buf_addf(&parts[PART_PERCENT], "%3d %%", (int)shown_percent(f->percent));
	else
		add_count(f->done, &parts[PART_PERCENT]);
	if (f->rate >= 0)
		add_rate(f->rate, &parts[PART_RATE]);
	if (f->left_s > 0)
		progress_time(f->left_s, &parts[PART_LEFT]);
}

/* With the blank before it. */
static unsigned part_columns(const struct buf *part)
{
	return part->len == 0 ? 0 : columns_of(part->data, part->len) + 1;
}

/* Leave out what there is no room for, beginning with what matters least, the
 * percentage last. Returns the columns that are left for the bar. */
static unsigned fit(struct buf *parts, unsigned columns, bool has_bar)
{
	static const enum part least_first[] = { PART_RATE, PART_LEFT, PART_LABEL, PART_PERCENT };
	unsigned want = has_bar ? BAR_CELLS_MIN : 0, used;

	for (size_t i = 0;; i++) {
		used = 0;
		for (size_t k = 0; k < PARTS; k++)
			used += part_columns(&parts[k]);
		if (used + want <= columns + !has_bar || i == ARRAY_SIZE(least_first))
			break;
		buf_clear(&parts[least_first[i]]);
		/* Rather the figure alone than a bar alone. */
		if (least_first[i] == PART_LABEL)
			want = 0;
	}
	return has_bar && used < columns ? MIN(columns - used, BAR_CELLS_MAX) : 0;
}

static void add_part(struct buf *ret, size_t begin, const struct buf *part)
{
	if (part->len > 0)
		buf_addf(ret, "%s%s", ret->len > begin ? " " : "", buf_text(part));
}

void progress_bar(const struct progress *p, const char *label, unsigned columns, bool utf8,
		  struct buf *ret)
{
	struct progress_figures f;
	struct buf parts[PARTS] = { BUF_INIT(256), BUF_INIT(64), BUF_INIT(64), BUF_INIT(64) };
	size_t begin = ret->len;
	unsigned cells;

	progress_figures(p, &f);
	make_parts(&f, label, parts);
	cells = fit(parts, columns, f.percent >= 0);
	add_part(ret, begin, &parts[PART_LABEL]);
	if (cells >= BAR_CELLS_MIN) {
		buf_adds(ret, ret->len > begin ? " " : "");
		(utf8 ? add_bar_utf8 : add_bar_ascii)(f.percent / 100, cells, ret);
	}
	add_part(ret, begin, &parts[PART_PERCENT]);
	add_part(ret, begin, &parts[PART_RATE]);
	add_part(ret, begin, &parts[PART_LEFT]);
	for (size_t k = 0; k < PARTS; k++)
		buf_release(&parts[k]);
}
