/* table_load.c - a report as tables; see table_load.h. */
#include "launcher/table_load.h"

#include "common/buf.h"
#include "common/utf8.h"
#include "launcher/scols.h"
#include "launcher/text.h"

#include <string.h>

#define TEXT_MAX_BYTES 4096 /* of a cell */
#define NS_MAX 1e19
#define US_IN_DIGITS 999.5 /* what is less has not more than three of them */

static const json_t *member(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(member(object, key));
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(member(object, key));

	return text != NULL ? text : "-";
}

/* Cells --------------------------------------------------------------------- */

void table_load_count(struct scols *t, size_t row, int column, const json_t *object,
		      const char *key)
{
	const json_t *value = member(object, key);

	if (json_is_integer(value))
		scols_putf(t, row, column, "%lld", (long long)json_integer_value(value));
	else
		scols_put(t, row, column, "-");
}

void table_load_rate(struct scols *t, size_t row, int column, const json_t *object, const char *key)
{
	char text[TEXT_BYTES] = "-";

	if (json_is_number(member(object, key)))
		text_rate(text, sizeof(text), number(object, key));
	scols_put(t, row, column, text);
}

static void put_ns(struct scols *t, size_t row, int column, double ns)
{
	char text[TEXT_BYTES] = "-";

	if (ns >= 0 && ns < NS_MAX)
		text_duration(text, sizeof(text), (uint64_t)ns);
	scols_put(t, row, column, text);
}

/* All are 0 of nothing: that is no latency. */
void table_load_latency(struct scols *t, size_t row, int column, const json_t *object,
			const char *key)
{
	const json_t *latency = member(object, "latency_ns");
	bool any = number(latency, "max") > 0 && json_is_number(member(latency, key));

	put_ns(t, row, column, any ? number(latency, key) : -1);
}

/* Below a millisecond with three digits: "9.87 us". */
static void us_text(char *ret, size_t size, const json_t *value)
{
	double us = json_number_value(value);
	char digits[TEXT_BYTES];

	if (!json_is_number(value) || !(us >= 0 && us < NS_MAX / 1e3)) {
		snprintf(ret, size, "-");
	} else if (us < US_IN_DIGITS) {
		text_rate(digits, sizeof(digits), us);
		snprintf(ret, size, "%s us", digits);
	} else {
		text_duration(ret, size, (uint64_t)(us * 1e3));
	}
}

void table_load_cpu(struct scols *t, size_t row, int column, const json_t *us)
{
	char text[TEXT_BYTES + 8];

	us_text(text, sizeof(text), us);
	scols_put(t, row, column, text);
}

void table_load_errors(struct scols *t, size_t row, int column, const json_t *object)
{
	table_load_count(t, row, column, member(object, "errors"), "total");
}

static void put_bytes(struct scols *t, size_t row, int column, double bytes)
{
	char text[TEXT_BYTES] = "-";

	if (bytes > 0 && bytes < NS_MAX)
		text_bytes(text, sizeof(text), (uint64_t)bytes);
	scols_put(t, row, column, text);
}

/* What groups, workers and ports have in common, from column on. */
#define COUNT_COLUMNS \
	{ "requests", true }, { "errors", true }, { "per s", true }, { "p50", true }, \
		{ "p90", true }, { "p99", true }, { "p99.9", true }, { "p99.99", true }, \
	{ \
		"max", true \
	}
#define COUNT_COLUMN_COUNT 9

