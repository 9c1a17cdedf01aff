/* threshold.c - see threshold.h. */
#include "load/threshold.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"

#include <math.h>
#include <string.h>

struct unit {
	const char *name;
	double factor; /* to the report's unit */
};

#define UNITS_MAX 3
struct units {
	bool needed;
	const char *names; /* in words, of those that are needed */
	struct unit list[UNITS_MAX];
};

static const struct units none = { 0 };
static const struct units shares = { false, NULL, { { "%", 1 } } };
static const struct units cpu_times = { true, "us", { { "us", 1 } } };
static const struct units times = { true,
				    "us, ms or s",
				    { { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } } };
static const struct units sizes = {
	true, "KiB, MiB or GiB", { { "KiB", 1024 }, { "MiB", 1048576 }, { "GiB", 1073741824 } }
};

struct metric {
	const char *name;
	const struct units *units;
	double (*read)(const json_t *report, const char *name, bool percent); /* NAN: not there */
	const char *example;
};

static double number_of(const json_t *value)
{
	return json_is_number(value) ? json_number_value(value) : NAN;
}

static double read_total(const json_t *report, const char *name, bool percent)
{
	(void)percent;
	return number_of(json_object_get(json_object_get(report, "total"), name));
}

/* Of no reply there is no latency, whatever the report says. */
static double read_latency(const json_t *report, const char *name, bool percent)
{
	const json_t *total = json_object_get(report, "total");

	(void)percent;
	if (!(number_of(json_object_get(total, "requests")) > 0))
		return NAN;
	return number_of(json_object_get(json_object_get(total, "latency_ns"), name));
}

/* A reply of 400 or above is an error and a request: one attempt. What was due
 * and not sent is an attempt that failed, of the share. */
static double read_errors(const json_t *report, const char *name, bool percent)
{
	const json_t *total = json_object_get(report, "total");
	const json_t *errors = json_object_get(total, name);
	double sum = number_of(json_object_get(errors, "total"));
	double attempts;

	if (!percent)
		return sum;
	sum += json_number_value(json_object_get(report, "unsent"));
	attempts = number_of(json_object_get(total, "requests")) + sum -
		   number_of(json_object_get(errors, "status"));
	return attempts > 0 ? 100 * sum / attempts : NAN;
}

static double read_cpu(const json_t *report, const char *name, bool percent)
{
	(void)name;
	(void)percent;
	return number_of(json_object_get(report, "server_cpu_us_per_request"));
}

static double read_rss(const json_t *report, const char *name, bool percent)
{
	const json_t *workers = json_object_get(report, "workers");
	double largest = json_array_size(workers) > 0 ? 0 : NAN;

	(void)name;
	(void)percent;
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *worker = json_array_get(workers, i);
		double bytes = number_of(json_object_get(worker, "rss_bytes"));

		largest = bytes <= largest ? largest : bytes;
		if (isnan(bytes))
			break;
	}
	return largest;
}

static double read_imbalance(const json_t *report, const char *name, bool percent)
{
	(void)percent;
	return number_of(json_object_get(report, name));
}

static const struct metric metrics[] = {
	{ "p50", &times, read_latency, "p50>5ms" },
	{ "p90", &times, read_latency, "p90>5ms" },
	{ "p99", &times, read_latency, "p99>5ms" },
	{ "p99.9", &times, read_latency, "p99.9>5ms" },
	{ "p99.99", &times, read_latency, "p99.99>5ms" },
	{ "max", &times, read_latency, "max>1s" },
	{ "mean", &times, read_latency, "mean>5ms" },
	{ "rate", &none, read_total, "rate<1000" },
	{ "requests", &none, read_total, "requests<1000" },
	{ "errors", &shares, read_errors, "errors>0 or errors>1%" },
	{ "cpu", &cpu_times, read_cpu, "cpu>50us" },
	{ "rss", &sizes, read_rss, "rss>64MiB" },
	{ "imbalance", &none, read_imbalance, "imbalance>1.2" },
};
#define METRIC_NAMES \
	"p50, p90, p99, p99.9, p99.99, max, mean, rate, requests, errors, cpu, rss, imbalance"

/* The longer ones first, so that none is taken for the front of another. */
enum op { OP_AT_LEAST, OP_AT_MOST, OP_ABOVE, OP_BELOW };
static const char *const ops[] = {
	[OP_AT_LEAST] = ">=",
	[OP_AT_MOST] = "<=",
	[OP_ABOVE] = ">",
	[OP_BELOW] = "<",
};

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static int parse_metric(struct threshold *t, const char **p, struct error *e)
{
	size_t len = strcspn(*p, "<>=! \t");

	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		if (strlen(metrics[i].name) != len || strncmp(*p, metrics[i].name, len) != 0)
			continue;
		t->metric = (int)i;
		*p = skip_blanks(*p + len);
		return 0;
	}
	return error_set(e, EINVAL, "\"%s\": \"%.*s\" is no metric; they are " METRIC_NAMES,
			 t->text, (int)len, *p);
}

static int parse_op(struct threshold *t, const char **p, struct error *e)
{
	const struct metric *metric = &metrics[t->metric];

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (strncmp(*p, ops[i], strlen(ops[i])) != 0)
			continue;
		t->op = (int)i;
		*p = skip_blanks(*p + strlen(ops[i]));
		return 0;
	}
	return error_set(e, EINVAL, "\"%s\": >, >=, < or <= is wanted after %s, as in %s", t->text,
			 metric->name, metric->example);
}

