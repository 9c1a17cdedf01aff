/* test_deaths.c - portmap/deaths.h */
#include "portmap/deaths.h"

#include "common/cc.h"
#include "common/error.h"
#include "queues/region.h"
#include "tests/unit/suites.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define READS 3000 /* of each reader, of up to 64 records */
#define READERS 2

struct fixture {
	struct region region;
	struct deaths *deaths;
	atomic_size_t reading; /* readers that go on */
};

static void setup(struct fixture *f)
{
	struct error e = { 0 };

	memset(f, 0, sizeof(*f));
	ck_assert_msg(region_create(&f->region, deaths_region_bytes(), &e) == 0, "%s", e.text);
	ck_assert_uint_ne(region_alloc(&f->region, 1, 1), 0);
	f->deaths = deaths_create(&f->region);
	ck_assert_ptr_nonnull(f->deaths);
}

/* Every field says n. */
static struct death nth_death(uint64_t n)
{
	struct death d = {
		.slot = (int32_t)n,
		.pid = (int32_t)n,
		.exit_code = (int32_t)n,
		.signal = (int32_t)n,
		.core_dumped = n % 2,
		.planned = n % 2,
		.at_ns = n,
		.uptime_ns = n,
		.cpu_user_us = n,
		.cpu_system_us = n,
		.rss_max_kib = n,
	};

	memset(d.role, 'a' + (int)(n % 26), sizeof(d.role) - 1);
	return d;
}

static bool is_whole(const struct death *d)
{
	struct death want = nth_death(d->at_ns);

	return strcmp(d->role, want.role) == 0 && d->slot == want.slot && d->pid == want.pid &&
	       d->exit_code == want.exit_code && d->signal == want.signal &&
	       d->core_dumped == want.core_dumped && d->planned == want.planned &&
	       d->uptime_ns == want.uptime_ns && d->cpu_user_us == want.cpu_user_us &&
	       d->cpu_system_us == want.cpu_system_us && d->rss_max_kib == want.rss_max_kib;
}

START_TEST(begins_empty_and_is_found_again)
{
	struct fixture f;
	struct death d;

	setup(&f);
	ck_assert_ptr_eq(deaths_attach(&f.region), f.deaths);
	ck_assert_uint_eq(deaths_read(f.deaths, &d, 1), 0);
	ck_assert_uint_eq(deaths_total(f.deaths), 0);
	region_detach(&f.region);
}
END_TEST

START_TEST(gives_the_newest_first_and_keeps_the_last_64)
{
	struct fixture f;
	struct death d[DEATHS_MAX + 10];

	setup(&f);
	for (uint64_t n = 0; n < 100; n++) {
		struct death death = nth_death(n);
		size_t kept = MIN(n + 1, (uint64_t)DEATHS_MAX);

		deaths_add(f.deaths, &death);
		ck_assert_uint_eq(deaths_total(f.deaths), n + 1);
		ck_assert_uint_eq(deaths_read(f.deaths, d, ARRAY_SIZE(d)), kept);
		for (size_t i = 0; i < kept; i++) {
			ck_assert_uint_eq(d[i].at_ns, n - i);
			ck_assert(is_whole(&d[i]));
		}
	}
	region_detach(&f.region);
}
END_TEST

START_TEST(copies_no_more_than_asked_for)
{
	struct fixture f;
	struct death d[4];

	setup(&f);
	for (uint64_t n = 0; n < 10; n++) {
		struct death death = nth_death(n);

		deaths_add(f.deaths, &death);
	}
	d[3].pid = 77;
	ck_assert_uint_eq(deaths_read(f.deaths, d, 3), 3);
	ck_assert_int_eq(d[3].pid, 77);
	ck_assert_uint_eq(deaths_read(f.deaths, d, 0), 0);
	region_detach(&f.region);
}
END_TEST

START_TEST(ends_a_role_that_fills_its_field)
{
	struct fixture f;
	struct death d = { .pid = 1 };

	setup(&f);
	memset(d.role, 'x', sizeof(d.role));
	deaths_add(f.deaths, &d);
	ck_assert_uint_eq(deaths_read(f.deaths, &d, 1), 1);
	ck_assert_uint_eq(strlen(d.role), sizeof(d.role) - 1);
	region_detach(&f.region);
}
END_TEST

static void *read_on(void *arg)
{
	struct fixture *f = arg;
	struct death d[DEATHS_MAX];

	for (int pass = 0; pass < READS; pass++) {
		size_t count = deaths_read(f->deaths, d, ARRAY_SIZE(d));

		for (size_t i = 0; i < count; i++) {
			ck_assert(is_whole(&d[i]));
			ck_assert(i == 0 || d[i].at_ns < d[i - 1].at_ns);
		}
	}
	atomic_fetch_sub(&f->reading, 1);
	return NULL;
}

START_TEST(shows_no_torn_record_while_one_writes)
{
	struct fixture f;
	pthread_t readers[READERS];
	uint64_t n = 0;

	setup(&f);
	atomic_store(&f.reading, READERS);
	for (size_t i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&readers[i], NULL, read_on, &f), 0);
	while (atomic_load(&f.reading) > 0) {
		struct death death = nth_death(n++);

		deaths_add(f.deaths, &death);
	}
	for (size_t i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	ck_assert_uint_eq(deaths_total(f.deaths), n);
	region_detach(&f.region);
}
END_TEST

Suite *deaths_suite(void)
{
	Suite *suite = suite_create("deaths");
	TCase *tc = tcase_create("deaths");

	tcase_add_test(tc, begins_empty_and_is_found_again);
	tcase_add_test(tc, gives_the_newest_first_and_keeps_the_last_64);
	tcase_add_test(tc, copies_no_more_than_asked_for);
	tcase_add_test(tc, ends_a_role_that_fills_its_field);
	tcase_add_test(tc, shows_no_torn_record_while_one_writes);
	suite_add_tcase(suite, tc);
	return suite;
}
