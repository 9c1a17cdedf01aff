/* table_work.c - the tables of queues and feeders; see table.h.
 *
 * Works on the documents alone, as any other client of the API would.
 */
#include "launcher/table.h"

#include "common/buf.h"
#include "launcher/scols.h"
#include "launcher/text.h"

#include <string.h>

#define MISSING_SHOWN 20 /* ranges in a line */

static json_int_t integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

static void put_integer(struct scols *t, size_t row, int column, const json_t *object,
			const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_integer(value))
		scols_putf(t, row, column, "%lld", (long long)json_integer_value(value));
	else
		scols_put(t, row, column, "-");
}

/* A number of unit seconds. */
static void put_time(struct scols *t, size_t row, int column, const json_t *object, const char *key,
		     double unit)
{
	const json_t *value = json_object_get(object, key);
	double ns = json_number_value(value) * unit * 1e9;
	char text[TEXT_BYTES] = "-";

	if (json_is_number(value) && ns >= 0 && ns < 1e19)
		text_duration(text, sizeof(text), (uint64_t)ns);
	scols_put(t, row, column, text);
}

/* Queues -------------------------------------------------------------------- */

static bool has_tickets(const json_t *queue)
{
	return strcmp(string(queue, "kind"), "work") == 0;
}

static const json_t *find_queue(const json_t *queues, const char *name)
{
	json_t *queue;
	size_t i;

	json_array_foreach(queues, i, queue)
	{
		if (strcmp(string(queue, "name"), name) == 0)
			return queue;
	}
	return NULL;
}

static void put_rate(struct scols *t, size_t row, int column, const json_t *queue,
		     const json_t *before, double seconds)
{
	const json_t *earlier = find_queue(before, string(queue, "name"));

	if (earlier == NULL || seconds <= 0)
		scols_put(t, row, column, "-");
	else
		scols_putf(t, row, column, "%.0f",
			   (double)(integer(queue, "out") - integer(earlier, "out")) / seconds);
}

static void add_queue(struct scols *t, const json_t *queue, const json_t *before, double seconds)
{
	static const char *const keys[] = { "maxsize",   "queued",   "leased", "kept",
					    "finishing", "done",     "dead",   "skipped",
					    "issued",    "expected", "retries" };
	size_t row = scols_row(t);
	int column = 0;

	scols_put(t, row, column++, string(queue, "name"));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		put_integer(t, row, column++, queue, keys[i]);
	put_time(t, row, column++, queue, "oldest_ms", 1e-3);
	put_rate(t, row, column++, queue, before, seconds);
	scols_put(t, row, column,
		  !has_tickets(queue)                              ? string(queue, "kind")
		  : json_is_true(json_object_get(queue, "closed")) ? "closed"
								   : "open");
}

static void add_queues(const json_t *queues, const json_t *before, double seconds, bool tickets,
		       bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "queue", false },  { "maxsize", true },   { "queued", true }, { "leased", true },
		{ "kept", true },    { "finishing", true }, { "done", true },   { "dead", true },
		{ "skipped", true }, { "issued", true },    { "of", true },     { "retries", true },
		{ "oldest", true },  { "per s", true },     { "state", false },
	};
	struct scols t;
	json_t *queue;
	size_t i;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(queues, i, queue)
	{
		if (!tickets || has_tickets(queue))
			add_queue(&t, queue, before, seconds);
	}
	scols_print(&t, ret);
}

static void add_ranges(const json_t *missing, struct buf *ret)
{
	const json_t *ranges = json_object_get(missing, "ranges");
	size_t count = json_array_size(ranges);

	for (size_t i = 0; i < count && i < MISSING_SHOWN; i++) {
		const json_t *range = json_array_get(ranges, i);
		long long first = json_integer_value(json_array_get(range, 0));
		long long last = json_integer_value(json_array_get(range, 1));

		buf_addf(ret, "%s_TID_%lld", i == 0 ? ": " : ", ", first);
		if (last > first)
			buf_addf(ret, " to _TID_%lld", last);
	}
	if (count > MISSING_SHOWN || (count > 0 && json_is_true(json_object_get(missing, "more"))))
		buf_adds(ret, ", ...");
}