static int parse_value(struct threshold *t, const char **p, struct error *e)
{
	if (!number_take_decimal(p, &t->value))
		return error_set(e, EINVAL,
				 "\"%s\": a number up to 10^15, with at most %d digits after its "
				 "point, is wanted after %s, as in %s",
				 t->text, NUMBER_FRACTION_DIGITS_MAX, ops[t->op],
				 metrics[t->metric].example);
	*p = skip_blanks(*p);
	return 0;
}

static int refuse_unit(const struct threshold *t, const char *unit, size_t len, struct error *e)
{
	const struct metric *metric = &metrics[t->metric];

	if (!metric->units->needed)
		return error_set(e, EINVAL,
				 "\"%s\": nothing%s is wanted after the number of %s, as in %s",
				 t->text, metric->units == &shares ? " but %" : "", metric->name,
				 metric->example);
	if (len == 0)
		return error_set(e, EINVAL,
				 "\"%s\": a unit is wanted after the number: %s, as in %s", t->text,
				 metric->units->names, metric->example);
	return error_set(e, EINVAL,
			 "\"%s\": a unit is wanted after the number: %s, not \"%.*s\", as in %s",
			 t->text, metric->units->names, (int)len, unit, metric->example);
}

static int parse_unit(struct threshold *t, const char *unit, struct error *e)
{
	const struct units *units = metrics[t->metric].units;
	size_t len = strcspn(unit, " \t");

	if (*skip_blanks(unit + len) != '\0')
		len = strlen(unit);
	if (len == 0 && !units->needed)
		return 0;
	for (size_t i = 0; i < UNITS_MAX && units->list[i].name != NULL; i++) {
		if (strlen(units->list[i].name) != len ||
		    strncmp(unit, units->list[i].name, len) != 0)
			continue;
		t->value *= units->list[i].factor;
		t->percent = units == &shares;
		return 0;
	}
	return refuse_unit(t, unit, len, e);
}

int threshold_parse(struct threshold *ret, const char *text, struct error *e)
{
	struct threshold t = { 0 };
	const char *p;
	int r;

	if (strlen(text) >= sizeof(t.text))
		return error_set(e, EINVAL, "a threshold has at most %zu bytes, as in p99>5ms",
				 sizeof(t.text) - 1);
	memcpy(t.text, text, strlen(text));
	p = skip_blanks(t.text);
	r = parse_metric(&t, &p, e);
	if (r == 0)
		r = parse_op(&t, &p, e);
	if (r == 0)
		r = parse_value(&t, &p, e);
	if (r == 0)
		r = parse_unit(&t, p, e);
	if (r == 0)
		*ret = t;
	return r;
}

static bool is_upper_bound(const struct threshold *t)
{
	return t->op == OP_ABOVE || t->op == OP_AT_LEAST;
}

static bool crosses(const struct threshold *t, double seen)
{
	switch ((enum op)t->op) {
	case OP_AT_LEAST:
		return seen >= t->value;
	case OP_AT_MOST:
		return seen <= t->value;
	case OP_ABOVE:
		return seen > t->value;
	case OP_BELOW:
		return seen < t->value;
	}
	return true;
}

static double read_report(const struct threshold *t, const json_t *report)
{
	const struct metric *metric = &metrics[t->metric];

	return metric->read(report, metric->name, t->percent);
}

/* NAN, as what was not seen, is the worst. */
static double worse_of(const struct threshold *t, double a, double b)
{
	if (isnan(a) || isnan(b))
		return NAN;
	return is_upper_bound(t) ? MAX(a, b) : MIN(a, b);
}

bool threshold_crossed(const struct threshold *t, const json_t *report, double *ret_value)
{
	const json_t *layouts = json_object_get(report, "layouts");
	double seen = read_report(t, json_is_array(layouts) ? json_array_get(layouts, 0) : report);

	for (size_t i = 1; i < json_array_size(layouts); i++)
		seen = worse_of(t, seen, read_report(t, json_array_get(layouts, i)));
	*ret_value = seen;
	return isnan(seen) || crosses(t, seen);
}

/* The largest unit of which there is one at least, else the smallest. */
static const struct unit *unit_for(const struct threshold *t, double value)
{
	const struct units *units = metrics[t->metric].units;
	const struct unit *unit = &units->list[0];

	if (unit->name == NULL || (units == &shares && !t->percent))
		return NULL;
	for (size_t i = 1; i < UNITS_MAX && units->list[i].name != NULL; i++)
		if (value >= units->list[i].factor)
			unit = &units->list[i];
	return unit;
}

void threshold_show(const struct threshold *t, double value, char *ret, size_t size)
{
	const struct unit *unit = unit_for(t, value);

	if (isnan(value)) {
		snprintf(ret, size, "not known");
		return;
	}
	if (unit != NULL)
		value /= unit->factor;
	snprintf(ret, size, value >= 1000 ? "%.0f%s%s" : "%.4g%s%s", value, unit != NULL ? " " : "",
		 unit != NULL ? unit->name : "");
}