static void put_latencies(struct scols *t, size_t row, int column, const json_t *object)
{
	static const char *const keys[] = { "p50", "p90", "p99", "p99.9", "p99.99", "max" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		table_load_latency(t, row, column + (int)i, object, keys[i]);
}

static void put_counts(struct scols *t, size_t row, int column, const json_t *object)
{
	table_load_count(t, row, column, object, "requests");
	table_load_errors(t, row, column + 1, object);
	table_load_rate(t, row, column + 2, object, "rate");
	put_latencies(t, row, column + 3, object);
}

/* Groups -------------------------------------------------------------------- */

struct cost {
	double cpu_s, rss_bytes;
	bool known; /* of every worker that served, and there is one */
};

/* A worker's requests are null when it shares its ports, its own count when
 * nobody could be asked for it. */
static bool may_have_served(const json_t *worker)
{
	return number(worker, "requests") > 0 || number(worker, "server_requests") > 0 ||
	       json_is_null(member(worker, "server_requests"));
}

static struct cost cost_of(const json_t *report, const char *group)
{
	struct cost cost = { 0 };
	bool all = true;
	json_t *worker;
	size_t i;

	json_array_foreach(member(report, "workers"), i, worker)
	{
		if (group != NULL && strcmp(string(worker, "group"), group) != 0)
			continue;
		all = all && (number(worker, "cpu_s") > 0 || !may_have_served(worker));
		cost.cpu_s += number(worker, "cpu_s");
		cost.rss_bytes += number(worker, "rss_bytes");
	}
	cost.known = all && cost.cpu_s > 0;
	return cost;
}

/* The latency from when it was sent, below the one from when it was due. */
static void add_service(struct scols *t, const json_t *of)
{
	size_t row;

	if (!json_is_object(member(of, "service")))
		return;
	row = scols_row(t);
	scols_put(t, row, 0, "  service time");
	put_latencies(t, row, 5, member(of, "service"));
}

/* New reference, or NULL; the report has it of all groups together only. */
static json_t *us_of_group(const json_t *report, const json_t *group, const struct cost *cost)
{
	double requests = number(group, "requests");

	if (json_array_size(member(report, "groups")) == 1)
		return json_incref(json_object_get(report, "server_cpu_us_per_request"));
	return cost->known && requests > 0 ? json_real(cost->cpu_s * 1e6 / requests) : NULL;
}

static size_t add_group(struct scols *t, const char *name, const json_t *counts, const json_t *us,
			double rss_bytes)
{
	size_t row = scols_row(t);
	int column = 2 + COUNT_COLUMN_COUNT;

	scols_put(t, row, 0, name);
	put_counts(t, row, 2, counts);
	table_load_cpu(t, row, column, us);
	put_bytes(t, row, column + 1, rss_bytes);
	return row;
}

static void add_groups(const json_t *report, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = { { "group", false },
						       { "ports", true },
						       COUNT_COLUMNS,
						       { "CPU/request", true },
						       { "RSS", true } };
	const json_t *groups = member(report, "groups"), *total = member(report, "total");
	struct scols t;
	json_t *group;
	size_t i, row;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(groups, i, group)
	{
		struct cost cost = cost_of(report, string(group, "name"));
		json_auto_t *us = us_of_group(report, group, &cost);

		row = add_group(&t, string(group, "name"), group, us, cost.rss_bytes);
		table_load_count(&t, row, 1, group, "ports");
		scols_paint(&t, row, 0, string(group, "name"));
		add_service(&t, group);
	}
	if (json_array_size(groups) != 1) {
		row = add_group(&t, "all", total, member(report, "server_cpu_us_per_request"),
				cost_of(report, NULL).rss_bytes);
		scols_putf(&t, row, 1, "%zu", json_array_size(member(report, "ports")));
		add_service(&t, report);
	}
	scols_print(&t, ret);
}

/* Workers and ports --------------------------------------------------------- */

static void add_worker(struct scols *t, const json_t *report, const json_t *worker)
{
	double measured = number(report, "measured_s"), cpu = number(worker, "cpu_s");
	size_t row = scols_row(t);
	int column = 3;

	table_load_count(t, row, 0, worker, "START_SEQUENCE_NUM");
	scols_put(t, row, 1, string(worker, "group"));
	scols_paint(t, row, 1, string(worker, "group"));
	table_load_count(t, row, 2, worker, "core");
	put_counts(t, row, column, worker);
	column += COUNT_COLUMN_COUNT;
	table_load_count(t, row, column++, worker, "server_requests");
	table_load_cpu(t, row, column++, member(worker, "cpu_us_per_request"));
	scols_putf(t, row, column++, cpu > 0 && measured > 0 ? "%.0f %%" : "-",
		   100 * cpu / measured);
	put_bytes(t, row, column++, number(worker, "rss_bytes"));
	table_load_count(t, row, column, worker, "restarts");
}

static void add_workers(const json_t *report, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "START_SEQUENCE_NUM", true },
		{ "group", false },
		{ "core", true },
		COUNT_COLUMNS,
		{ "served", true },
		{ "CPU/request", true },
		{ "CPU", true },
		{ "RSS", true },
		{ "restarts", true },
	};
	const json_t *workers = member(report, "workers");
	struct scols t;
	json_t *worker;
	size_t i;

	if (json_array_size(workers) == 0)
		return;
	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(workers, i, worker) add_worker(&t, report, worker);
	buf_adds(ret, "\n");
	scols_print(&t, ret);
}

static void put_workers(struct scols *t, size_t row, int column, const json_t *workers)
{
	AUTO_BUF struct buf text = BUF_INIT(TEXT_MAX_BYTES);
	json_t *worker;
	size_t i;

	json_array_foreach(workers, i, worker)
		buf_addf(&text, "%s%lld", i > 0 ? ", " : "", (long long)json_integer_value(worker));
	scols_put(t, row, column, text.len > 0 ? buf_text(&text) : "-");
}

