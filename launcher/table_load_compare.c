/* table_load_compare.c - a comparison as tables; see table_load.h. */
#include "launcher/table_load.h"

#include "common/buf.h"
#include "common/utf8.h"
#include "launcher/scols.h"
#include "launcher/text.h"
#include "load/compare.h"

#include <string.h>

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

/* Layouts are named by letters; hostile numbers are none. */
static char letter(json_int_t index)
{
	return index >= 0 && index < 26 ? (char)('A' + index) : '?';
}

static void add_layout(struct scols *t, size_t index, const json_t *layout)
{
	static const char *const percentiles[] = { "p50", "p99", "p99.9" };
	const json_t *total = json_object_get(layout, "total");
	size_t row = scols_row(t);
	int column = 0;

	scols_putf(t, row, column++, "%c", letter((json_int_t)index));
	scols_put(t, row, column++, string(layout, "name"));
	scols_putf(t, row, column++, "%zu", json_array_size(json_object_get(layout, "ports")));
	table_load_count(t, row, column++, total, "requests");
	table_load_errors(t, row, column++, total);
	table_load_rate(t, row, column++, total, "rate");
	for (size_t i = 0; i < ARRAY_SIZE(percentiles); i++)
		table_load_latency(t, row, column++, total, percentiles[i]);
	table_load_cpu(t, row, column, json_object_get(layout, "server_cpu_us_per_request"));
}

static void add_layouts(const json_t *comparison, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "", false },           { "layout", false }, { "ports", true },
		{ "requests", true },    { "errors", true },  { "per s", true },
		{ "p50", true },         { "p99", true },     { "p99.9", true },
		{ "CPU/request", true },
	};
	struct scols t;
	json_t *layout;
	size_t i;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(json_object_get(comparison, "layouts"), i, layout)
		add_layout(&t, i, layout);
	scols_print(&t, ret);
}

static void put_ratio(struct scols *t, size_t row, int column, const json_t *value)
{
	scols_putf(t, row, column, json_is_number(value) ? "%.3f" : "-", json_number_value(value));
}

static void add_metrics(struct scols *t, const json_t *pair)
{
	char a = letter(json_integer_value(json_object_get(pair, "a")));
	char b = letter(json_integer_value(json_object_get(pair, "b")));
	json_t *metric;
	size_t i;

	json_array_foreach(json_object_get(pair, "metrics"), i, metric)
	{
		const json_t *low = json_object_get(metric, "low");
		const json_t *high = json_object_get(metric, "high");
		size_t row = scols_row(t);

		scols_putf(t, row, 0, "%c / %c", b, a);
		scols_put(t, row, 1, string(metric, "name"));
		put_ratio(t, row, 2, json_object_get(metric, "ratio"));
		if (json_is_number(low) && json_is_number(high))
			scols_putf(t, row, 3, "%.3f to %.3f", json_number_value(low),
				   json_number_value(high));
		else
			scols_put(t, row, 3, "-");
		scols_put(t, row, 4, string(metric, "verdict"));
	}
}

static void add_too_few(json_int_t rounds, bool in_turn, struct buf *ret)
{
	if (in_turn)
		buf_addf(
			ret,
			"Interrupted after %lld round%s: want %d to tell which layout is faster.\n",
			(long long)rounds, rounds == 1 ? "" : "s", COMPARE_ROUNDS_MIN);
	else
		buf_addf(ret,
			 "%s tell nothing about noise, and so not which layout is faster: 'eisen "
			 "load --compare' lets layouts take turns and says it.\n",
			 rounds == 1 ? "Single runs" : "So few rounds");
}

static void add_verdicts(const json_t *comparison, bool in_turn, struct buf *ret)
{
	json_int_t rounds = json_integer_value(json_object_get(comparison, "rounds"));
	json_t *pair;
	size_t i;

	if (rounds < COMPARE_ROUNDS_MIN) {
		add_too_few(rounds, in_turn, ret);
		return;
	}
	json_array_foreach(json_object_get(comparison, "comparisons"), i, pair)
	{
		utf8_escape(ret, string(pair, "text"));
		buf_adds(ret, "\n");
	}
}

void table_load_compare(const json_t *comparison, bool in_turn, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "", false },        { "metric", false },
		{ "ratio", true },    { "99 % interval", true },
		{ "verdict", false },
	};
	json_t *pair;
	struct scols t;
	size_t i;

	add_layouts(comparison, colour, ret);
	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(json_object_get(comparison, "comparisons"), i, pair)
		add_metrics(&t, pair);
	buf_adds(ret, "\n");
	scols_print(&t, ret);
	buf_adds(ret, "\n");
	add_verdicts(comparison, in_turn, ret);
}
