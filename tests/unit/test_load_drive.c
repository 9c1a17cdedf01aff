/* test_load_drive.c - threads: pinned, without signals, summed, stopped. */
#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/load_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#define SERVERS 4

static struct load_fixture f;
static struct scripted_server servers[SERVERS];

static void serve(const struct script *script)
{
	for (size_t i = 0; i < SERVERS; i++)
		scripted_server_start(&servers[i], script, NULL);
	load_fixture_init(&f, &servers[0].address);
	for (size_t i = 1; i < SERVERS; i++)
		load_fixture_add(&f, &servers[i].address);
	f.job.connections = 2 * SERVERS;
	f.job.threads = 2;
}

static void end_servers(void)
{
	for (size_t i = 0; i < SERVERS; i++)
		scripted_server_end(&servers[i]);
}

static void wait_for_end(const struct load_drive *drive)
{
	struct pollfd p = { .fd = load_drive_fd(drive), .events = POLLIN };

	ck_assert_int_eq(poll(&p, 1, -1), 1);
}

static bool all_asked(void)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (servers[i].requests < 10)
			return false;
	return true;
}

START_TEST(the_threads_counts_are_one_sum)
{
	struct load_drive *drive;
	struct load_progress progress;

	serve(&(struct script) { .reply = SCRIPT_HELLO });
	drive = load_fixture_start(&f);
	while (!all_asked())
		load_fixture_progress(drive);
	load_drive_stop(drive);
	wait_for_end(drive);
	load_drive_progress(drive, &progress);
	load_fixture_finish(&f, drive);
	end_servers();
	for (size_t i = 0; i < SERVERS; i++) {
		const struct load_target_stats *target = &f.stats->targets[i];

		ck_assert_uint_eq(target->counts.answered, servers[i].requests);
		ck_assert_uint_eq(target->counts.requests, servers[i].requests);
		ck_assert_uint_eq(target->latency.count, servers[i].requests);
		ck_assert_uint_eq(target->counts.connects, 2);
		progress.answered -= servers[i].requests;
	}
	ck_assert_uint_eq(progress.answered, 0);
	ck_assert_uint_eq(progress.connections, 0);
	ck_assert_uint_gt(f.stats->cpu_ns, 0);
	ck_assert_uint_lt(f.stats->measured_ns, f.job.duration_ns);
	load_fixture_release(&f);
}
END_TEST

/* One thread's request is not answered yet; the other one has ended. */
START_TEST(the_descriptor_tells_of_the_last_thread)
{
	struct load_drive *drive;
	struct pollfd p = { .events = POLLIN };

	serve(&(struct script) { .reply = SCRIPT_HELLO, .holds = true });
	for (size_t i = 1; i < SERVERS; i += 2)
		scripted_server_release(&servers[i]);
	drive = load_fixture_start(&f);
	while (servers[0].requests < 2 || servers[2].requests < 2 || servers[1].requests < 10)
		load_fixture_progress(drive);
	load_drive_stop(drive);
	while (load_fixture_progress(drive).connections > 4)
		continue;
	p.fd = load_drive_fd(drive);
	ck_assert_int_eq(poll(&p, 1, 20), 0);
	scripted_server_release(&servers[0]);
	scripted_server_release(&servers[2]);
	wait_for_end(drive);
	load_fixture_finish(&f, drive);
	end_servers();
	ck_assert_uint_eq(f.stats->targets[0].counts.requests, 2);
	load_fixture_release(&f);
}
END_TEST

START_TEST(it_ends_with_its_time)
{
	struct load_drive *drive;
	struct load_progress progress;

	serve(&(struct script) { .reply = SCRIPT_HELLO });
	f.job.warm_up_ns = 5 * CLOCK_NS_PER_MS;
	f.job.duration_ns = 10 * CLOCK_NS_PER_MS;
	f.job.interval_ns = CLOCK_NS_PER_MS;
	drive = load_fixture_start(&f);
	wait_for_end(drive);
	load_drive_progress(drive, &progress);
	ck_assert_uint_eq(progress.total_ns, 15 * CLOCK_NS_PER_MS);
	ck_assert_uint_eq(progress.elapsed_ns, progress.total_ns);
	ck_assert(!progress.warming_up);
	load_fixture_finish(&f, drive);
	end_servers();
	ck_assert_uint_eq(f.stats->measured_ns, f.job.duration_ns);
	load_fixture_release(&f);
}
END_TEST

