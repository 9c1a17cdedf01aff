/* test_examples.c - the examples of work on real input, each against what
 * other programs make of the same input: factor(1), awk(1), sort(1).
 */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/suites.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ENGLISH "/usr/share/dict/american-english"
#define GERMAN "/usr/share/dict/ngerman"
#define HEADER "mp_input_q (default)"

/* What a shell's command prints; kept. */
static const char *shell(const char *line)
{
	const char *file = harness_path("shell.out");
	const char *command = keep_printf("set -e; export LC_ALL=C; (%s) > %s", line, file);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(status == 0, "%s", command);
	return files_text(file);
}

/* The results that examples/NAME.json prints at its end. */
static const json_t *run_example(const char *name, const char *env)
{
	const char *file = harness_source(keep_printf("examples/%s.json", name));
	struct command command = { .args = { "run", file, "--run-dir", harness_path("run") } };
	struct outcome outcome;
	json_t *results;

	command.env[0] = env;
	command_run(&command, &outcome);
	ck_assert_msg(outcome.status == 0, "exit status %d: %s", outcome.status, outcome.err);
	ck_assert_int_lt(access(harness_path("run"), F_OK), 0); /* nothing is left */
	/* A queue that nobody asked for and nobody used has no account. */
	ck_assert_ptr_nonnull(strstr(outcome.err, " = 0 queued"));
	ck_assert_ptr_null(strstr(outcome.err, "mp_input_q: 0 chunks"));
	results = json_loads(outcome.out, 0, NULL);
	ck_assert_msg(results != NULL, "no results: %.200s", outcome.out);
	return keep_json(results);
}

/* The value of ticket i under a header; the tickets are in order. */
static const json_t *value(const json_t *results, const char *header, size_t i)
{
	const json_t *pair = json_array_get(json_object_get(results, header), i);
	const char *ticket = json_string_value(json_array_get(pair, 0));

	ck_assert_ptr_nonnull(ticket);
	ck_assert_str_eq(ticket, keep_printf("_TID_%zu", i));
	return json_array_get(pair, 1);
}

static size_t tickets(const json_t *results, const char *header)
{
	return json_array_size(json_object_get(results, header));
}

START_TEST(prime_finds_what_factor_does)
{
	const json_t *results = run_example("prime", NULL), *list, *number;
	const char *want = shell("seq 1000000000000 1000000009999 | factor | "
				 "awk 'NF == 2 { print $2 }'");
	char *got = keep(calloc(strlen(want) + 64, 1));
	size_t at = 0, i;

	ck_assert_uint_eq(tickets(results, HEADER), 40);
	for (size_t ticket = 0; ticket < 40; ticket++) {
		list = value(results, HEADER, ticket);
		json_array_foreach(list, i, number)
		{
			ck_assert_uint_le(at, strlen(want));
			at += (size_t)snprintf(got + at, 64, "%lld\n",
					       (long long)json_integer_value(number));
		}
	}
	ck_assert_str_eq(got, want);
}
END_TEST

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

START_TEST(csv_average_is_awks_average)
{
	const char *data = getenv("VEGA_DATASETS");
	const json_t *results;
	double sum = 0, rows = 0, want;

	ck_assert_msg(data != NULL, "VEGA_DATASETS is not set: ./dev test fetches the data");
	results = run_example("csv_average", keep_printf("VEGA_DATASETS=%s", data));
	for (size_t i = 0; i < tickets(results, HEADER); i++) {
		const json_t *chunk = value(results, HEADER, i);

		sum += number(chunk, "sum");
		rows += number(chunk, "rows");
		ck_assert_double_eq_tol(number(chunk, "average"),
					number(chunk, "sum") / number(chunk, "rows"), 1e-9);
	}
	want = strtod(shell(keep_printf("tail -n +2 %s/data/zipcodes.csv | awk -F, "
					"'{ s += $2; n++ } END { printf \"%%.12f\", s / n }'",
					data)),
		      NULL);
	ck_assert(rows > 40000);
	ck_assert_double_eq_tol(sum / rows, want, 1e-9);
}
END_TEST

