/* test_jobs.c - loop_post() of servers/loop.h: work for a loop's thread */
#include "common/fd.h"
#include "servers/app_hello.h"
#include "tests/unit/loop_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define POSTERS 4
#define POSTS 1000 /* of each */

/* A job that somebody waits for. */
struct waited {
	struct loop_job job; /* first */
	pthread_mutex_t lock;
	pthread_cond_t ran_now;
	bool ran;
	pthread_t thread;
	void (*act)(struct loop *loop, struct waited *w);
	void *arg;
	int result;
	struct error error;
};

#define WAITED(fn, pointer) \
	{ \
		.job = { .run = run_waited }, .lock = PTHREAD_MUTEX_INITIALIZER, \
		.ran_now = PTHREAD_COND_INITIALIZER, .act = (fn), .arg = (pointer) \
	}

static void run_waited(struct loop *loop, struct loop_job *job)
{
	struct waited *w = (struct waited *)job;

	pthread_mutex_lock(&w->lock);
	if (w->act != NULL)
		w->act(loop, w);
	w->thread = pthread_self();
	w->ran = true;
	pthread_cond_signal(&w->ran_now);
	pthread_mutex_unlock(&w->lock);
}

static void wait_for(struct waited *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->ran)
		pthread_cond_wait(&w->ran_now, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

START_TEST(a_job_runs_on_the_loops_thread)
{
	struct waited w = WAITED(NULL, NULL);
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	ck_assert_int_eq(loop_post(f.loop, &w.job), 0);
	wait_for(&w);
	ck_assert(pthread_equal(w.thread, f.thread));
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_job_that_was_posted_before_runs_when_the_loop_does)
{
	struct waited w = WAITED(NULL, NULL);
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	ck_assert_int_eq(loop_post(f.loop, &w.job), 0);
	ck_assert(!w.ran);
	loop_fixture_start(&f);
	wait_for(&w);
	loop_fixture_drain(&f, 0);
	loop_fixture_release(&f);
}
END_TEST

struct numbered {
	struct loop_job job; /* first */
	size_t poster, number;
	size_t *next; /* by poster */
	bool *wrong;
};

static void run_numbered(struct loop *loop ATTR_UNUSED, struct loop_job *job)
{
	struct numbered *n = (struct numbered *)job;

	if (n->next[n->poster] != n->number)
		*n->wrong = true;
	n->next[n->poster]++;
}

struct poster {
	pthread_t thread;
	struct loop *loop;
	struct numbered *jobs;
	int result;
};

static void *post_all(void *arg)
{
	struct poster *p = arg;

	for (size_t i = 0; i < POSTS; i++)
		p->result |= loop_post(p->loop, &p->jobs[i].job);
	return NULL;
}

START_TEST(the_jobs_of_each_thread_run_once_in_their_order)
{
	struct poster posters[POSTERS];
	size_t next[POSTERS] = { 0 };
	struct loop_fixture f;
	bool wrong = false;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	for (size_t i = 0; i < POSTERS; i++) {
		posters[i] = (struct poster) { .loop = f.loop };
		posters[i].jobs = calloc(POSTS, sizeof(*posters[i].jobs));
		for (size_t k = 0; k < POSTS; k++)
			posters[i].jobs[k] = (struct numbered) { .job = { .run = run_numbered },
								 .poster = i,
								 .number = k,
								 .next = next,
								 .wrong = &wrong };
		ck_assert_int_eq(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]),
				 0);
	}
	for (size_t i = 0; i < POSTERS; i++)
		pthread_join(posters[i].thread, NULL);
	loop_fixture_drain(&f, 0); /* also runs what is left */
	for (size_t i = 0; i < POSTERS; i++) {
		ck_assert_int_eq(posters[i].result, 0);
		ck_assert_uint_eq(next[i], POSTS);
		free(posters[i].jobs);
	}
	ck_assert(!wrong);
	loop_fixture_release(&f);
}
END_TEST