static void add_account(const json_t *queue, struct buf *ret)
{
	static const char *const terms[] = { "queued", "leased", "kept",   "finishing",
					     "done",   "dead",   "skipped" };
	const json_t *missing = json_object_get(queue, "missing");
	json_int_t lost = integer(missing, "count"), dead = integer(queue, "dead");
	const char *name = string(queue, "name");

	buf_addf(ret, "%s: %lld issued =", name, (long long)integer(queue, "issued"));
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++)
		buf_addf(ret, "%s %lld %s", i > 0 ? " +" : "", (long long)integer(queue, terms[i]),
			 terms[i]);
	if (lost > 0)
		buf_addf(ret, " + %lld missing", (long long)lost);
	buf_adds(ret, "\n");
	if (lost > 0) {
		buf_addf(ret, "%s: %lld ticket%s missing", name, (long long)lost,
			 lost == 1 ? " is" : "s are");
		add_ranges(missing, ret);
		buf_adds(ret, "\n");
	}
	if (dead > 0)
		buf_addf(ret,
			 "%s: %lld chunk%s failed for good: the log tells why, and 'eisen results "
			 "--missing'\n",
			 name, (long long)dead, text_plural((size_t)dead));
}

void table_queues(const json_t *queues, const json_t *before, double seconds, bool colour,
		  struct buf *ret)
{
	json_t *queue;
	size_t i;

	if (json_array_size(queues) == 0) {
		buf_adds(ret, "no queues\n");
		return;
	}
	add_queues(queues, before, seconds, false, colour, ret);
	buf_adds(ret, "\n");
	json_array_foreach(queues, i, queue)
	{
		if (has_tickets(queue))
			add_account(queue, ret);
	}
}

bool table_queues_lost(const json_t *queues)
{
	json_t *queue;
	size_t i;

	json_array_foreach(queues, i, queue)
	{
		if (integer(queue, "dead") > 0 ||
		    integer(json_object_get(queue, "missing"), "count") > 0)
			return true;
	}
	return false;
}

/* Feeders ------------------------------------------------------------------- */

static void add_feeder(struct scols *t, const json_t *feeder)
{
	const json_t *percent = json_object_get(feeder, "percent");
	const json_t *rate = json_object_get(feeder, "rows_per_s");
	const char *end = json_string_value(json_object_get(feeder, "end"));
	size_t row = scols_row(t);

	scols_put(t, row, 0, string(feeder, "name"));
	scols_put(t, row, 1, string(feeder, "queue"));
	scols_put(t, row, 2, string(feeder, "generator"));
	scols_put(t, row, 3, end != NULL ? end : string(feeder, "state"));
	scols_putf(t, row, 4, integer(feeder, "pid") != 0 ? "%lld" : "-",
		   (long long)integer(feeder, "pid"));
	put_integer(t, row, 5, feeder, "restarts");
	put_integer(t, row, 6, feeder, "rows");
	put_integer(t, row, 7, feeder, "rows_expected");
	scols_putf(t, row, 8, json_is_number(percent) ? "%.1f %%" : "-",
		   json_number_value(percent));
	scols_putf(t, row, 9, json_is_number(rate) ? "%.0f" : "-", json_number_value(rate));
	if (end != NULL)
		scols_put(t, row, 10, "-");
	else
		put_time(t, row, 10, feeder, "eta_s", 1);
}

static void add_feeders(const json_t *feeders, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "feeder", false }, { "queue", false },    { "generator", false },
		{ "state", false },  { "pid", true },       { "restarts", true },
		{ "rows", true },    { "of", true },        { "done", true },
		{ "rows/s", true },  { "time left", true },
	};
	struct scols t;
	json_t *feeder;
	size_t i;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(feeders, i, feeder) add_feeder(&t, feeder);
	scols_print(&t, ret);
}

void table_work(const json_t *status, const json_t *before, double seconds, bool colour,
		struct buf *ret)
{
	const json_t *queues = json_object_get(status, "queues");
	const json_t *feeders = json_object_get(status, "feeders");
	bool any = false;
	json_t *queue;
	size_t i;

	json_array_foreach(queues, i, queue) any = any || has_tickets(queue);
	if (json_array_size(feeders) > 0) {
		buf_adds(ret, "\n");
		add_feeders(feeders, colour, ret);
	}
	if (!any)
		return;
	buf_adds(ret, "\n");
	add_queues(queues, json_object_get(before, "queues"), seconds, true, colour, ret);
	json_array_foreach(queues, i, queue)
	{
		if (integer(json_object_get(queue, "missing"), "count") > 0)
			add_account(queue, ret);
	}
}