/* "ROWS LONGEST" of each chunk of a word list. */
static const char *chunks_by_awk(const char *list)
{
	return shell(keep_printf("awk 'length($0) > length(w) { w = $0 } { n++ } n == 10000 "
				 "{ print n, w; n = 0; w = \"\" } END { if (n) print n, w }' %s",
				 list));
}

static void expect_chunks(const json_t *results, const char *header, const char *want)
{
	char *got = keep(calloc(strlen(want) + 4096, 1));
	size_t at = 0;

	for (size_t i = 0; i < tickets(results, header); i++) {
		const json_t *chunk = value(results, header, i);

		ck_assert_uint_le(at, strlen(want));
		at += (size_t)snprintf(got + at, 4096, "%lld %s\n",
				       (long long)number(chunk, "rows"),
				       json_string_value(json_object_get(chunk, "longest")));
	}
	ck_assert_str_eq(got, want);
}

START_TEST(double_queue_has_four_headers)
{
	const json_t *results = run_example("double_queue", NULL);
	double rows = 0;

	expect_chunks(results, "batch_1|audio_lg", chunks_by_awk(ENGLISH));
	expect_chunks(results, "batch_1|video_lg", chunks_by_awk(GERMAN));
	for (size_t i = 0; i < tickets(results, "batch_7|audio_lg"); i++)
		rows += number(value(results, "batch_7|audio_lg", i), "rows");
	ck_assert_double_eq(rows, 14286); /* 0, 7, ... 99995 */
	ck_assert_uint_eq(tickets(results, "batch_7|video_lg"), 2);
	ck_assert_str_eq(json_string_value(
				 json_object_get(value(results, "batch_7|video_lg", 1), "longest")),
			 "three");
}
END_TEST

/* "list word" lines of all words found, sorted. */
static const char *found_words(const json_t *results)
{
	const char *file = harness_path("found");
	char *text = keep(calloc(1 << 16, 1));
	size_t at = 0, i;
	const json_t *found, *word;

	for (size_t ticket = 0; ticket < tickets(results, HEADER); ticket++) {
		found = value(results, HEADER, ticket);
		json_array_foreach(found, i, word) at += (size_t)snprintf(
			text + at, 512, "%s %s\n", json_string_value(json_object_get(word, "list")),
			json_string_value(json_object_get(word, "word")));
	}
	files_write(file, text);
	return shell(keep_printf("sort %s", file));
}

/* The words of both lists that have the letters of word, whatever their case. */
static const char *anagrams_by_awk(const char *word)
{
	static const char program[] =
		"function key(w, i, n, c, s) { w = tolower(w); s = \"\"; "
		"for (i = 97; i < 123; i++) { c = sprintf(\"%c\", i); n = gsub(c, \"\", w); "
		"s = s n \",\" } return s w } "
		"BEGIN { want = key(word) } length($0) == length(word) && key($0) == want "
		"{ print list, $0 }";

	return shell(keep_printf("(awk -v word=%s -v list=english '%s' %s; awk -v word=%s "
				 "-v list=german '%s' %s) | sort",
				 word, program, ENGLISH, word, program, GERMAN));
}

static const struct search {
	const char *letters, *known; /* one that must be there */
} searches[] = {
	{ "triangle", "english relating\n" }, /* 40,320 permutations */
	{ "regal", "german lager\n" },        /* in both lists, whatever their case */
	{ "conversationalist", "english conversationalist\n" }, /* the lists, reduced */
};

START_TEST(word_search_finds_the_known_anagrams)
{
	const struct search *search = &searches[_i];
	const json_t *results =
		run_example("word_search", keep_printf("LETTERS=%s", search->letters));
	const char *found = found_words(results);

	ck_assert_str_eq(found, anagrams_by_awk(search->letters));
	ck_assert_msg(strcasestr(found, search->known) != NULL, "%s", found);
}
END_TEST

Suite *examples_suite(void)
{
	Suite *s = suite_create("examples");
	TCase *t = harness_case(s, "examples");

	tcase_add_test(t, prime_finds_what_factor_does);
	tcase_add_test(t, csv_average_is_awks_average);
	tcase_add_test(t, double_queue_has_four_headers);
	tcase_add_loop_test(t, word_search_finds_the_known_anagrams, 0, ARRAY_SIZE(searches));
	return s;
}
