/* fuzz_threshold.c - any text as a threshold: what is taken has a number that is one, and
 * says the same when it is read again; a report without the metric crosses it.
 */
#include "common/cc.h"
#include "load/threshold.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = strndup((const char *)bytes, len);
	json_auto_t *empty = json_object();
	struct threshold t, again;
	double value;

	if (text == NULL || empty == NULL || threshold_parse(&t, text, NULL) < 0)
		return 0;
	must(strcmp(t.text, text) == 0);
	must(isfinite(t.value) && t.value >= 0);
	must(threshold_crossed(&t, empty, &value) && isnan(value));
	must(threshold_parse(&again, t.text, NULL) == 0);
	must(again.metric == t.metric && again.op == t.op && again.percent == t.percent);
	must(again.value == t.value);
	return 0;
}
