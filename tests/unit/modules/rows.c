/* rows.c - generators, good and bad; for test_gen_module.c. */
#include <eisen.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("rows of all kinds");

eisen_generator_fn rows, squares, none, twice, bad_json, two_lines, no_text, no_value, long_row,
	long_string, largest, says_why, says_nothing, row_at_end, nonsense, too_few, too_many,
	state;

struct count {
	int64_t n;
};

static int64_t next(eisen_generator *g)
{
	return ++((struct count *)eisen_generator_state(g, sizeof(struct count)))->n;
}

/* One of each call. */
enum eisen_row_result rows(eisen_generator *g)
{
	switch (next(g)) {
	case 1:
		eisen_row_add_int(g, INT64_MIN);
		return EISEN_ROW;
	case 2:
		eisen_row_add_string(g, "say \"\xc3\xa4\"\n", 9);
		return EISEN_ROW;
	case 3:
		eisen_row_add_text(g, "[1, 2]", 6);
		return EISEN_ROW;
	case 4:
		eisen_row_add(g, json_pack("{s:O}", "path",
					   json_object_get(eisen_generator_settings(g), "path")));
		return EISEN_ROW;
	default:
		return EISEN_END;
	}
}

enum eisen_row_result squares(eisen_generator *g)
{
	json_int_t last = json_integer_value(json_object_get(eisen_generator_settings(g), "last"));
	int64_t n = next(g);

	eisen_generator_expect(g, (uint64_t)last);
	if (n > last)
		return EISEN_END;
	eisen_row_add_int(g, n * n);
	return EISEN_ROW;
}

/* The second of three calls goes wrong. */
static bool begins(eisen_generator *g)
{
	if (next(g) == 2)
		return false;
	eisen_row_add_int(g, 1);
	return true;
}

#define GOES_WRONG(name, how) \
	enum eisen_row_result name(eisen_generator *g) \
	{ \
		if (begins(g)) \
			return EISEN_ROW; \
		how; \
		return EISEN_ROW; \
	}

static void add_long(eisen_generator *g, size_t len, bool as_string)
{
	char *text = malloc(len);

	memset(text, '1', len);
	if (as_string)
		eisen_row_add_string(g, text, len);
	else
		eisen_row_add_text(g, text, len);
	free(text);
}

GOES_WRONG(none, (void)0)
GOES_WRONG(twice, (eisen_row_add_int(g, 2), eisen_row_add_int(g, 3)))
GOES_WRONG(bad_json, eisen_row_add_text(g, "{\"a\":}", 6))
GOES_WRONG(two_lines, eisen_row_add_text(g, "[1,\n2]", 6))
GOES_WRONG(no_text, eisen_row_add_string(g, "ab\xff", 3))
GOES_WRONG(no_value, eisen_row_add(g, NULL))
GOES_WRONG(long_row, add_long(g, (1 << 20) + 1, false))
GOES_WRONG(long_string, add_long(g, (1 << 20) - 1, true))
GOES_WRONG(says_why, {
	eisen_generator_error(g, "no %s today", "rows");
	return EISEN_ERROR;
})
GOES_WRONG(says_nothing, return EISEN_ERROR)
GOES_WRONG(row_at_end, {
	eisen_row_add_int(g, 2);
	return EISEN_END;
})
GOES_WRONG(nonsense, return (enum eisen_row_result)99)
GOES_WRONG(too_few, {
	eisen_generator_expect(g, 5);
	return EISEN_END;
})
GOES_WRONG(too_many, {
	eisen_generator_expect(g, 1);
	eisen_row_add_int(g, 2);
})
GOES_WRONG(state, eisen_generator_state(g, 1000))

/* One row, as long as a row may be. */
enum eisen_row_result largest(eisen_generator *g)
{
	if (next(g) > 1)
		return EISEN_END;
	add_long(g, 1 << 20, false);
	return EISEN_ROW;
}
