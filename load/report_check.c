/* report_check.c - is this a report, or a comparison, with all that is shown in it?
 *
 * The shapes say the same as docs/load-report.schema.json (a test holds the
 * two together); behind them is checked what a schema cannot say. What passes
 * can be shown, merged and compared without another look. A file is hostile:
 * depth is that of the shapes, and numbers are bounded so that no sum overflows
 * 64 bits: of all ports together a kind of count is at most 2^50, body bytes and
 * what is in histograms are at most 2^53. Of COMPARE_ROUNDS_MAX rounds it is a
 * thousand times that, and requests and errors of all kinds nine thousand times.
 */
#include "load/report.h"

#include "common/cc.h"
#include "common/error.h"
#include "load/compare.h"
#include "load/job.h"
#include "load/report_json.h"
#include "load/report_shape.h"
#include "load/stats.h"
#include "load/threshold.h"

#include <string.h>

const char *const report_metric_names[] = {
#define X(id, name) name,
	REPORT_METRICS(X)
#undef X
		NULL
};

const char *const report_verdict_names[] = {
	[COMPARE_TOO_FEW] = "too few rounds",
	[COMPARE_SAME] = "no difference",
	[COMPARE_HIGHER] = "higher",
	[COMPARE_LOWER] = "lower",
	[COMPARE_NOISY] = "too noisy",
	[COMPARE_FAILED] = "failed rounds",
	NULL,
};

#define S(name, kind, ...) \
	{ \
		.key = (name), .type = SHAPE_##kind, ##__VA_ARGS__ \
	}
#define OR_NULL .or_null = true
#define END \
	{ \
		.key = NULL \
	}

/* clang-format off */
static const struct shape text_item = S(NULL, TEXT);
static const struct shape share_item = S(NULL, NUMBER);
static const struct shape count_item = S(NULL, COUNT);
static const struct shape small_item = S(NULL, COUNT, .most = UINT16_MAX);

static const struct shape latency_keys[] = {
	S("min", COUNT), S("mean", NUMBER), S("p50", COUNT), S("p90", COUNT), S("p99", COUNT),
	S("p99.9", COUNT), S("p99.99", COUNT), S("max", COUNT), END
};
static const struct shape service_keys[] = {
	S("latency_ns", OBJECT, .of = latency_keys), S("histogram", HISTOGRAM), END
};
static const struct shape status_keys[] = {
	S("1xx", COUNT), S("2xx", COUNT), S("3xx", COUNT), S("4xx", COUNT), S("5xx", COUNT),
	S("other", COUNT), END
};
static const struct shape error_keys[] = {
	S("total", COUNT),
#define X(id, name) S(name, COUNT),
	LOAD_ERRORS(X)
#undef X
	END
};

/* ...: OR_NULL, where a worker shares its ports. */
#define COUNTS(...) \
	S("requests", COUNT, __VA_ARGS__), S("answered", COUNT, __VA_ARGS__), \
	S("rate", NUMBER, __VA_ARGS__), S("bytes", COUNT, __VA_ARGS__), \
	S("connects", COUNT, __VA_ARGS__), S("status", OBJECT, .of = status_keys, __VA_ARGS__), \
	S("errors", OBJECT, .of = error_keys, __VA_ARGS__), \
	S("latency_ns", OBJECT, .of = latency_keys, __VA_ARGS__), \
	S("histogram", HISTOGRAM, __VA_ARGS__)

static const struct shape total_keys[] = { COUNTS(), END };
static const struct shape group_keys[] = {
	S("name", TEXT), S("ports", COUNT, .most = LOAD_TARGETS_MAX),
	S("service", OBJECT, .of = service_keys, OR_NULL), COUNTS(), END
};
static const struct shape worker_keys[] = {
	S("START_SEQUENCE_NUM", COUNT, .most = UINT16_MAX), S("group", TEXT),
	S("core", COUNT, .most = UINT16_MAX, OR_NULL), S("server_requests", COUNT, OR_NULL),
	S("cpu_s", NUMBER, OR_NULL), S("cpu_us_per_request", NUMBER, OR_NULL),
	S("rss_bytes", COUNT), S("restarts", COUNT, OR_NULL),
	S("cpu", LIST, .of = &share_item, .most = REPORT_SERIES_MAX), COUNTS(OR_NULL), END
};
static const struct shape port_keys[] = {
	S("url", TEXT), S("group", TEXT),
	S("workers", LIST, .of = &small_item, .most = REPORT_WORKERS_MAX),
	S("server_requests", COUNT, OR_NULL), COUNTS(), END
};