START_TEST(freed_before_its_end_it_ends_at_once)
{
	size_t fds = net_open_fds();
	struct load_drive *drive;

	serve(&(struct script) { .reply = SCRIPT_HELLO });
	drive = load_fixture_start(&f);
	load_drive_free(drive);
	end_servers();
	load_fixture_release(&f);
	ck_assert_uint_eq(net_open_fds(), fds);
}
END_TEST

/* What the kernel says of the thread of that name. */
static void read_status(const char *name, char *ret, size_t size)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *task;
	char path[300];
	FILE *file;
	size_t len;

	ck_assert_ptr_nonnull(tasks);
	while ((task = readdir(tasks)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/status", task->d_name);
		file = fopen(path, "re");
		if (file == NULL)
			continue;
		len = fread(ret, 1, size - 1, file);
		ret[len] = '\0';
		fclose(file);
		if (strstr(ret, name) != NULL) {
			closedir(tasks);
			return;
		}
	}
	ck_abort_msg("no thread %s", name);
}

static const char *line_of(const char *status, const char *key)
{
	const char *found = strstr(status, key);

	ck_assert_ptr_nonnull(found);
	return found + strlen(key);
}

static void check_thread(const char *name, const char *cpu)
{
	uint64_t wanted = 1u << (SIGINT - 1) | 1u << (SIGTERM - 1) | 1u << (SIGCHLD - 1);
	uint64_t blocked = 0;
	char status[4096];

	read_status(name, status, sizeof(status));
	ck_assert_int_eq(sscanf(line_of(status, "SigBlk:\t"), "%" SCNx64, &blocked), 1);
	ck_assert_uint_eq(blocked & wanted, wanted);
	ck_assert_mem_eq(line_of(status, "Cpus_allowed_list:\t"), cpu, strlen(cpu));
}

/* The first that this process may use. */
static int a_cpu(void)
{
	cpu_set_t mine;
	int cpu = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(mine), &mine), 0);
	while (!CPU_ISSET(cpu, &mine))
		cpu++;
	return cpu;
}

START_TEST(threads_have_names_a_place_and_no_signals)
{
	struct load_drive *drive;
	cpu_set_t pin[2];
	char cpu[16];

	CPU_ZERO(&pin[0]);
	CPU_SET(a_cpu(), &pin[0]);
	pin[1] = pin[0];
	snprintf(cpu, sizeof(cpu), "%d\n", a_cpu());
	serve(&(struct script) { .reply = SCRIPT_HELLO });
	f.job.pin = pin;
	drive = load_fixture_start(&f);
	check_thread("eisen-load-0", cpu);
	check_thread("eisen-load-1", cpu);
	load_drive_free(drive);
	end_servers();
	load_fixture_release(&f);
}
END_TEST

START_TEST(a_core_that_is_not_ours_is_said_and_nothing_is_left)
{
	size_t fds = net_open_fds();
	struct load_drive *drive = NULL;
	struct error e = { 0 };
	cpu_set_t pin[2];

	CPU_ZERO(&pin[0]);
	CPU_SET(a_cpu(), &pin[0]);
	CPU_ZERO(&pin[1]);
	CPU_SET(CPU_SETSIZE - 1, &pin[1]);
	serve(&(struct script) { .reply = SCRIPT_HELLO });
	f.job.pin = pin;
	load_fixture_request(&f);
	ck_assert_int_eq(load_drive_start(&drive, &f.job, &e), -EINVAL);
	ck_assert_ptr_null(drive);
	ck_assert_str_eq(e.text, "thread 1: none of the cores that it is to be pinned to may be "
				 "used by this program");
	end_servers();
	load_fixture_release(&f);
	ck_assert_uint_eq(net_open_fds(), fds);
}
END_TEST

Suite *load_drive_suite(void)
{
	Suite *suite = suite_create("load_drive");
	TCase *tcase = tcase_create("threads");

	tcase_add_test(tcase, the_threads_counts_are_one_sum);
	tcase_add_test(tcase, the_descriptor_tells_of_the_last_thread);
	tcase_add_test(tcase, it_ends_with_its_time);
	tcase_add_test(tcase, freed_before_its_end_it_ends_at_once);
	tcase_add_test(tcase, threads_have_names_a_place_and_no_signals);
	tcase_add_test(tcase, a_core_that_is_not_ours_is_said_and_nothing_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}
