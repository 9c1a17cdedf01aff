/* report_merge.c - rounds of one layout as one report. See report.h. */
#include "load/report.h"

#include "common/cc.h"
#include "common/error.h"
#include "load/report_json.h"
#include "load/report_read.h"

#include <string.h>

/* The same keys of the same things, one by one. */
static bool are_alike(const json_t *a, const json_t *b, const char *list, const char *const *keys)
{
	const json_t *of_a = json_object_get(a, list), *of_b = json_object_get(b, list);

	if (json_array_size(of_a) != json_array_size(of_b))
		return false;
	for (size_t i = 0; i < json_array_size(of_a); i++) {
		for (const char *const *key = keys; *key != NULL; key++) {
			if (!json_equal(json_object_get(json_array_get(of_a, i), *key),
					json_object_get(json_array_get(of_b, i), *key)))
				return false;
		}
	}
	return true;
}

static bool same_number(const json_t *a, const json_t *b, const char *object, const char *key)
{
	return report_get_number(json_object_get(a, object), key) ==
	       report_get_number(json_object_get(b, object), key);
}

static int check_alike(const json_t *a, const json_t *b, size_t round, struct error *e)
{
	static const char *const of_group[] = { "name", NULL };
	static const char *const of_port[] = { "url", "group", "workers", NULL };
	static const char *const of_worker[] = { "START_SEQUENCE_NUM", NULL };

	if (!are_alike(a, b, "groups", of_group) || !are_alike(a, b, "ports", of_port) ||
	    !are_alike(a, b, "workers", of_worker))
		return error_set(e, EINVAL,
				 "round %zu is of another layout than the first: want the "
				 "same ports and workers in all",
				 round);
	if (!same_number(a, b, "settings", "rate"))
		return error_set(e, EINVAL,
				 "round %zu was driven at another rate than the first, or "
				 "without one: want the same in all",
				 round);
	if (!same_number(a, b, "over_time", "interval_s"))
		return error_set(e, EINVAL,
				 "round %zu has another interval_s than the first: want "
				 "rounds of the same duration",
				 round);
	return 0;
}

static int add_all(struct report_read *r, json_t *const *runs, size_t count, json_t **ret,
		   struct error *e)
{
	json_t *merged;

	for (size_t i = 0; i < count; i++) {
		int result = report_read_add(r, runs[i], e);

		if (result < 0)
			return result;
	}
	merged = report_make(&r->input);
	if (merged == NULL)
		return error_set(e, ENOMEM, "out of memory");
	*ret = merged;
	return 0;
}

int report_merge(json_t *const *runs, size_t count, json_t **ret, struct error *e)
{
	struct report_read all;
	int result;

	if (count == 0)
		return error_set(e, EINVAL, "there is no round to merge");
	for (size_t i = 1; i < count; i++) {
		result = check_alike(runs[0], runs[i], i + 1, e);
		if (result < 0)
			return result;
	}
	result = report_read_init(&all, runs, count, e);
	if (result < 0)
		return result;
	result = add_all(&all, runs, count, ret, e);
	report_read_release(&all);
	return result;
}