static const char *const modes[] = { "closed", "open", NULL };
static const struct shape settings_keys[] = {
	S("mode", CHOICE, .choices = modes), S("rate", NUMBER, OR_NULL), S("duration_s", NUMBER),
	S("warm_up_s", NUMBER), S("connections", COUNT, .most = LOAD_CONNECTIONS_MAX),
	S("threads", COUNT, .most = LOAD_THREADS_MAX), S("timeout_s", NUMBER), S("close", BOOL),
	S("method", TEXT), S("paths", LIST, .of = &text_item, .most = REPORT_PATHS_MAX),
	S("path_count", COUNT), S("body_bytes", COUNT), END
};
static const struct shape engine_keys[] = {
	S("threads", COUNT, .most = LOAD_THREADS_MAX),
	S("cpus", LIST, .of = &small_item, .most = REPORT_WORKERS_MAX), S("shares_cores", BOOL),
	S("cpu_s", NUMBER), S("cpu_share", NUMBER), S("cpu_us_per_request", NUMBER, OR_NULL),
	S("limit", BOOL), S("late_ns", OBJECT, .of = latency_keys, OR_NULL),
	S("late_histogram", HISTOGRAM, OR_NULL), S("memory_bytes", COUNT), END
};
static const struct shape over_time_keys[] = {
	S("interval_s", NUMBER),
	S("requests", LIST, .of = &count_item, .most = REPORT_SERIES_MAX),
	S("errors", LIST, .of = &count_item, .most = REPORT_SERIES_MAX),
	S("latency_max_ns", LIST, .of = &count_item, .most = REPORT_SERIES_MAX), END
};

static const struct shape group_item = S(NULL, OBJECT, .of = group_keys);
static const struct shape worker_item = S(NULL, OBJECT, .of = worker_keys);
static const struct shape port_item = S(NULL, OBJECT, .of = port_keys);
static const struct shape threshold_keys[] = {
	S("text", TEXT), S("value", NUMBER, OR_NULL), S("crossed", BOOL), END
};
static const struct shape threshold_item = S(NULL, OBJECT, .of = threshold_keys);
#define THRESHOLDS \
	S("thresholds", LIST, .of = &threshold_item, .most = THRESHOLDS_MAX, .optional = true)

static const struct shape report_keys[] = {
	S("eisen_load", COUNT, .most = REPORT_VERSION), S("version", TEXT), S("name", TEXT),
	S("started", TEXT), S("interrupted", BOOL),
	S("settings", OBJECT, .of = settings_keys), S("measured_s", NUMBER),
	S("total", OBJECT, .of = total_keys), S("service", OBJECT, .of = service_keys, OR_NULL),
	S("server_cpu_us_per_request", NUMBER, OR_NULL), S("imbalance", NUMBER, OR_NULL),
	S("groups", LIST, .of = &group_item, .most = LOAD_TARGETS_MAX),
	S("workers", LIST, .of = &worker_item, .most = REPORT_WORKERS_MAX),
	S("ports", LIST, .of = &port_item, .most = LOAD_TARGETS_MAX),
	S("engine", OBJECT, .of = engine_keys), S("over_time", OBJECT, .of = over_time_keys),
	S("sample_s", NUMBER), S("unsent", COUNT),
	S("warnings", LIST, .of = &text_item, .most = REPORT_WARNINGS_MAX), THRESHOLDS, END
};

static const char *const primaries[] = { "rate", "p99", NULL };
static const struct shape metric_keys[] = {
	S("name", CHOICE, .choices = report_metric_names), S("a", NUMBER, OR_NULL), S("b", NUMBER, OR_NULL),
	S("ratio", NUMBER, OR_NULL), S("low", NUMBER, OR_NULL), S("high", NUMBER, OR_NULL),
	S("rounds", COUNT, .most = COMPARE_ROUNDS_MAX),
	S("verdict", CHOICE, .choices = report_verdict_names), END
};
static const struct shape metric_item = S(NULL, OBJECT, .of = metric_keys);
static const struct shape comparison_keys[] = {
	S("a", COUNT, .most = REPORT_LAYOUTS_MAX - 1), S("b", COUNT, .most = REPORT_LAYOUTS_MAX - 1),
	S("metrics", LIST, .of = &metric_item, .most = REPORT_METRIC_COUNT),
	S("primary", CHOICE, .choices = primaries), S("verdict", CHOICE, .choices = report_verdict_names),
	S("text", TEXT), END
};
static const struct shape report_item = S(NULL, OBJECT, .of = report_keys);
static const struct shape comparison_item = S(NULL, OBJECT, .of = comparison_keys);
static const struct shape compare_keys[] = {
	S("eisen_load_compare", COUNT, .most = REPORT_VERSION),
	S("layouts", LIST, .of = &report_item, .most = REPORT_LAYOUTS_MAX),
	S("rounds", COUNT, .most = COMPARE_ROUNDS_MAX),
	S("comparisons", LIST, .of = &comparison_item, .most = REPORT_LAYOUTS_MAX), THRESHOLDS, END
};
static const struct shape compare_shape = S(NULL, OBJECT, .of = compare_keys);
/* clang-format on */

