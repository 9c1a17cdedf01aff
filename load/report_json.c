/* report_json.c - see report_json.h. */
#include "load/report_json.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/utf8.h"
#include "load/report.h"
#include "load/stats.h"

#include <math.h>
#include <string.h>

static const char *const counts_keys[] = { "requests", "answered",   "rate",
					   "bytes",    "connects",   "status",
					   "errors",   "latency_ns", "histogram" };
static const char *const class_names[LOAD_CLASSES] = { "other", "1xx", "2xx", "3xx", "4xx", "5xx" };

json_t *report_count(uint64_t n)
{
	return json_integer((json_int_t)MIN(n, REPORT_COUNT_MAX));
}

json_t *report_number(double x)
{
	return isfinite(x) ? json_real(fmin(x, REPORT_NUMBER_MAX)) : json_null();
}

json_t *report_text(const char *text)
{
	size_t len = strnlen(text, REPORT_TEXT_MAX + 1);
	json_t *json = len <= REPORT_TEXT_MAX ? json_stringn(text, len) : NULL;
	AUTO_BUF struct buf escaped = BUF_INIT(REPORT_TEXT_MAX);

	if (json != NULL)
		return json;
	utf8_escape(&escaped, text);
	return json_string(buf_text(&escaped));
}

json_t *report_append(json_t *array, json_t *value)
{
	if (array != NULL && json_array_append_new(array, value) == 0)
		return array;
	if (array == NULL)
		json_decref(value);
	json_decref(array);
	return NULL;
}

static json_t *set(json_t *object, const char *key, json_t *value)
{
	if (object != NULL && json_object_set_new(object, key, value) == 0)
		return object;
	if (object == NULL)
		json_decref(value);
	json_decref(object);
	return NULL;
}

json_t *report_latency(const struct histogram *h)
{
	static const struct {
		const char *name;
		double percent;
	} marks[] = {
		{ "p50", 50 }, { "p90", 90 }, { "p99", 99 }, { "p99.9", 99.9 }, { "p99.99", 99.99 }
	};
	json_t *latency = set(json_object(), "min", report_count(h->min));

	latency = set(latency, "mean", report_number(h->count > 0 ? histogram_mean(h) : 0));
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		latency = set(latency, marks[i].name,
			      report_count(histogram_percentile(h, marks[i].percent)));
	return set(latency, "max", report_count(h->max));
}

json_t *report_service(const struct histogram *h)
{
	return json_pack("{s:o, s:o}", "latency_ns", report_latency(h), "histogram",
			 histogram_json(h));
}

static json_t *status_json(const struct load_counts *counts)
{
	json_t *status = json_object();

	for (size_t i = 1; i < LOAD_CLASSES; i++)
		status = set(status, class_names[i], report_count(counts->classes[i]));
	return set(status, class_names[0], report_count(counts->classes[0]));
}

static json_t *errors_json(const struct load_counts *counts)
{
	json_t *errors = set(json_object(), "total", report_count(load_counts_errors(counts)));

	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		errors = set(errors, load_error_name((enum load_error)i),
			     report_count(counts->errors[i]));
	return errors;
}

json_t *report_add_counts(json_t *object, const struct load_target_stats *of, double measured_s)
{
	const struct load_counts *counts;

	for (size_t i = 0; of == NULL && i < ARRAY_SIZE(counts_keys); i++)
		object = set(object, counts_keys[i], json_null());
	if (of == NULL)
		return object;
	counts = &of->counts;
	object = set(object, "requests", report_count(counts->requests));
	object = set(object, "answered", report_count(counts->answered));
	object = set(object, "rate",
		     report_number(measured_s > 0 ? (double)counts->requests / measured_s : 0));
	object = set(object, "bytes", report_count(counts->bytes));
	object = set(object, "connects", report_count(counts->connects));
	object = set(object, "status", status_json(counts));
	object = set(object, "errors", errors_json(counts));
	object = set(object, "latency_ns", report_latency(&of->latency));
	return set(object, "histogram", histogram_json(&of->latency));
}

uint64_t report_get_count(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

double report_get_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

const char *report_get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

json_t *report_group_places(const json_t *report)
{
	const json_t *groups = json_object_get(report, "groups");
	json_t *places = json_object();

	for (size_t i = json_array_size(groups); i > 0; i--)
		places = set(places, report_get_text(json_array_get(groups, i - 1), "name"),
			     json_integer((json_int_t)(i - 1)));
	return places;
}

int report_read_counts(struct load_target_stats *ret, const json_t *object, struct error *e)
{
	const json_t *status = json_object_get(object, "status");
	const json_t *errors = json_object_get(object, "errors");
	struct load_target_stats read = {
		.counts = {
			.answered = report_get_count(object, "answered"),
			.requests = report_get_count(object, "requests"),
			.bytes = report_get_count(object, "bytes"),
			.connects = report_get_count(object, "connects"),
		},
	};
	int result = histogram_from_json(&read.latency, json_object_get(object, "histogram"), e);

	for (size_t i = 0; i < LOAD_CLASSES; i++)
		read.counts.classes[i] = report_get_count(status, class_names[i]);
	for (int i = 0; i < LOAD_ERROR_COUNT; i++)
		read.counts.errors[i] =
			report_get_count(errors, load_error_name((enum load_error)i));
	load_counts_add(&ret->counts, &read.counts);
	histogram_merge(&ret->latency, &read.latency);
	histogram_release(&read.latency);
	return result;
}
