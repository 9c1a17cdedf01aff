/* test_payload.c - chunks and results of any size: memory, files, and what
 * becomes of the files.
 */
#include "common/error.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "queues/recover.h"
#include "tests/unit/queue_fixture.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <string.h>

enum { IN, FEEDER = 2, WORKER, COLLECTOR, ROOM = 64, LARGE = 3 * 1024 * 1024 };

static struct queue_fixture f;

static void setup(void)
{
	const struct queue_spec spec = { "mp_input_q", QUEUE_WORK, 3, 1, ROOM, 1, false };

	queue_fixture_init(&f, &spec, 1);
}

static void teardown(void)
{
	queue_fixture_release(&f);
}

static int files(void)
{
	DIR *dir = opendir(f.dir);
	const struct dirent *entry;
	int count = 0;

	ck_assert(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void fill(struct queues *qs, uint32_t block, size_t bytes)
{
	struct payload p;

	ck_assert_int_eq(payload_open(qs, block, bytes, &p, NULL), 0);
	ck_assert_uint_ge(p.bytes, bytes);
	memset(p.at, 'x', bytes);
	p.at[bytes - 1] = 'e';
	payload_close(&p);
	payload_set(qs, block, bytes, 1);
}

static void expect(struct queues *qs, uint32_t block, size_t bytes)
{
	struct payload p;

	ck_assert_int_eq(payload_read(qs, block, &p, NULL), 0);
	ck_assert_uint_eq(p.bytes, bytes);
	ck_assert_int_eq(p.at[0], 'x');
	ck_assert_int_eq(p.at[bytes - 1], 'e');
	payload_close(&p);
	payload_close(&p);
}

static uint32_t feed(size_t bytes)
{
	uint32_t b;

	ck_assert_int_eq(queue_claim(&f.handles[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	fill(&f.handles[FEEDER], b, bytes);
	ck_assert_int_eq(queue_issue(&f.handles[FEEDER], IN, b, NULL), 0);
	return b;
}

static uint32_t take(unsigned who, unsigned queue)
{
	uint32_t b;

	ck_assert_int_eq(queue_take(&f.handles[who], queue, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	return b;
}

/* The whole way of a chunk and a result of these sizes. */
static void go_round(size_t chunk, size_t result)
{
	uint32_t job, r;

	feed(chunk);
	job = take(WORKER, IN);
	expect(&f.handles[WORKER], job, chunk);
	ck_assert_int_eq(queue_claim_result(&f.handles[WORKER], result, QUEUE_NO_WAIT, &r), 0);
	fill(&f.handles[WORKER], r, result);
	ck_assert_int_eq(queue_commit(&f.handles[WORKER], job, r), 0);
	job = take(COLLECTOR, f.handles[1].shared->output);
	expect(&f.handles[COLLECTOR], queue_result(&f.handles[COLLECTOR], job), result);
	queue_finish(&f.handles[COLLECTOR], job);
}

START_TEST(any_size_goes_round)
{
	static const size_t sizes[] = { 2, ROOM, ROOM + 1, 8192, 8193, 1 << 20, LARGE };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		go_round(sizes[i], sizes[i]);
		ck_assert_int_eq(files(), 0);
	}
}
END_TEST

START_TEST(it_grows_and_keeps_what_was_written)
{
	struct queues *qs = &f.handles[FEEDER];
	struct payload p;
	uint32_t b;

	ck_assert_int_eq(queue_claim(qs, IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	ck_assert_int_eq(payload_open(qs, b, 1, &p, NULL), 0);
	memset(p.at, 'x', ROOM);
	ck_assert_int_eq(payload_grow(qs, b, &p, ROOM, 10000, NULL), 0);
	memset(p.at + ROOM, 'x', 10000 - ROOM);
	ck_assert_int_eq(payload_grow(qs, b, &p, 10000, LARGE, NULL), 0);
	p.at[LARGE - 1] = 'e';
	ck_assert_int_eq(p.at[9999], 'x');
	payload_close(&p);
	payload_set(qs, b, LARGE, 1);
	expect(qs, b, LARGE);
	ck_assert_int_eq(files(), 1);
	queue_abandon(qs, b);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(a_death_leaves_no_file)
{
	uint32_t b;

	ck_assert_int_eq(queue_claim(&f.handles[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	fill(&f.handles[FEEDER], b, LARGE);
	ck_assert_int_eq(files(), 1);
	queues_recover(&f.handles[1], FEEDER, true, "killed", NULL);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(a_lease_of_the_dead_keeps_its_file)
{
	uint32_t job;

	feed(LARGE);
	take(WORKER, IN);
	queues_recover(&f.handles[1], WORKER, false, "killed", NULL);
	ck_assert_int_eq(files(), 1);
	job = take(WORKER, IN);
	expect(&f.handles[WORKER], job, LARGE);
	queue_fail(&f.handles[WORKER], job, "once is enough"); /* max_attempts 1 */
	job = take(COLLECTOR, f.handles[1].shared->dead);
	expect(&f.handles[COLLECTOR], job, LARGE);
	queue_finish(&f.handles[COLLECTOR], job);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(what_cannot_be_had_is_an_error_in_words)
{
	struct error e = { 0 };
	struct payload p = { 0 };
	uint32_t b;

	ck_assert_int_eq(queue_claim(&f.handles[FEEDER], IN, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	ck_assert_int_eq(payload_open(&f.handles[FEEDER], b, PAYLOAD_BYTES_MAX + 1, &p, &e),
			 -E2BIG);
	ck_assert(strstr(e.text, "larger than") != NULL);
	f.handles[FEEDER].spill_dir = NULL;
	ck_assert_int_eq(payload_open(&f.handles[FEEDER], b, LARGE, &p, &e), -E2BIG);
	f.handles[FEEDER].spill_dir = "/nowhere/at/all";
	ck_assert_int_eq(payload_open(&f.handles[FEEDER], b, LARGE, &p, &e), -ENOENT);
	ck_assert(strstr(e.text, "/nowhere/at/all/") != NULL);
	ck_assert_ptr_null(p.at);
}
END_TEST

/* A module that scribbles over a block cannot make another read beyond it. */
START_TEST(a_length_beyond_the_room_is_refused)
{
	struct error e = { 0 };
	struct payload p;
	uint32_t b = feed(10);

	payload_set(&f.handles[FEEDER], b, ROOM + 1, 1);
	take(WORKER, IN);
	ck_assert_int_eq(payload_read(&f.handles[WORKER], b, &p, &e), -EBADMSG);
	ck_assert(strstr(e.text, "more than it has room for") != NULL);
}
END_TEST

START_TEST(a_file_that_was_cut_is_not_read_beyond_its_end)
{
	struct error e = { 0 };
	char path[128];
	struct payload p;
	uint32_t b = feed(LARGE);

	snprintf(path, sizeof(path), "%s/%u.%u", f.dir, b,
		 atomic_load(&queues_block(&f.handles[1], b)->spill));
	ck_assert_int_eq(truncate(path, 100), 0);
	take(WORKER, IN);
	ck_assert_int_eq(payload_read(&f.handles[WORKER], b, &p, &e), -EIO);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(payload_read(&f.handles[WORKER], b, &p, &e), -ENOENT);
}
END_TEST

Suite *payload_suite(void)
{
	Suite *s = suite_create("payload");
	TCase *t = tcase_create("payload");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, any_size_goes_round);
	tcase_add_test(t, it_grows_and_keeps_what_was_written);
	tcase_add_test(t, a_death_leaves_no_file);
	tcase_add_test(t, a_lease_of_the_dead_keeps_its_file);
	tcase_add_test(t, what_cannot_be_had_is_an_error_in_words);
	tcase_add_test(t, a_length_beyond_the_room_is_refused);
	tcase_add_test(t, a_file_that_was_cut_is_not_read_beyond_its_end);
	suite_add_tcase(s, t);
	return s;
}