static int check_path_count(const json_t *report, const struct shape_at *at, struct error *e)
{
	const json_t *settings = json_object_get(report, "settings");
	struct shape_at where = { .up = at, .key = "settings" };
	struct shape_at paths = { .up = &where, .key = "paths" };
	uint64_t count = report_get_count(settings, "path_count");

	if (json_array_size(json_object_get(settings, "paths")) != MIN(count, REPORT_PATHS_MAX))
		return shape_want(&paths, "want as many as path_count says, 100 at most", e);
	return 0;
}

static int want_null(const json_t *object, const char *key, bool open, const struct shape_at *at,
		     struct error *e)
{
	struct shape_at where = { .up = at, .key = key };

	if (json_is_null(json_object_get(object, key)) != open)
		return 0;
	return shape_want(
		&where, open ? "want a value: the loop was open" : "want null: the loop was closed",
		e);
}

/* A rate, and two kinds of latency, are there in an open loop only. */
static int check_mode(const json_t *report, const struct shape_at *at, struct error *e)
{
	const json_t *settings = json_object_get(report, "settings");
	const json_t *engine = json_object_get(report, "engine");
	const json_t *groups = json_object_get(report, "groups");
	bool open = strcmp(report_get_text(settings, "mode"), "open") == 0;
	struct shape_at in_settings = { .up = at, .key = "settings" };
	struct shape_at in_engine = { .up = at, .key = "engine" };
	struct shape_at in_groups = { .up = at, .key = "groups" };
	struct shape_at rate = { .up = &in_settings, .key = "rate" };
	struct shape_at group = { .up = &in_groups };
	int result = want_null(settings, "rate", open, &in_settings, e);

	if (result < 0)
		return result;
	if (open && (report_get_number(settings, "rate") <= 0 ||
		     report_get_number(settings, "rate") > LOAD_RATE_MAX))
		return shape_want(&rate, "want more than 0, at most 10000000", e);
	if (want_null(report, "service", open, at, e) < 0 ||
	    want_null(engine, "late_ns", open, &in_engine, e) < 0 ||
	    want_null(engine, "late_histogram", open, &in_engine, e) < 0)
		return -EINVAL;
	for (; result == 0 && group.index < json_array_size(groups); group.index++)
		result = want_null(json_array_get(groups, group.index), "service", open, &group, e);
	return result;
}

/* Series beside each other are of one length. */
static int check_series(const json_t *report, const struct shape_at *at, struct error *e)
{
	static const char *const beside[] = { "errors", "latency_max_ns" };
	const json_t *over_time = json_object_get(report, "over_time");
	const json_t *workers = json_object_get(report, "workers");
	const json_t *first = json_object_get(json_array_get(workers, 0), "cpu");
	struct shape_at list = { .up = at, .key = "over_time" };
	struct shape_at item = { .up = &list };
	struct shape_at cpu = { .up = &item, .key = "cpu" };
	size_t size = json_array_size(json_object_get(over_time, "requests"));

	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		item.key = beside[i];
		if (json_array_size(json_object_get(over_time, beside[i])) != size)
			return shape_want(&item, "want as many as requests has", e);
	}
	list.key = "workers";
	item.key = NULL;
	for (; item.index < json_array_size(workers); item.index++) {
		const json_t *worker = json_array_get(workers, item.index);

		if (json_array_size(json_object_get(worker, "cpu")) != json_array_size(first))
			return shape_want(&cpu, "want as many as the first worker has", e);
	}
	return 0;
}

