/* table_status.c - the table of status; see table.h.
 *
 * Works on the document alone, as any other client of the API would.
 */
#include "launcher/table.h"

#include "common/buf.h"
#include "launcher/scols.h"
#include "launcher/text.h"

#include <string.h>

#define STATUS_DEATHS_SHOWN 5

/* Of one worker, its servers added up. */
struct sums {
	size_t servers;
	json_int_t requests, active;
};

static json_int_t integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

static void put_seconds(struct scols *t, size_t row, int column, const json_t *object,
			const char *key)
{
	const json_t *value = json_object_get(object, key);
	char text[TEXT_BYTES];

	if (!json_is_number(value)) {
		scols_put(t, row, column, "-");
		return;
	}
	text_duration(text, sizeof(text), (uint64_t)(json_number_value(value) * 1e9));
	scols_put(t, row, column, text);
}

static struct sums sum_servers(const json_t *worker)
{
	const json_t *servers = json_object_get(worker, "servers");
	struct sums sums = { .servers = json_array_size(servers) };
	json_t *server;
	size_t i;

	json_array_foreach(servers, i, server)
	{
		sums.requests += integer(server, "requests");
		sums.active += integer(server, "active");
	}
	return sums;
}

static void put_rate(struct scols *t, size_t row, int column, const json_t *before, size_t i,
		     json_int_t requests, double seconds)
{
	const json_t *worker = json_array_get(json_object_get(before, "workers"), i);

	if (worker == NULL || seconds <= 0)
		scols_put(t, row, column, "-");
	else
		scols_putf(t, row, column, "%.0f",
			   (double)(requests - sum_servers(worker).requests) / seconds);
}

static void add_worker(struct scols *t, const json_t *worker, const json_t *before, size_t i,
		       double seconds)
{
	struct sums sums = sum_servers(worker);
	size_t row = scols_row(t);

	scols_putf(t, row, 0, "%lld", (long long)integer(worker, "START_SEQUENCE_NUM"));
	scols_put(t, row, 1, string(worker, "group"));
	scols_put(t, row, 2, string(worker, "state"));
	scols_putf(t, row, 3, "%lld", (long long)integer(worker, "core"));
	scols_putf(t, row, 4, integer(worker, "pid") != 0 ? "%lld" : "-",
		   (long long)integer(worker, "pid"));
	put_seconds(t, row, 5, worker, "uptime_s");
	scols_putf(t, row, 6, "%lld", (long long)integer(worker, "restarts"));
	scols_putf(t, row, 7, "%zu", sums.servers);
	scols_putf(t, row, 8, "%lld", (long long)sums.active);
	scols_putf(t, row, 9, "%lld", (long long)sums.requests);
	put_rate(t, row, 10, before, i, sums.requests, seconds);
	scols_paint(t, row, 1, string(worker, "group"));
}

static void add_workers(const json_t *status, const json_t *before, double seconds, bool colour,
			struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "START_SEQUENCE_NUM", true },
		{ "group", false },
		{ "state", false },
		{ "core", true },
		{ "pid", true },
		{ "uptime", true },
		{ "restarts", true },
		{ "servers", true },
		{ "active", true },
		{ "requests", true },
		{ "per s", true },
	};
	struct scols t;
	json_t *worker;
	size_t i;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	json_array_foreach(json_object_get(status, "workers"), i, worker)
		add_worker(&t, worker, before, i, seconds);
	scols_print(&t, ret);
}

static void add_death(const json_t *death, struct buf *ret)
{
	const char *signal = json_string_value(json_object_get(death, "signal"));
	const json_t *slot = json_object_get(death, "START_SEQUENCE_NUM");
	char uptime[TEXT_BYTES], name[32];

	if (json_is_integer(slot))
		snprintf(name, sizeof(name), "worker-%lld", (long long)json_integer_value(slot));
	else
		snprintf(name, sizeof(name), "%s", string(death, "role"));
	text_duration(uptime, sizeof(uptime),
		      (uint64_t)(json_number_value(json_object_get(death, "uptime_s")) * 1e9));
	buf_addf(ret, "  %-11s pid %-8lld ", name, (long long)integer(death, "dead_pid"));
	if (signal != NULL)
		buf_addf(ret, "killed by %s", signal);
	else
		buf_addf(ret, "exit status %lld", (long long)integer(death, "exit_code"));
	buf_addf(ret, " after %s%s\n", uptime,
		 json_is_true(json_object_get(death, "planned")) ? ", planned" : "");
}

static void add_deaths(const json_t *status, struct buf *ret)
{
	const json_t *deaths = json_object_get(status, "deaths");
	size_t count = json_array_size(deaths);

	if (count == 0)
		return;
	buf_adds(ret, "\nlast deaths:\n");
	for (size_t i = 0; i < MIN(count, (size_t)STATUS_DEATHS_SHOWN); i++)
		add_death(json_array_get(deaths, i), ret);
	if (count > STATUS_DEATHS_SHOWN)
		buf_addf(ret, "  %zu more in /api/deaths\n", count - STATUS_DEATHS_SHOWN);
}

void table_head(const json_t *status, struct buf *ret)
{
	const json_t *manager = json_object_get(status, "manager");
	char uptime[TEXT_BYTES];

	text_duration(uptime, sizeof(uptime),
		      (uint64_t)(json_number_value(json_object_get(manager, "uptime_s")) * 1e9));
	buf_addf(ret, "%s  %s for %s  pid %lld  eisen %s\n\n", string(status, "name"),
		 string(manager, "state"), uptime, (long long)integer(manager, "pid"),
		 string(status, "version"));
}

void table_status(const json_t *status, const json_t *before, double seconds, bool colour,
		  struct buf *ret)
{
	table_head(status, ret);
	add_workers(status, before, seconds, colour, ret);
	table_work(status, before, seconds, colour, ret);
	add_deaths(status, ret);
}
