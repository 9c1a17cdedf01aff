/* report_compare.c - layouts against the first of them, round by round. See report.h.
 *
 * What is shown of a layout is its merged report; what is compared are pairs of
 * single rounds, since they were measured one right behind the other.
 */
#include "load/report.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "load/compare.h"
#include "load/report_json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SENTENCE_BYTES (16 * REPORT_TEXT_MAX) /* of names and methods; cut at the end */
#define TIMES_FROM 2.0 /* a ratio is told in times, not in percent, from here */
#define WIDE 0.05      /* of an interval: it would hide what matters to many */

struct pair { /* of layouts, by their merged reports */
	const json_t *a, *b;
	bool open;
	json_t *const *a_runs, *const *b_runs;
	size_t rounds;
};

/* NAN: not known. */
static double metric_of(const json_t *report, enum report_metric metric)
{
	const json_t *total = json_object_get(report, "total"), *value;

	if (metric == REPORT_CPU)
		value = json_object_get(report, "server_cpu_us_per_request");
	else if (metric == REPORT_RATE)
		value = json_object_get(total, "rate");
	else
		value = json_object_get(json_object_get(total, "latency_ns"),
					report_metric_names[metric]);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Without a reply all is 0, whatever is known of what was due. */
static double round_of(const json_t *run, enum report_metric metric)
{
	if (report_get_count(json_object_get(run, "total"), "requests") == 0)
		return 0;
	return metric_of(run, metric);
}

static int compare_metric(const struct pair *pair, enum report_metric metric,
			  struct compare_result *ret)
{
	AUTO_FREE double *values = calloc(2 * pair->rounds, sizeof(*values));

	if (values == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < pair->rounds; i++) {
		values[i] = round_of(pair->a_runs[i], metric);
		values[pair->rounds + i] = round_of(pair->b_runs[i], metric);
	}
	compare_pairs(values, values + pair->rounds, pair->rounds, ret);
	return 0;
}

/* null: there was no pair, or no interval of it. */
static json_t *ratio_json(double ratio)
{
	return ratio > 0 ? report_number(ratio) : json_null();
}

static json_t *metric_json(const struct pair *pair, enum report_metric metric,
			   const struct compare_result *r)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "name",
			 report_metric_names[metric], "a",
			 report_number(metric_of(pair->a, metric)), "b",
			 report_number(metric_of(pair->b, metric)), "ratio", ratio_json(r->ratio),
			 "low", ratio_json(r->low), "high", ratio_json(r->high), "rounds",
			 report_count(r->rounds), "verdict", report_verdict_names[r->verdict]);
}

/* "9.8 % fewer", and the interval in the same direction: "8.1 to 11.4 %". */
static void add_percent(struct buf *text, const struct compare_result *r, const char *word,
			const char *behind)
{
	bool more = r->ratio >= 1;
	double from = more ? r->low - 1 : 1 - r->high, to = more ? r->high - 1 : 1 - r->low;

	buf_addf(text, "%.1f %% %s%s (%.1f to %.1f %%, 99 %%)", fabs(r->ratio - 1) * 100, word,
		 behind, from * 100, to * 100);
}

static void add_rate(struct buf *text, const char *a, const char *b, const struct compare_result *r)
{
	AUTO_BUF struct buf behind = BUF_INIT(SENTENCE_BYTES);

	if (r->ratio >= TIMES_FROM) {
		buf_addf(text,
			 "%s serves %.2f times as many requests per second as %s (%.2f to %.2f, "
			 "99 %%)",
			 b, r->ratio, a, r->low, r->high);
		return;
	}
	buf_addf(&behind, " requests per second than %s", a);
	buf_addf(text, "%s serves ", b);
	add_percent(text, r, r->verdict == COMPARE_HIGHER ? "more" : "fewer", buf_text(&behind));
}

static void add_p99(struct buf *text, const char *a, const char *b, const struct compare_result *r)
{
	AUTO_BUF struct buf behind = BUF_INIT(SENTENCE_BYTES);

	if (r->ratio >= TIMES_FROM) {
		buf_addf(text, "%s's p99 is %.2f times %s's (%.2f to %.2f, 99 %%)", b, r->ratio, a,
			 r->low, r->high);
		return;
	}
	buf_addf(&behind, " than %s's", a);
	buf_addf(text, "%s's p99 is ", b);
	add_percent(text, r, r->verdict == COMPARE_HIGHER ? "higher" : "lower", buf_text(&behind));
}

static void add_ratio(struct buf *text, const struct pair *pair, const char *a, const char *b,
		      const struct compare_result *r)
{
	if (pair->open)
		buf_addf(text, "%s's p99 is %.3f of %s's", b, r->ratio, a);
	else
		buf_addf(text, "requests per second of %s are %.3f of %s's", b, r->ratio, a);
	if (r->low > 0)
		buf_addf(text, " (%.3f to %.3f, 99 %%)", r->low, r->high);
}