static int check_port_groups(const json_t *report, const struct shape_at *at, struct error *e)
{
	json_auto_t *places = report_group_places(report);
	const json_t *ports = json_object_get(report, "ports");
	struct shape_at list = { .up = at, .key = "ports" };
	struct shape_at port = { .up = &list };
	struct shape_at group = { .up = &port, .key = "group" };

	if (places == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (; port.index < json_array_size(ports); port.index++) {
		const json_t *value = json_array_get(ports, port.index);

		if (json_object_get(places, report_get_text(value, "group")) == NULL)
			return shape_want(&group, "want the name of one of groups", e);
	}
	return 0;
}

static int check_sum(const json_t *list, const struct shape_at *at, const char *in, const char *key,
		     uint64_t most, struct error *e)
{
	struct shape_at item = { .up = at };
	struct shape_at object = { .up = &item, .key = in };
	struct shape_at where = { .up = in != NULL ? &object : &item, .key = key };
	uint64_t sum = 0;

	for (; item.index < json_array_size(list); item.index++) {
		const json_t *value = json_array_get(list, item.index);

		sum += report_get_count(in != NULL ? json_object_get(value, in) : value, key);
		if (sum > most)
			return shape_want(&where, "want less: together with those before too many",
					  e);
	}
	return 0;
}

static const struct {
	const char *list, *in, *key;
	uint64_t most;
} sums[] = {
	{ "ports", NULL, "requests", HISTOGRAM_COUNT_MAX },
	{ "ports", NULL, "answered", HISTOGRAM_COUNT_MAX },
	{ "ports", NULL, "connects", HISTOGRAM_COUNT_MAX },
	{ "ports", NULL, "server_requests", HISTOGRAM_COUNT_MAX },
	{ "ports", NULL, "bytes", REPORT_COUNT_MAX },
	{ "ports", "status", "1xx", HISTOGRAM_COUNT_MAX },
	{ "ports", "status", "2xx", HISTOGRAM_COUNT_MAX },
	{ "ports", "status", "3xx", HISTOGRAM_COUNT_MAX },
	{ "ports", "status", "4xx", HISTOGRAM_COUNT_MAX },
	{ "ports", "status", "5xx", HISTOGRAM_COUNT_MAX },
	{ "ports", "status", "other", HISTOGRAM_COUNT_MAX },
#define X(id, name) { "ports", "errors", name, HISTOGRAM_COUNT_MAX },
	LOAD_ERRORS(X)
#undef X
		{ "workers", NULL, "restarts", HISTOGRAM_COUNT_MAX },
};

static int check_sums(const json_t *report, const struct shape_at *at, struct error *e)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < ARRAY_SIZE(sums); i++) {
		struct shape_at list = { .up = at, .key = sums[i].list };

		result = check_sum(json_object_get(report, sums[i].list), &list, sums[i].in,
				   sums[i].key, sums[i].most, e);
	}
	return result;
}

/* What the shapes do not say. */
static int check_report(const json_t *report, const struct shape_at *at, struct error *e)
{
	struct shape_at version = { .up = at, .key = "eisen_load" };
	int result = 0;

	if (report_get_count(report, "eisen_load") != REPORT_VERSION)
		return shape_want(&version, "want 1, the version that is known here", e);
	result = check_path_count(report, at, e);
	if (result == 0)
		result = check_mode(report, at, e);
	if (result == 0)
		result = check_series(report, at, e);
	if (result == 0)
		result = check_sums(report, at, e);
	return result == 0 ? check_port_groups(report, at, e) : result;
}

static int check_compare(const json_t *compare, const struct shape_at *at, struct error *e)
{
	const json_t *layouts = json_object_get(compare, "layouts");
	const json_t *comparisons = json_object_get(compare, "comparisons");
	struct shape_at list = { .up = at, .key = "eisen_load_compare" };
	struct shape_at item = { .up = &list };
	int result = 0;

	if (report_get_count(compare, list.key) != REPORT_VERSION)
		return shape_want(&list, "want 1, the version that is known here", e);
	list.key = "layouts";
	for (; result == 0 && item.index < json_array_size(layouts); item.index++)
		result = check_report(json_array_get(layouts, item.index), &item, e);
	if (result < 0)
		return result;
	list.key = "comparisons";
	for (item.index = 0; item.index < json_array_size(comparisons); item.index++) {
		const json_t *comparison = json_array_get(comparisons, item.index);

		if (report_get_count(comparison, "a") >= json_array_size(layouts) ||
		    report_get_count(comparison, "b") >= json_array_size(layouts))
			return shape_want(&item, "want a and b to be places in layouts", e);
	}
	return 0;
}

int report_check(const json_t *document, struct error *e)
{
	const json_t *report = json_object_get(document, "eisen_load");
	const json_t *compare = json_object_get(document, "eisen_load_compare");
	const json_t *version = compare != NULL ? compare : report;
	uint64_t values = 0;
	struct shape_at at = { .up = NULL, .values = &values };
	int result;

	if (version == NULL)
		return error_set(e, EINVAL,
				 "no report of a load: want an object with eisen_load or "
				 "eisen_load_compare");
	if (json_is_integer(version) && json_integer_value(version) > REPORT_VERSION)
		return error_set(e, EINVAL, "a report of version %lld, from a later eisen: want %d",
				 (long long)json_integer_value(version), REPORT_VERSION);
	result = shape_check(compare != NULL ? &compare_shape : &report_item, document, &at, e);
	if (result < 0)
		return result;
	return compare != NULL ? check_compare(document, &at, e) : check_report(document, &at, e);
}
