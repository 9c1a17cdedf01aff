/* html_text.c - see html_text.h. */
#include "load/html_text.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/markup.h"
#include "common/utf8.h"

#include <math.h>
#include <string.h>

#define NUMBER_MAX 1e18 /* beyond what anything here counts or lasts */
#define NONE "\xe2\x80\x93"

static const char *const percentiles[] = { "p50", "p90", "p99", "p99.9", "p99.99", "max" };

double html_number(const json_t *object, const char *key)
{
	double value = json_number_value(json_object_get(object, key));

	return isfinite(value) && value > 0 ? MIN(value, NUMBER_MAX) : 0;
}

const char *html_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

void html_cut_text(struct buf *page, const char *text, size_t max)
{
	AUTO_BUF struct buf harmless = BUF_INIT(4 * HTML_SENTENCE_MAX);
	char cut[HTML_SENTENCE_MAX + 1];
	size_t len = strnlen(text, MIN(max, HTML_SENTENCE_MAX));
	bool whole = text[len] == '\0';

	if (!whole)
		len = utf8_trim(text, len);
	memcpy(cut, text, len);
	cut[len] = '\0';
	utf8_escape(&harmless, cut);
	markup_escape(page, buf_text(&harmless));
	if (!whole)
		buf_adds(page, "\xe2\x80\xa6");
}

void html_text(struct buf *page, const char *text)
{
	html_cut_text(page, text, HTML_TEXT_MAX);
}

void html_sentence(struct buf *page, const char *text)
{
	html_cut_text(page, text, HTML_SENTENCE_MAX);
}

/* Numbers ------------------------------------------------------------------ */

/* So that there are three digits. */
static int decimals_of(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

/* Three digits, with the largest of the units that it is one of. */
static void format_scaled(char ret[HTML_NUMBER_BYTES], double value, double step,
			  const char *const *units, size_t count)
{
	size_t unit = 0;

	/* 999.5 would be rounded to 1000. */
	for (; unit + 1 < count && value >= 0.9995 * step; unit++)
		value /= step;
	if (unit == 0)
		snprintf(ret, HTML_NUMBER_BYTES, value < 99.95 ? "%.3g%s" : "%.0f%s", value,
			 units[unit]);
	else
		snprintf(ret, HTML_NUMBER_BYTES, "%.*f%s", decimals_of(value), value, units[unit]);
}

static void format_ns(char ret[HTML_NUMBER_BYTES], double ns)
{
	static const char *const units[] = { " ns", " \xc2\xb5s", " ms", " s" };

	format_scaled(ret, ns, 1000, units, ARRAY_SIZE(units));
}

/* 1,234,567 */
static void format_count(char ret[HTML_NUMBER_BYTES], double value)
{
	char digits[HTML_NUMBER_BYTES];
	int len = snprintf(digits, sizeof(digits), "%.0f", value);

	for (int i = 0; i < len; i++) {
		*ret++ = digits[i];
		if ((len - i) % 3 == 1 && i + 1 < len)
			*ret++ = ',';
	}
	*ret = '\0';
}

void html_format(char ret[HTML_NUMBER_BYTES], enum html_unit unit, double value)
{
	static const char *const sizes[] = { " B", " KiB", " MiB", " GiB", " TiB" };
	static const char *const shorts[] = { "", " k", " M", " G", " T" };

	value = isfinite(value) ? fmax(0, fmin(value, NUMBER_MAX)) : 0;
	switch (unit) {
	case HTML_NS:
		format_ns(ret, value);
		break;
	case HTML_US:
		format_ns(ret, 1e3 * value);
		break;
	case HTML_SECONDS:
		snprintf(ret, HTML_NUMBER_BYTES, value < 99.95 ? "%.3g s" : "%.0f s", value);
		break;
	case HTML_SHORT:
		format_scaled(ret, value, 1000, shorts, ARRAY_SIZE(shorts));
		break;
	case HTML_BYTES:
		format_scaled(ret, value, 1024, sizes, ARRAY_SIZE(sizes));
		break;
	case HTML_SHARE:
		value = fmin(100 * value, 1e6);
		snprintf(ret, HTML_NUMBER_BYTES, "%.*f %%", value < 99.95 ? 1 : 0, value);
		break;
	case HTML_RATIO:
		snprintf(ret, HTML_NUMBER_BYTES, value >= 100 ? "%.3g" : "%.3f", value);
		break;
	case HTML_RATE:
		if (value > 0 && value < 99.95) {
			snprintf(ret, HTML_NUMBER_BYTES, "%.3g", value);
			break;
		}
		/* fallthrough */
	case HTML_COUNT:
		format_count(ret, value);
		break;
	}
}

void html_add(struct buf *page, enum html_unit unit, double value)
{
	char text[HTML_NUMBER_BYTES];

	html_format(text, unit, value);
	buf_adds(page, text);
}

void html_datum(struct buf *page, enum html_unit unit, const json_t *object, const char *key)
{
	double value = html_number(object, key);

	if (!json_is_number(json_object_get(object, key))) {
		buf_adds(page, NONE);
		return;
	}
	buf_addf(page, "<data value=\"%.15g\">", value);
	html_add(page, unit, value);
	buf_adds(page, "</data>");
}

/* Tables ------------------------------------------------------------------- */

void html_table_begin(struct buf *page, const char *label, const char *heads)
{
	buf_adds(page, "<div class=box role=group tabindex=0 aria-label=\"");
	html_text(page, label);
	buf_adds(page, "\"><table><caption>");
	html_text(page, label);
	buf_adds(page, "</caption><thead><tr>");
	for (size_t len; *heads != '\0'; heads += len + (heads[len] == '|')) {
		const char *class = *heads == '<' ? " class=t" : *heads == '^' ? " class=mid" : "";

		heads += *class != '\0';
		len = strcspn(heads, "|");
		buf_addf(page, "<th scope=col%s>%.*s</th>", class, (int)len, heads);
	}
	buf_adds(page, "</tr></thead><tbody>\n");
}

void html_table_end(struct buf *page)
{
	buf_adds(page, "</tbody></table></div>\n");
}

void html_row(struct buf *page, const char *colour, const char *text)
{
	buf_adds(page, "<tr><th scope=row>");
	if (*colour != '\0')
		buf_addf(page, "<i class=\"dot %s\"></i>", colour);
	html_text(page, text);
	buf_adds(page, "</th>");
}

void html_cell(struct buf *page, enum html_unit unit, const json_t *object, const char *key)
{
	buf_adds(page, "<td>");
	html_datum(page, unit, object, key);
	buf_adds(page, "</td>");
}

void html_plain_cell(struct buf *page, enum html_unit unit, const json_t *object, const char *key)
{
	buf_adds(page, "<td>");
	if (json_is_number(json_object_get(object, key)))
		html_add(page, unit, html_number(object, key));
	else
		buf_adds(page, NONE);
	buf_adds(page, "</td>");
}

const json_t *html_latency_of(const json_t *counts)
{
	return html_number(counts, "requests") > 0 ? json_object_get(counts, "latency_ns") : NULL;
}

void html_percentile_cells(struct buf *page, const json_t *latency, bool plain)
{
	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++) {
		if (plain)
			html_plain_cell(page, HTML_NS, latency, percentiles[i]);
		else
			html_cell(page, HTML_NS, latency, percentiles[i]);
	}
}