/* One that is posted by a job while the loop ends is not forgotten, and none
 * is taken afterwards. */
START_TEST(nobody_waits_for_a_job_that_will_not_run)
{
	struct waited w = WAITED(NULL, NULL), late = WAITED(NULL, NULL);
	struct loop_fixture f;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_drain(f.loop, 10000);
	pthread_join(f.thread, NULL);
	ck_assert_int_eq(loop_post(f.loop, &late.job), -ESHUTDOWN);
	ck_assert(!late.ran);
	loop_fixture_release(&f);

	loop_fixture_init(&f, 1, NULL);
	ck_assert_int_eq(loop_post(f.loop, &w.job), 0);
	loop_fixture_release(&f); /* it never ran */
	ck_assert(w.ran);
}
END_TEST

static void add_server(struct loop *loop, struct waited *w)
{
	w->result = loop_add(loop, w->arg, &w->error);
}

START_TEST(a_server_that_is_added_to_a_running_loop_answers)
{
	struct address address;
	struct site site = { .group = "green", .ip = "127.0.0.1", .start_sequence_num = 1 };
	struct server_options options = { .site = &site, .kind = &hello_app_kind };
	struct waited w = WAITED(add_server, &options);
	struct loop_fixture f;
	struct http_client c;
	json_t *doc;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	ck_assert_int_eq(address_from_ip(&address, f.ip.text, 0, NULL), 0);
	options.listen_fd = net_listen(&address, false);
	ck_assert_int_eq(listen(options.listen_fd, 10), 0);
	ck_assert_int_eq(fd_set_nonblock(options.listen_fd, true), 0);
	ck_assert_int_eq(getsockname(options.listen_fd, &address.any, &address.len), 0);
	ck_assert_int_eq(loop_post(f.loop, &w.job), 0);
	wait_for(&w);
	ck_assert_msg(w.result == 0, "%s", w.error.text);
	http_client_connect(&c, &address);
	doc = http_client_json(&c, "/");
	ck_assert_str_eq(json_string_value(json_object_get(doc, "group")), "green");
	json_decref(doc);
	http_client_close(&c);
	loop_fixture_drain(&f, 0);
	close(options.listen_fd);
	loop_fixture_release(&f);
}
END_TEST

START_TEST(a_loop_that_drains_takes_no_server)
{
	const struct site site = { .group = "green", .ip = "127.0.0.1", .port = 80 };
	struct server_options options = { .site = &site, .kind = &hello_app_kind };
	struct waited w = WAITED(add_server, &options);
	struct loop_fixture f;
	struct http_client c;

	loop_fixture_init(&f, 1, NULL);
	loop_fixture_start(&f);
	loop_fixture_connect(&f, 0, &c);
	http_client_send(&c, "GET / HTTP/1.1\r\n"); /* it is waited for */
	loop_drain(f.loop, 10000);
	ck_assert_int_eq(loop_post(f.loop, &w.job), 0);
	wait_for(&w);
	ck_assert_int_eq(w.result, -ESHUTDOWN);
	ck_assert_str_eq(w.error.text, "127.0.0.1:80: the worker is stopping");
	http_client_close(&c);
	loop_fixture_join(&f);
	loop_fixture_release(&f);
}
END_TEST

Suite *jobs_suite(void)
{
	Suite *s = suite_create("jobs");
	TCase *t = tcase_create("jobs");

	tcase_add_test(t, a_job_runs_on_the_loops_thread);
	tcase_add_test(t, a_job_that_was_posted_before_runs_when_the_loop_does);
	tcase_add_test(t, the_jobs_of_each_thread_run_once_in_their_order);
	tcase_add_test(t, nobody_waits_for_a_job_that_will_not_run);
	tcase_add_test(t, a_server_that_is_added_to_a_running_loop_answers);
	tcase_add_test(t, a_loop_that_drains_takes_no_server);
	suite_add_tcase(s, t);
	return s;
}
