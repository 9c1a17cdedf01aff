/* test_encoding.c - servers/encoding.h */
#include "servers/encoding.h"

#include "common/cc.h"
#include "tests/unit/suites.h"

#include <string.h>

static const struct {
	const char *header;
	const char *want; /* the choices' first letters */
} choices[] = {
	/* RFC 9110, 12.5.3: none and an empty one */
	{ NULL, "i" },
	{ "", "i" },
	{ " ", "i" },
	{ ",", "i" },
	/* what browsers and others send */
	{ "gzip, deflate, br, zstd", "bgi" },
	{ "gzip, deflate, br", "bgi" },
	{ "gzip, deflate", "gi" },
	{ "gzip", "gi" },
	{ "deflate, gzip, br, zstd", "bgi" },
	{ "br;q=1.0, gzip;q=0.8, *;q=0.1", "bgi" },
	{ "gzip;q=1.0, deflate;q=0.6, identity;q=0.3", "gi" },
	{ "deflate, zstd", "i" },
	{ "identity", "i" },
	/* 12.4.2: by weight, then in our order */
	{ "br;q=0.5, gzip", "gbi" },
	{ "gzip;q=0.5, br;q=0.5", "bgi" },
	{ "identity, gzip, br", "bgi" },
	{ "identity;q=1, gzip;q=0.5", "ig" },
	{ "identity;q=0.5, br;q=0.4, gzip;q=0.6", "gib" },
	{ "gzip;q=0.001", "gi" },
	{ "gzip;q=0.501, br;q=0.5", "gbi" },
	/* refused */
	{ "gzip;q=0", "i" },
	{ "gzip;q=0.000, br", "bi" },
	{ "br;q=0, gzip;q=0", "i" },
	{ "br;q=0.0, gzip;q=0.1", "gi" },
	/* "*" is what is not named */
	{ "*", "bgi" },
	{ "*;q=0.5, gzip", "gbi" },
	{ "br;q=0, *", "gi" },
	{ "*;q=0, gzip", "gi" },
	{ "*;q=0.2, identity;q=0.1", "bgi" },
	/* identity stays, last, even refused: an answer is better than none */
	{ "identity;q=0", "i" },
	{ "*;q=0", "i" },
	{ "identity;q=0, gzip;q=0.1", "gi" },
	{ "identity;q=0, *;q=0", "i" },
	/* 8.4.1.3: x-gzip; names in any case */
	{ "x-gzip", "gi" },
	{ "X-GZip;q=0.5, BR;q=0.4", "gbi" },
	{ "x-br", "i" },
	{ "x-*", "i" },
	{ "x-x-gzip", "i" },
	{ "GZIP", "gi" },
	/* of equal names the first counts */
	{ "gzip;q=0, gzip", "i" },
	{ "gzip, x-gzip;q=0", "gi" },
	/* blanks, parameters, empty elements */
	{ " gzip ; q=0.5 ,\tbr ; Q = 0.4 ", "gbi" },
	{ ",,gzip,,br,", "bgi" },
	{ "gzip;level=9;q=0", "i" },
	{ "gzip;x=\",br\"", "gi" },
	{ "gzip;x=\"br", "gi" },
	/* no names of ours, though they look like them */
	{ "gzi", "i" },
	{ "gzipp", "i" },
	{ "brotli", "i" },
	{ "b r", "i" },
	{ "gzip br", "i" },
	{ "gzip=1", "i" },
	{ "**", "i" },
	{ "*/*", "i" },
	{ "\"gzip\"", "i" },
	/* no weight: the full one */
	{ "gzip;q=x, br;q=0.9", "gbi" },
	{ "gzip;q=", "gi" },
	{ "gzip;q=2, br;q=0.9", "gbi" },
	{ "gzip;q=-1", "gi" },
};

START_TEST(orders_what_the_client_takes)
{
	enum encoding got[ENCODING_COUNT];
	size_t count = encoding_choices(choices[_i].header, got);
	char text[ENCODING_COUNT + 1] = "";

	ck_assert_uint_le(count, ENCODING_COUNT);
	for (size_t i = 0; i < count; i++)
		text[i] = "bgi"[got[i]];
	ck_assert_str_eq(text, choices[_i].want);
}
END_TEST

START_TEST(reads_the_usual_headers_as_any_other)
{
	static const char *const headers[] = { "gzip, deflate, br, zstd", "gzip, deflate, br",
					       "gzip, deflate", "gzip" };
	enum encoding usual[ENCODING_COUNT], read[ENCODING_COUNT];
	char other[64];
	size_t count;

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		snprintf(other, sizeof(other), "%s ", headers[i]);
		count = encoding_choices(headers[i], usual);
		ck_assert_uint_eq(encoding_choices(other, read), count);
		ck_assert_mem_eq(usual, read, count * sizeof(usual[0]));
	}
}
END_TEST

START_TEST(names_codings_and_their_files)
{
	ck_assert_str_eq(encoding_name(ENCODING_BR), "br");
	ck_assert_str_eq(encoding_name(ENCODING_GZIP), "gzip");
	ck_assert_ptr_null(encoding_name(ENCODING_IDENTITY));
	ck_assert_str_eq(encoding_suffix(ENCODING_BR), ".br");
	ck_assert_str_eq(encoding_suffix(ENCODING_GZIP), ".gz");
	ck_assert_str_eq(encoding_suffix(ENCODING_IDENTITY), "");
}
END_TEST

Suite *encoding_suite(void)
{
	Suite *s = suite_create("encoding");
	TCase *tc = tcase_create("encoding");

	tcase_add_loop_test(tc, orders_what_the_client_takes, 0, ARRAY_SIZE(choices));
	tcase_add_test(tc, reads_the_usual_headers_as_any_other);
	tcase_add_test(tc, names_codings_and_their_files);
	suite_add_tcase(s, tc);
	return s;
}
