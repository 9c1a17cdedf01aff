/* test_worker_loop.c - work/worker_loop.h */
#include "work/worker_loop.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/module_fixture.h"
#include "tests/unit/suites.h"
#include "tests/unit/toolbox_fixture.h"

#include <signal.h>
#include <string.h>

struct named {
	const char *name, *entry;
};

static int load(const struct named *list, size_t count, struct worker_modules **ret,
		struct error *e)
{
	struct worker_module_spec specs[4] = { 0 };
	int r;

	for (size_t i = 0; i < count; i++)
		specs[i] = (struct worker_module_spec) { module_fixture_path(list[i].name),
							 list[i].entry };
	r = worker_modules_load(specs, count, ret, e);
	for (size_t i = 0; i < count; i++)
		free((char *)specs[i].path);
	return r;
}

static struct worker_modules *must_load(const struct named *list, size_t count)
{
	struct worker_modules *modules = NULL;
	struct error e = { 0 };

	ck_assert_msg(load(list, count, &modules, &e) == 0, "%s", e.text);
	return modules;
}

START_TEST(the_last_one_is_first_and_the_first_one_loops_until_false)
{
	static const struct named list[] = { { "loop_first", "worker_entrance" },
					     { "loop_first", "helper" },
					     { "loop_other", "worker_entrance" } };
	struct worker_modules *modules = must_load(list, ARRAY_SIZE(list));
	struct toolbox_fixture f;
	struct error e = { 0 };

	toolbox_fixture_init(&f);
	ck_assert_int_eq(worker_loop_run(modules, f.tb, &e), WORKER_LOOP_DONE);
	ck_assert_str_eq(buf_text(&f.printed), "other\nhelper\nfirst 1\nfirst 2\nfirst 3\n");
	toolbox_end(f.tb);
	toolbox_join(f.tb);
	ck_assert_ptr_nonnull(strstr(buf_text(&f.printed), "helper's thread ended\n"));
	toolbox_fixture_release(&f);
	worker_modules_unload(modules);
}
END_TEST

START_TEST(a_queue_is_worked_off_then_it_is_done)
{
	static const struct named list[] = { { "loop_first", "takes" } };
	struct worker_modules *modules = must_load(list, 1);
	struct toolbox_fixture f;
	struct error e = { 0 };

	toolbox_fixture_init(&f);
	toolbox_fixture_feed(&f, "mp_input_q", "1\n2\n3\n");
	toolbox_fixture_feed(&f, "mp_input_q", "4\n5\n");
	toolbox_fixture_close_queue(&f, "mp_input_q");
	ck_assert_int_eq(worker_loop_run(modules, f.tb, &e), WORKER_LOOP_DONE);
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_0 6");
	ck_assert_str_eq(toolbox_fixture_collect(&f), "_TID_1 9");
	ck_assert_uint_eq(f.rows, 5);
	ck_assert_uint_eq(f.chunks, 2);
	ck_assert(toolbox_fixture_is_silent(&f));
	toolbox_fixture_release(&f);
	worker_modules_unload(modules);
}
END_TEST

static eisen_toolbox *stopped_by_signal;

static void on_signal(int signal ATTR_UNUSED)
{
	toolbox_stop(stopped_by_signal);
}

/* The signal comes while the module's function sleeps, or before. */
START_TEST(a_signal_handler_may_stop_it)
{
	static const struct named list[] = { { "loop_first", "forever" } };
	struct worker_modules *modules = must_load(list, 1);
	struct sigaction action = { .sa_handler = on_signal };
	struct toolbox_fixture f;
	struct error e = { 0 };

	toolbox_fixture_init(&f);
	stopped_by_signal = f.tb;
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_uint_eq(ualarm(1000, 0), 0);
	ck_assert_int_eq(worker_loop_run(modules, f.tb, &e), WORKER_LOOP_STOPPED);
	toolbox_fixture_release(&f);
	worker_modules_unload(modules);
}
END_TEST

START_TEST(once_stopped_no_module_is_called)
{
	static const struct named list[] = { { "loop_first", "worker_entrance" },
					     { "loop_other", "worker_entrance" } };
	struct worker_modules *modules = must_load(list, 2);
	struct toolbox_fixture f;
	struct error e = { 0 };

	toolbox_fixture_init(&f);
	toolbox_stop(f.tb);
	ck_assert_int_eq(worker_loop_run(modules, f.tb, &e), WORKER_LOOP_STOPPED);
	ck_assert_str_eq(buf_text(&f.printed), "");
	toolbox_fixture_release(&f);
	worker_modules_unload(modules);
}
END_TEST

START_TEST(an_error_names_the_module_by_its_place)
{
	static const struct named list[] = { { "loop_first", "worker_entrnce" },
					     { "loop_other", "worker_entrance" } };
	struct worker_modules *modules = NULL;
	struct error e = { 0 };

	ck_assert_int_eq(load(list, 2, &modules, &e), -ENOENT);
	ck_assert_msg(strncmp(e.text, "worker_modules[0]: ", 19) == 0, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(e.text, "did you mean \"worker_entrance\"?"));
	ck_assert_int_eq(load(list, 0, &modules, &e), -EINVAL);
	ck_assert_ptr_null(modules);
}
END_TEST

Suite *worker_loop_suite(void)
{
	Suite *s = suite_create("worker_loop");
	TCase *t = tcase_create("worker_loop");

	tcase_add_test(t, the_last_one_is_first_and_the_first_one_loops_until_false);
	tcase_add_test(t, a_queue_is_worked_off_then_it_is_done);
	tcase_add_test(t, a_signal_handler_may_stop_it);
	tcase_add_test(t, once_stopped_no_module_is_called);
	tcase_add_test(t, an_error_names_the_module_by_its_place);
	suite_add_tcase(s, t);
	return s;
}
