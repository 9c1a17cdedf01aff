/* printed.c - see printed.h. */
#include "tests/e2e/printed.h"

#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"

#include <string.h>

json_t *printed_results(const char *out)
{
	const char *line = strstr(out, "{\"mp_input_q");
	json_t *doc;

	ck_assert_msg(line != NULL, "no results in:\n%s", out);
	doc = keep_json(json_loads(line, JSON_DISABLE_EOF_CHECK, NULL));
	return json_object_get(doc, "mp_input_q (default)");
}

void printed_expect_sums(const char *out, int tickets, int rows_max, int without)
{
	json_t *results = printed_results(out), *result;
	int ticket = 0;
	size_t i;

	json_array_foreach(results, i, result)
	{
		const char *name;

		ticket += ticket == without;
		name = keep_printf("_TID_%d", ticket);
		ck_assert_str_eq(json_string_value(json_array_get(result, 0)), name);
		ck_assert_int_eq(json_integer_value(json_array_get(result, 1)),
				 ticket * rows_max * rows_max + rows_max * (rows_max - 1) / 2);
		ticket++;
	}
	ck_assert_int_eq(ticket + (ticket == without), tickets);
}

void printed_expect_said(const struct instance *in, const char *text)
{
	ck_assert_msg(strstr(instance_err(in), text) != NULL, "\"%s\" is not in:\n%s", text,
		      instance_err(in));
}

void printed_expect_not_said(const struct instance *in, const char *text)
{
	ck_assert_msg(strstr(instance_err(in), text) == NULL, "\"%s\" is in:\n%s", text,
		      instance_err(in));
}
