/* test_results_print.c - the results as the seed prints them. */
#include "work/results_print.h"

#include "common/buf.h"
#include "common/error.h"
#include "tests/unit/results_fixture.h"
#include "tests/unit/suites.h"

#include <jansson.h>
#include <string.h>

#define QUEUE RESULTS_FIXTURE_QUEUE
#define OTHER 8
#define TEXT_BYTES_MAX (4u << 20)

static struct results_fixture f;
static struct results *r;

static void setup(void)
{
	results_fixture_init(&f);
}

static void teardown(void)
{
	results_close(r);
	results_fixture_release(&f);
}

static void open_two(uint64_t bytes_max)
{
	const struct results_queue other = { .name = "batch \"1\"|audio_lg", .rows_max = 1 };

	r = results_fixture_open(&f, RESULTS_NEW, bytes_max);
	ck_assert_int_eq(results_declare(r, OTHER, &other, NULL), 0);
}

static int add(void *arg, const char *bytes, size_t len)
{
	buf_add(arg, bytes, len);
	return 0;
}

typedef int print_fn(struct results_reader *reader, results_write_fn *write, void *arg,
		     struct error *e);

static void expect(print_fn *print, const char *want)
{
	struct results_reader *reader = results_fixture_reader(&f);
	AUTO_BUF struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	struct error e = { 0 };

	ck_assert_msg(print(reader, add, &text, &e) == 0, "%s", e.text);
	ck_assert_str_eq(buf_text(&text), want);
	results_reader_close(reader);
}

static void put(unsigned queue, uint64_t ticket, const char *json)
{
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put(r, queue, ticket, 1, json, strlen(json), NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
}

START_TEST(the_dictionary_has_every_queue_in_numeric_order)
{
	open_two(0);
	put(QUEUE, 10, "{\"a\": [1]}");
	put(QUEUE, 9, "4572292.910843126");
	put(QUEUE, 0, "\"text\"");
	expect(results_print_dict,
	       "{\"mp_input_q (default)\": [[\"_TID_0\", \"text\"], [\"_TID_9\", "
	       "4572292.910843126], [\"_TID_10\", {\"a\": [1]}]], "
	       "\"batch \\\"1\\\"|audio_lg\": []}\n");
	put(OTHER, 3, "1");
	put(OTHER, 4, "2");
	expect(results_print_dict,
	       "{\"mp_input_q (default)\": [[\"_TID_0\", \"text\"], [\"_TID_9\", "
	       "4572292.910843126], [\"_TID_10\", {\"a\": [1]}]], "
	       "\"batch \\\"1\\\"|audio_lg\": [[\"_TID_3\", 1], [\"_TID_4\", 2]]}\n");
}
END_TEST

START_TEST(without_queues_the_dictionary_is_empty)
{
	const struct results_options options = { .mode = RESULTS_NEW };

	ck_assert_int_eq(results_open(&r, f.path, &options, NULL), 0);
	expect(results_print_dict, "{}\n");
	expect(results_print, "--- Result for []---\n--- END ---\n");
}
END_TEST

START_TEST(without_a_label_the_list_has_the_instances_name)
{
	const struct results_options options = { .mode = RESULTS_NEW, .instance = "site" };

	ck_assert_int_eq(results_open(&r, f.path, &options, NULL), 0);
	expect(results_print, "--- Result for [site]---\n--- END ---\n");
}
END_TEST

START_TEST(the_list_has_its_label_and_the_queues_with_results)
{
	open_two(0);
	put(QUEUE, 10, "10");
	put(QUEUE, 9, "[9]");
	expect(results_print, "--- Result for [primes]---\n"
			      "mp_input_q (default)\n"
			      "_TID_9 [9]\n"
			      "_TID_10 10\n"
			      "--- END ---\n");
}
END_TEST

START_TEST(the_list_says_what_it_does_not_show)
{
	open_two(16 + 1);
	put(QUEUE, 0, "1");
	put(QUEUE, 1, "1");
	ck_assert_int_eq(results_begin(r, NULL), 0);
	ck_assert_int_eq(results_put_dead(r, OTHER, 0, 3, "why", 1, "1", 1, NULL), 0);
	ck_assert_int_eq(results_commit(r, NULL), 0);
	expect(results_print, "--- Result for [primes]---\n"
			      "mp_input_q (default)\n"
			      "(evicted, the oldest first: 2)\n"
			      "batch \"1\"|audio_lg\n"
			      "(dead letters: 1)\n"
			      "--- END ---\n");
}
END_TEST

/* More than one part, and one result larger than a part. */
START_TEST(many_results_are_one_dictionary)
{
	struct results_reader *reader;
	AUTO_BUF struct buf text = BUF_INIT(TEXT_BYTES_MAX);
	static char large[200000];
	json_t *dict, *list, *pair;
	size_t i;

	open_two(0);
	results_fixture_put(r, 0, 19999);
	memset(large, '1', sizeof(large) - 1);
	large[0] = large[sizeof(large) - 2] = '"';
	put(QUEUE, 20000, large);
	results_fixture_put(r, 20001, 20001);
	reader = results_fixture_reader(&f);
	ck_assert_int_eq(results_print_dict(reader, add, &text, NULL), 0);
	results_reader_close(reader);
	dict = json_loads(buf_text(&text), 0, NULL);
	list = json_object_get(dict, RESULTS_FIXTURE_NAME);
	ck_assert_uint_eq(json_array_size(list), 20002);
	json_array_foreach(list, i, pair)
	{
		char want[32];

		snprintf(want, sizeof(want), "_TID_%zu", i);
		if (strcmp(json_string_value(json_array_get(pair, 0)), want) != 0)
			ck_abort_msg("%s is not there", want);
	}
	json_decref(dict);
}
END_TEST

static int refuse(void *arg, const char *bytes ATTR_UNUSED, size_t len ATTR_UNUSED)
{
	++*(int *)arg;
	return -32;
}

START_TEST(a_write_that_fails_ends_the_print)
{
	struct results_reader *reader;
	int calls = 0;

	open_two(0);
	results_fixture_put(r, 0, 19999);
	reader = results_fixture_reader(&f);
	ck_assert_int_eq(results_print_dict(reader, refuse, &calls, NULL), -32);
	ck_assert_int_eq(results_print(reader, refuse, &calls, NULL), -32);
	ck_assert_int_eq(calls, 2);
	results_reader_close(reader);
}
END_TEST

Suite *results_print_suite(void)
{
	Suite *s = suite_create("results_print");
	TCase *t = tcase_create("results_print");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_dictionary_has_every_queue_in_numeric_order);
	tcase_add_test(t, without_queues_the_dictionary_is_empty);
	tcase_add_test(t, without_a_label_the_list_has_the_instances_name);
	tcase_add_test(t, the_list_has_its_label_and_the_queues_with_results);
	tcase_add_test(t, the_list_says_what_it_does_not_show);
	tcase_add_test(t, many_results_are_one_dictionary);
	tcase_add_test(t, a_write_that_fails_ends_the_print);
	suite_add_tcase(s, t);
	return s;
}
