/* fuzz_load_report.c - any bytes as a report of a load: refused with words, or fit to be
 * shown, held against thresholds, merged and compared.
 *
 * Bytes that begin with '{' are the document. Others are changes to one that
 * was made, three bytes or more each: where, and what stands there now; so
 * that much of what is tried passes.
 */
#include "common/buf.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/html.h"
#include "load/job.h"
#include "load/report.h"
#include "load/stats.h"
#include "load/threshold.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define PORTS 2
#define CHANGES_MAX 16

static void must(bool fine)
{
	if (!fine)
		abort();
}

static json_t *make(double rate)
{
	static const char *const groups[PORTS] = { "blue", "green" }, *const paths[] = { "/" };
	static const int numbers[] = { 0, 1 };
	static const double shares[] = { 0.5, 0.25 };
	struct load_target targets[PORTS] = { { .group = 0 }, { .group = 1 } };
	struct report_port ports[PORTS] = { { "http://[::1]:1/", "blue", numbers, 2, true, 9 },
					    { "http://[::1]:2/", "green", numbers, 1, true, 9 } };
	struct report_worker workers[PORTS] = { { 0, "blue", 0, 9, 9000, 4096, 0, shares },
						{ 1, "blue", 1, 9, 9000, 4096, 1, shares } };
	struct load_job job = { .targets = targets, .target_count = PORTS, .group_count = PORTS };
	struct load_stats stats;
	struct report_input in = { .name = "demo", .started = "2026-01-02T03:04:05Z" };
	json_t *report;

	job.rate = rate;
	job.threads = job.connections = 2;
	job.duration_ns = CLOCK_NS_PER_S;
	job.interval_ns = CLOCK_NS_PER_S / 2;
	must(load_stats_init(&stats, &job, NULL) == 0);
	stats.measured_ns = job.duration_ns;
	for (size_t i = 0; i < PORTS; i++) {
		struct load_counts *counts = &stats.targets[i].counts;

		counts->answered = counts->requests = counts->classes[2] = 9;
		histogram_add_many(&stats.targets[i].latency, 1000000, 4);
		histogram_add_many(&stats.targets[i].latency, 3000000, 5);
	}
	in.version = "1";
	in.job = &job;
	in.stats = &stats;
	in.method = "GET";
	in.paths = paths;
	in.path_count = 1;
	in.group_names = groups;
	in.ports = ports;
	in.workers = workers;
	in.worker_count = in.sample_count = 2;
	in.sample_s = 0.5;
	report = report_make(&in);
	must(report != NULL && report_check(report, NULL) == 0);
	load_stats_release(&stats);
	return report;
}

struct input {
	const uint8_t *at, *end;
};