static void add_same(struct buf *text, const struct pair *pair, const char *a, const char *b,
		     const struct compare_result *r)
{
	buf_adds(text, "no difference: ");
	add_ratio(text, pair, a, b, r);
	if (r->low < 1 - WIDE || r->high > 1 + WIDE)
		buf_adds(text, "; one that is smaller than this spread is not seen: take more "
			       "rounds, or longer ones");
}

static void add_noisy(struct buf *text, const struct pair *pair, const char *a, const char *b,
		      const struct compare_result *r)
{
	buf_adds(text, "too noisy to tell: ");
	add_ratio(text, pair, a, b, r);
	buf_adds(text, "; the rounds differ too much: take more rounds, or longer ones, on a "
		       "quieter machine");
}

static void add_failed(struct buf *text, const struct pair *pair, const char *a, const char *b,
		       const struct compare_result *r)
{
	buf_addf(text, "failed rounds: without any reply were %zu of %zu of %s and %zu of %s",
		 r->failed_a, pair->rounds, a, r->failed_b, b);
	if (r->rounds == 0)
		return;
	buf_addf(text, "; of the other %zu: ", r->rounds);
	add_ratio(text, pair, a, b, r);
}

static void add_few(struct buf *text, const struct pair *pair, const char *a, const char *b,
		    const struct compare_result *r)
{
	buf_addf(text, "too few rounds to tell: %zu, want %d or more", r->rounds,
		 COMPARE_ROUNDS_MIN);
	if (r->rounds == 0)
		return;
	buf_adds(text, "; ");
	add_ratio(text, pair, a, b, r);
}

static uint64_t errors_of(const json_t *report)
{
	return report_get_count(json_object_get(json_object_get(report, "total"), "errors"),
				"total");
}

/* Who fails fast serves many. */
static void add_errors(struct buf *text, const struct pair *pair, const char *a, const char *b)
{
	uint64_t of_a = errors_of(pair->a), of_b = errors_of(pair->b);

	if (of_a + of_b > 0)
		buf_addf(text, "; errors: %s %" PRIu64 ", %s %" PRIu64, a, of_a, b, of_b);
}

/* What is not driven alike cannot be laid to the layouts. */
static void begin_unlike(struct buf *text, bool *begun)
{
	buf_adds(text, *begun ? ", " : "; not driven alike: ");
	*begun = true;
}

static void add_unlike_numbers(struct buf *text, const json_t *a, const json_t *b, bool *begun)
{
	static const struct {
		const char *key, *unit;
	} numbers[] = {
		{ "rate", "requests per second" }, { "connections", "connections" },
		{ "threads", "threads" },          { "duration_s", "s" },
		{ "warm_up_s", "s of warm-up" },   { "timeout_s", "s until a timeout" },
		{ "path_count", "paths" },         { "body_bytes", "bytes of body" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		double of_a = report_get_number(a, numbers[i].key);
		double of_b = report_get_number(b, numbers[i].key);

		if (of_a == of_b)
			continue;
		begin_unlike(text, begun);
		buf_addf(text, "%.9g against %.9g %s", of_a, of_b, numbers[i].unit);
	}
}

static void add_unlike(struct buf *text, const json_t *of_a, const json_t *of_b)
{
	const json_t *a = json_object_get(of_a, "settings"), *b = json_object_get(of_b, "settings");
	bool begun = false, close = json_is_true(json_object_get(a, "close"));

	add_unlike_numbers(text, a, b, &begun);
	if (close != json_is_true(json_object_get(b, "close"))) {
		begin_unlike(text, &begun);
		buf_adds(text, close ? "a connection for each request against open ones"
				     : "open connections against one for each request");
	}
	if (strcmp(report_get_text(a, "method"), report_get_text(b, "method")) != 0) {
		begin_unlike(text, &begun);
		buf_addf(text, "%s against %s", report_get_text(a, "method"),
			 report_get_text(b, "method"));
	}
	if (!json_equal(json_object_get(a, "paths"), json_object_get(b, "paths"))) {
		begin_unlike(text, &begun);
		buf_adds(text, "other paths");
	}
}

static json_t *sentence(const struct pair *pair, const struct compare_result *r)
{
	const char *a = report_get_text(pair->a, "name"), *b = report_get_text(pair->b, "name");
	AUTO_BUF struct buf text = BUF_INIT(SENTENCE_BYTES);

	switch (r->verdict) {
	case COMPARE_TOO_FEW:
		add_few(&text, pair, a, b, r);
		break;
	case COMPARE_FAILED:
		add_failed(&text, pair, a, b, r);
		break;
	case COMPARE_NOISY:
		add_noisy(&text, pair, a, b, r);
		break;
	case COMPARE_SAME:
		add_same(&text, pair, a, b, r);
		break;
	case COMPARE_HIGHER:
	case COMPARE_LOWER:
		(pair->open ? add_p99 : add_rate)(&text, a, b, r);
		break;
	}
	add_errors(&text, pair, a, b);
	add_unlike(&text, pair->a, pair->b);
	return text.failed ? NULL : report_text(buf_text(&text));
}

static json_t *pair_json(const struct pair *pair, size_t a, size_t b)
{
	enum report_metric primary = pair->open ? REPORT_P99 : REPORT_RATE;
	struct compare_result results[REPORT_METRIC_COUNT];
	json_t *metrics = json_array();

	for (int i = 0; i < REPORT_METRIC_COUNT; i++) {
		if (compare_metric(pair, (enum report_metric)i, &results[i]) < 0) {
			json_decref(metrics);
			return NULL;
		}
		metrics = report_append(metrics,
					metric_json(pair, (enum report_metric)i, &results[i]));
	}
	return json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "a", report_count(a), "b",
			 report_count(b), "metrics", metrics, "primary",
			 report_metric_names[primary], "verdict",
			 report_verdict_names[results[primary].verdict], "text",
			 sentence(pair, &results[primary]));
}