static void add_ports(const json_t *report, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "port", false }, { "group", false },   { "workers", true },
		COUNT_COLUMNS,     { "answered", true }, { "served", true },
	};
	struct scols t;
	json_t *port;
	size_t i;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(member(report, "ports"), i, port)
	{
		size_t row = scols_row(&t);

		scols_put(&t, row, 0, string(port, "url"));
		scols_put(&t, row, 1, string(port, "group"));
		scols_paint(&t, row, 1, string(port, "group"));
		put_workers(&t, row, 2, member(port, "workers"));
		put_counts(&t, row, 3, port);
		table_load_count(&t, row, 3 + COUNT_COLUMN_COUNT, port, "answered");
		table_load_count(&t, row, 4 + COUNT_COLUMN_COUNT, port, "server_requests");
	}
	buf_adds(ret, "\n");
	scols_print(&t, ret);
}

/* In words ------------------------------------------------------------------ */

static void add_seconds(struct buf *ret, double s)
{
	char text[TEXT_BYTES] = "-";

	if (s >= 0 && s < NS_MAX / 1e9)
		text_duration(text, sizeof(text), (uint64_t)(s * 1e9));
	buf_adds(ret, text);
}

static void add_head(const json_t *report, struct buf *ret)
{
	const json_t *settings = member(report, "settings");
	double connections = number(settings, "connections");

	utf8_escape(ret, string(report, "name"));
	if (strcmp(string(settings, "mode"), "open") == 0)
		buf_addf(ret, ": open loop, %.10g requests per second", number(settings, "rate"));
	else
		buf_adds(ret, ": closed loop");
	buf_addf(ret, ", %.0f connection%s%s, measured ", connections,
		 text_plural((size_t)connections),
		 json_is_true(member(settings, "close")) ? ", a new one for each request" : "");
	add_seconds(ret, number(report, "measured_s"));
	if (json_is_true(member(report, "interrupted"))) {
		buf_adds(ret, " of ");
		add_seconds(ret, number(settings, "duration_s"));
		buf_adds(ret, " (interrupted)");
	}
	buf_adds(ret, " after ");
	add_seconds(ret, number(settings, "warm_up_s"));
	buf_adds(ret, " of warm-up\n\n");
}

void table_load_members(const json_t *object, const char *but, struct buf *ret)
{
	const char *key, *comma = "";
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		if (strcmp(key, but) == 0 || json_integer_value(value) <= 0)
			continue;
		buf_adds(ret, comma);
		utf8_escape(ret, key);
		buf_addf(ret, " %lld", (long long)json_integer_value(value));
		comma = ", ";
	}
}

static void add_errors(const json_t *report, struct buf *ret)
{
	const json_t *total = member(report, "total"), *errors = member(total, "errors");
	const json_t *status = member(total, "status");

	if (number(errors, "total") > 0) {
		buf_adds(ret, "errors: ");
		table_load_members(errors, "total", ret);
		buf_adds(ret, "\n");
	}
	if (number(status, "2xx") < number(total, "requests")) {
		buf_adds(ret, "status: ");
		table_load_members(status, "", ret);
		buf_adds(ret, "\n");
	}
}

static void add_engine(const json_t *report, struct buf *ret)
{
	const json_t *engine = member(report, "engine");
	char cpu[TEXT_BYTES + 8], memory[TEXT_BYTES];
	double threads = number(engine, "threads"), bytes = number(engine, "memory_bytes");

	us_text(cpu, sizeof(cpu), member(engine, "cpu_us_per_request"));
	text_bytes(memory, sizeof(memory), bytes > 0 && bytes < NS_MAX ? (uint64_t)bytes : 0);
	buf_addf(ret,
		 "engine: %.0f thread%s busy for %.0f %% of the time, %s of processor time per "
		 "request, %s\n",
		 threads, threads == 1 ? "" : "s, the busiest one",
		 100 * number(engine, "cpu_share"), cpu, memory);
}

static void add_words(const json_t *report, struct buf *ret)
{
	const json_t *imbalance = member(report, "imbalance");
	json_t *warning;
	size_t i;

	add_errors(report, ret);
	if (json_is_number(imbalance))
		buf_addf(ret, "imbalance between workers: %.2f\n", json_number_value(imbalance));
	add_engine(report, ret);
	if (json_is_object(member(report, "service")))
		buf_adds(ret,
			 "A latency counts from when the rate wanted the request sent, a service "
			 "time from when it was sent: between them it waited for a connection that "
			 "was still busy.\n");
	json_array_foreach(member(report, "warnings"), i, warning)
	{
		if (!json_is_string(warning))
			continue;
		buf_adds(ret, "warning: ");
		utf8_escape(ret, json_string_value(warning));
		buf_adds(ret, "\n");
	}
}

void table_load(const json_t *report, bool ports, bool colour, struct buf *ret)
{
	add_head(report, ret);
	add_groups(report, colour, ret);
	add_workers(report, colour, ret);
	if (ports)
		add_ports(report, colour, ret);
	buf_adds(ret, "\n");
	add_words(report, ret);
}
