/* layout.c - see layout.h. */
#include "tests/e2e/layout.h"

#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"

#include <string.h>

#define GROUP \
	"'%s': {'START_SEQUENCE_NUM': %s, 'ip': '%s', 'ports': '%s', 'app': {'kind': 'hello'}}"
#define STATUS "'status': {'ip': '%s', 'port': %d}"

const char *layout_three(const char *more)
{
	const char *ip = harness_address(0);

	return keep_config("{%s 'PROCS_MAX': 3, 'port_groups': {" GROUP ", " GROUP ", " GROUP
			   "}, " STATUS "}",
			   more, "blue", "0", ip, "11000-11005", "yellow", "1", ip, "14000-14005",
			   "green", "2", ip, "15000-15005", ip, HARNESS_STATUS_PORT);
}

const char *layout_one(const char *more)
{
	const char *ip = harness_address(0);

	return keep_config("{%s 'PROCS_MAX': 1, 'port_groups': {" GROUP "}, " STATUS "}", more,
			   "blue", "0", ip, "11000", ip, HARNESS_STATUS_PORT);
}

const char *layout_shared(const char *more)
{
	const char *ip = harness_address(0);

	return keep_config("{%s 'PROCS_MAX': 2, 'port_groups': {'blue': {'START_SEQUENCE_NUM': "
			   "'all', 'ip': '%s', 'ports': '11000-11001', 'shared': true, 'app': "
			   "{'kind': 'hello'}}}, " STATUS "}",
			   more, ip, ip, HARNESS_STATUS_PORT);
}

const char *layout_unix(const char *more)
{
	return keep_config(
		"{'PROCS_MAX': 1, 'port_groups': {'violet': {'START_SEQUENCE_NUM': 0, "
		"'ports': '1-2', 'unix': '%s', %s 'app': {'kind': 'hello'}}}, " STATUS "}",
		harness_path("web-{port}.sock"), more, harness_address(0), HARNESS_STATUS_PORT);
}

static int by_url(const void *a, const void *b)
{
	return strcmp(((const struct layout_server *)a)->url,
		      ((const struct layout_server *)b)->url);
}

static int number(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? keep_printf("%s", value) : "";
}

static void read_worker(const json_t *worker, struct layout *ret)
{
	const json_t *server;
	size_t i;

	json_array_foreach(json_object_get(worker, "servers"), i, server)
	{
		ret->servers[ret->count++] = (struct layout_server) {
			.url = text(server, "url"),
			.group = text(worker, "group"),
			.slot = number(worker, "START_SEQUENCE_NUM"),
			.port = number(server, "port"),
			.core = number(worker, "core"),
		};
	}
}

void layout_read(const json_t *doc, struct layout *ret)
{
	const json_t *workers = json_object_get(doc, "workers"), *worker;
	size_t i, count = 0;

	json_array_foreach(workers, i, worker) count +=
		json_array_size(json_object_get(worker, "servers"));
	ret->servers = keep(calloc(count + 1, sizeof(*ret->servers)));
	ret->count = 0;
	json_array_foreach(workers, i, worker) read_worker(worker, ret);
	qsort(ret->servers, ret->count, sizeof(*ret->servers), by_url);
}

const char *const *layout_urls(const struct layout *layout)
{
	const char **urls = keep(calloc(layout->count + 1, sizeof(*urls)));

	for (size_t i = 0; i < layout->count; i++)
		urls[i] = layout->servers[i].url;
	return urls;
}

void layout_plan(const char *file, const char *env, struct layout *ret)
{
	const struct command plan = { .args = { "plan", "--json", file }, .env = { env } };
	struct outcome outcome;

	command_run(&plan, &outcome);
	ck_assert_msg(outcome.status == 0, "eisen plan --json %s: %s", file, outcome.err);
	layout_read(keep_json(json_loads(outcome.out, 0, NULL)), ret);
}

void layout_expect_listening(const struct layout *layout, const char *const *prefixes)
{
	struct kernel_listeners all = { .list = NULL };
	size_t i = 0;

	all.list = keep(calloc(layout->count + 1, sizeof(*all.list)));
	for (; *prefixes != NULL; prefixes++) {
		struct kernel_listeners some;

		kernel_listening(*prefixes, &some);
		ck_assert_msg(all.count + some.count <= layout->count,
			      "more listens below %s than the %zu planned", *prefixes,
			      layout->count);
		for (i = 0; i < some.count; i++)
			all.list[all.count++] = some.list[i];
	}
	ck_assert_uint_eq(all.count, layout->count);
	kernel_sort_listeners(&all);
	for (i = 0; i < all.count; i++)
		ck_assert_str_eq(all.list[i].url, layout->servers[i].url);
}

void layout_expect_answer(const struct layout_server *server)
{
	json_t *hello = http_json(server->url);

	ck_assert_str_eq(text(hello, "group"), server->group);
	ck_assert_int_eq(number(hello, "port"), server->port);
	ck_assert_int_eq(number(hello, "START_SEQUENCE_NUM"), server->slot);
	ck_assert_int_eq(number(hello, "core"), server->core);
	ck_assert_str_ne(kernel_command_line(number(hello, "pid")), "");
	ck_assert(json_is_null(json_object_get(hello, "work")));
}
