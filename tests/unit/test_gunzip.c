/* test_gunzip.c - compressed input, whole and broken, through the lines of a file. */
#include "common/buf.h"
#include "common/cc.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/generator_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>
#include <zlib.h>

static struct dir_fixture dir;
static char path[200];

static void setup(void)
{
	dir_fixture_init(&dir);
	snprintf(path, sizeof(path), "%s/a.gz", dir.path);
}

static void teardown(void)
{
	dir_fixture_release(&dir);
}

/* One more member. */
static void add_member(const char *text)
{
	gzFile f = gzopen(path, "ab");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(gzwrite(f, text, (unsigned)strlen(text)), (int)strlen(text));
	ck_assert_int_eq(gzclose(f), Z_OK);
}

static void add_bytes(const char *bytes, size_t len)
{
	AUTO_FCLOSE FILE *f = fopen(path, "ae");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
}

START_TEST(members_are_one_text_and_zeros_are_padding)
{
	add_member("\xef\xbb\xbf"
		   "one\ntw");
	add_member("");
	add_member("o\n");
	add_bytes("\0\0\0", 3);
	add_member("three");
	add_bytes("\0", 1);
	generator_fixture_expect("{\"lines\": \"a.gz\"}", dir.path,
				 "\"one\"\n\"two\"\n\"three\"\n");
}
END_TEST

START_TEST(a_large_one_is_whole)
{
	AUTO_BUF struct buf text = BUF_INIT(8 << 20), want = BUF_INIT(8 << 20);

	for (unsigned i = 0; i < 300000; i++) {
		buf_addf(&text, "%u\n", i * 2654435761u);
		buf_addf(&want, "\"%u\"\n", i * 2654435761u);
	}
	add_member(buf_text(&text));
	generator_fixture_expect("{\"lines\": \"a.gz\"}", dir.path, buf_text(&want));
}
END_TEST

START_TEST(garbage_behind_it_is_an_error)
{
	add_member("one\n");
	add_bytes("garbage", 7);
	generator_fixture_expect_failure(
		"{\"lines\": \"a.gz\"}", dir.path, "\"one\"\n",
		"a.gz, line 2: the compressed data is damaged: incorrect header check");
}
END_TEST

START_TEST(a_cut_or_a_flipped_bit_is_an_error)
{
	AUTO_FCLOSE FILE *f = NULL;
	char bytes[1000];
	size_t len;

	add_member("one\n");
	f = fopen(path, "r+e");
	ck_assert_ptr_nonnull(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	bytes[len - 5] ^= 1; /* in the sum of its bytes */
	rewind(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fflush(f), 0);
	generator_fixture_expect_failure("{\"lines\": \"a.gz\"}", dir.path, "\"one\"\n",
					 "damaged: incorrect data check");
	ck_assert_int_eq(ftruncate(fileno(f), (off_t)len - 8), 0);
	generator_fixture_expect_failure("{\"lines\": \"a.gz\"}", dir.path, "\"one\"\n",
					 "a.gz, line 2: the compressed data is cut short");
	ck_assert_int_eq(ftruncate(fileno(f), 2), 0);
	generator_fixture_expect_failure("{\"lines\": \"a.gz\"}", dir.path, "",
					 "a.gz, line 1: the compressed data is cut short");
}
END_TEST

Suite *gunzip_suite(void)
{
	Suite *s = suite_create("gunzip");
	TCase *t = tcase_create("gunzip");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, members_are_one_text_and_zeros_are_padding);
	tcase_add_test(t, a_large_one_is_whole);
	tcase_add_test(t, garbage_behind_it_is_an_error);
	tcase_add_test(t, a_cut_or_a_flipped_bit_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