static bool is_taken(const json_t *layouts, size_t before, const char *name)
{
	for (size_t i = 0; i < before; i++) {
		if (strcmp(report_get_text(json_array_get(layouts, i), "name"), name) == 0)
			return true;
	}
	return false;
}

/* "demo", "demo (2)" */
static bool name_apart(json_t *layouts, size_t index)
{
	json_t *layout = json_array_get(layouts, index);
	AUTO_BUF struct buf name = BUF_INIT(REPORT_TEXT_MAX + 16);

	buf_adds(&name, report_get_text(layout, "name"));
	for (unsigned i = 2; !name.failed && is_taken(layouts, index, buf_text(&name)); i++) {
		buf_clear(&name);
		buf_addf(&name, "%s (%u)", report_get_text(layout, "name"), i);
	}
	return !name.failed &&
	       json_object_set_new(layout, "name", report_text(buf_text(&name))) == 0;
}

static bool is_open(const json_t *report)
{
	return !json_is_null(json_object_get(json_object_get(report, "settings"), "rate"));
}

static int merge_layouts(json_t *const *runs, size_t layouts, size_t rounds, json_t *ret,
			 struct error *e)
{
	for (size_t i = 0; i < layouts; i++) {
		json_t *merged = NULL;
		int result = report_merge(runs + i * rounds, rounds, &merged, e);

		if (result < 0)
			return error_prefix(e, "%s", report_get_text(runs[i * rounds], "name"));
		if (json_array_append_new(ret, merged) < 0 || !name_apart(ret, i))
			return error_set(e, ENOMEM, "out of memory");
		if (is_open(merged) != is_open(runs[0]))
			return error_set(e, EINVAL,
					 "%s was driven in %s loop and %s in %s: want both in the "
					 "same",
					 report_get_text(runs[0], "name"),
					 is_open(runs[0]) ? "an open" : "a closed",
					 report_get_text(merged, "name"),
					 is_open(merged) ? "an open one" : "a closed one");
	}
	return 0;
}

static json_t *comparisons_json(json_t *const *runs, const json_t *layouts, size_t rounds)
{
	json_t *list = json_array();

	for (size_t b = 1; b < json_array_size(layouts); b++) {
		struct pair pair = {
			.a = json_array_get(layouts, 0),
			.b = json_array_get(layouts, b),
			.open = is_open(json_array_get(layouts, 0)),
			.a_runs = runs,
			.b_runs = runs + b * rounds,
			.rounds = rounds,
		};

		list = report_append(list, pair_json(&pair, 0, b));
	}
	return list;
}

int report_compare(json_t *const *runs, size_t layout_count, size_t round_count, json_t **ret,
		   struct error *e)
{
	json_auto_t *layouts = json_array();
	json_t *compare;
	int result;

	if (layout_count < 2 || layout_count > REPORT_LAYOUTS_MAX || round_count < 1 ||
	    round_count > COMPARE_ROUNDS_MAX)
		return error_set(e, EINVAL, "want 2 to %d layouts, and 1 to %d rounds",
				 REPORT_LAYOUTS_MAX, COMPARE_ROUNDS_MAX);
	result = merge_layouts(runs, layout_count, round_count, layouts, e);
	if (result < 0)
		return result;
	compare = json_pack("{s:i, s:O, s:o, s:o}", "eisen_load_compare", REPORT_VERSION, "layouts",
			    layouts, "rounds", report_count(round_count), "comparisons",
			    comparisons_json(runs, layouts, round_count));
	if (compare == NULL)
		return error_set(e, ENOMEM, "out of memory");
	*ret = compare;
	return 0;
}