static unsigned take(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static json_t *take_value(struct input *in)
{
	static const char service[] =
		"{\"latency_ns\":{\"min\":0,\"mean\":0,\"p50\":0,\"p90\":0,\"p99\":0,\"p99.9\":0,"
		"\"p99.99\":0,\"max\":0},\"histogram\":{\"min\":0,\"max\":0,\"sum\":0,\"buckets\":["
		"]}}";
	static const char *const values[] = {
		"0",
		"1",
		"2",
		"65535",
		"1000000",
		"9007199254740992",
		"9007199254740993",
		"9223372036854775807",
		"-1",
		"0.0",
		"0.5",
		"1e-300",
		"1e15",
		"1e18",
		"1e300",
		"null",
		"true",
		"\"\"",
		"\"open\"",
		"\"closed\"",
		"\"blue\"",
		"\"\\u001b[2J</script><svg onload=x>&\\\"'\"",
		"[]",
		"[0,1,2,3]",
		"[0,4,1,5,900,1125899906842000]",
		"{}",
		service,
		"{\"min\":1,\"max\":9223372036854775807,\"sum\":1e20,\"buckets\":[1,9,33790,9]}",
	};

	return json_loads(values[take(in) % ARRAY_SIZE(values)], JSON_DECODE_ANY, NULL);
}

static json_t *nth(const json_t *container, unsigned n, const char **ret_key)
{
	void *iter = json_object_iter((json_t *)container);

	if (json_is_array(container))
		return json_array_get(container, n % json_array_size(container));
	for (n %= (unsigned)json_object_size(container); n > 0; n--)
		iter = json_object_iter_next((json_t *)container, iter);
	*ret_key = json_object_iter_key(iter);
	return json_object_iter_value(iter);
}

/* Down from the document, a byte a step; the value where it ends is replaced,
 * taken out, or there twice. */
static void change(json_t *at, struct input *in)
{
	const char *key = NULL;
	unsigned step = take(in);
	json_t *next;

	if (json_array_size(at) + json_object_size(at) == 0)
		return;
	next = nth(at, step & 0x7f, &key);
	if (step < 0x80 && json_array_size(next) + json_object_size(next) > 0) {
		change(next, in);
		return;
	}
	switch (take(in) % 8) {
	case 0:
		if (json_is_object(at))
			json_object_del(at, key);
		else
			json_array_remove(at, (step & 0x7f) % json_array_size(at));
		break;
	case 1:
		if (json_is_array(at))
			json_array_append_new(at, json_deep_copy(next));
		break;
	default:
		if (json_is_object(at))
			json_object_set_new(at, key, take_value(in));
		else
			json_array_set_new(at, (step & 0x7f) % json_array_size(at), take_value(in));
	}
}

/* Bit 0: an open loop; bit 1: a comparison. Made once, and copied. */
static json_t *take_made(unsigned kind)
{
	static json_t *made[4];
	json_t *runs[4];

	if (made[0] == NULL) {
		for (unsigned i = 0; i < 2; i++) {
			made[i] = make(i == 1 ? 18 : 0);
			for (size_t j = 0; j < ARRAY_SIZE(runs); j++)
				runs[j] = made[i];
			must(report_compare(runs, 2, 2, &made[2 + i], NULL) == 0);
		}
	}
	return json_deep_copy(made[kind % 4]);
}

static json_t *take_document(const uint8_t *bytes, size_t len)
{
	struct input in = { bytes, bytes + len };
	unsigned kind = take(&in);
	json_t *report;

	if (kind == '{')
		return json_loadb((const char *)bytes, len, 0, NULL);
	report = take_made(kind);
	for (unsigned i = 0; in.at < in.end && i < CHANGES_MAX; i++)
		change(report, &in);
	return report;
}

static void show(const json_t *document)
{
	static const char *const texts[] = { "p99.9>1ms", "errors>1%", "cpu>1us", "rss>1MiB",
					     "imbalance>1" };
	AUTO_BUF struct buf page = BUF_INIT(HTML_BYTES_MAX);
	struct threshold threshold;
	double seen;

	html_write(document, &page);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[256];

		must(threshold_parse(&threshold, texts[i], NULL) == 0);
		threshold_crossed(&threshold, document, &seen);
		threshold_show(&threshold, seen, text, sizeof(text));
	}
}

/* Histograms of more values than a file may have are the only ones that a
 * merged report can have and a report cannot. */
static void check_again(const json_t *made)
{
	struct error e = { 0 };

	must(report_check(made, &e) == 0 || strstr(e.text, "histogram: ") != NULL);
	show(made);
}

static void merge_and_compare(json_t *report)
{
	json_t *runs[] = { report, report, report, report, report, report };
	json_t *merged = NULL, *compared = NULL;

	must(report_merge(runs, 2, &merged, NULL) == 0);
	check_again(merged);
	json_decref(merged);
	must(report_compare(runs, 2, 3, &compared, NULL) == 0);
	check_again(compared);
	json_decref(compared);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	json_auto_t *document = take_document(bytes, len);
	struct error e = { 0 };
	int result;

	if (document == NULL)
		return 0;
	result = report_check(document, &e);
	must(result == 0 || (result == -EINVAL && e.text[0] != '\0'));
	if (result < 0)
		return 0;
	show(document);
	if (json_object_get(document, "eisen_load") != NULL)
		merge_and_compare(document);
	return 0;
}
