/* test_refusals.c - a start that cannot be: it says why, and leaves nothing. */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Somebody else: this very test. */
static int hold_port(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = inet_addr(harness_address(0));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

/* Its end with this status, and each of the texts on stderr; ends with NULL. */
static void expect_refusal(const struct start *start, int status, const char *const *texts)
{
	struct instance *in = instance_launch(start);
	int got = instance_wait(in);

	ck_assert_msg(got == status, "exit status %d instead of %d; it says:\n%s", got, status,
		      instance_err(in));
	for (; *texts != NULL; texts++)
		ck_assert_msg(strstr(instance_err(in), *texts) != NULL, "no \"%s\" in:\n%s", *texts,
			      instance_err(in));
	ck_assert_str_eq(instance_out(in), "");
	ck_assert_int_lt(access(in->run_dir, F_OK), 0); /* it took its folder away */
}

/* "held by pid N (program)" of this test. */
static const char *held_by_us(void)
{
	char *program = files_text("/proc/self/comm");

	program[strcspn(program, "\n")] = '\0';
	return keep_printf("held by pid %d (%s)", (int)getpid(), program);
}

/* Busy ports ------------------------------------------------------------------ */

START_TEST(a_busy_port_is_named_with_its_group_address_and_holder)
{
	AUTO_CLOSE int fd = hold_port(14003);
	const char *const texts[] = { keep_printf("port 14003 of group yellow (%s:14003): busy",
						  harness_address(0)),
				      "port_groups.yellow.ports", held_by_us(), NULL };

	expect_refusal(&(struct start) { .config = layout_three("") }, 2, texts);
	(void)fd;
}
END_TEST

START_TEST(all_busy_ports_are_named_at_once)
{
	AUTO_CLOSE int blue = hold_port(11000), green = hold_port(15005);
	AUTO_CLOSE int status = hold_port(HARNESS_STATUS_PORT);
	const char *const texts[] = { "port 11000 of group blue",
				      "port 15005 of group green",
				      "status.port",
				      keep_printf("%s:%d: busy, %s", harness_address(0),
						  HARNESS_STATUS_PORT, held_by_us()),
				      "--status-port 0",
				      NULL };

	expect_refusal(&(struct start) { .config = layout_three("") }, 2, texts);
	(void)blue, (void)green, (void)status;
}
END_TEST

START_TEST(the_demo_says_how_to_move_its_ports)
{
	AUTO_CLOSE int fd = hold_port(11000);
	const char *const texts[] = { "port 11000 of group blue", "--base-port 21000", NULL };

	expect_refusal(
		&(struct start) { .args = { "--ip", harness_address(0), "--status-port", "0" } }, 2,
		texts);
	(void)fd;
}
END_TEST

START_TEST(the_demo_moves_by_base_port)
{
	AUTO_CLOSE int fd = hold_port(11000);
	struct instance *in = instance_start(
		&(struct start) { .args = { "--ip", harness_address(0), "--status-port", "0",
					    "--base-port", "21000" } });
	struct layout layout;

	layout_read(instance_get(in, "/api/status"), &layout);
	ck_assert_uint_eq(layout.count, LAYOUT_SERVERS);
	ck_assert_int_eq(layout.servers[0].port, 21000);
	layout_expect_answer(&layout.servers[17]);
	close(take_fd(&fd));
	instance_stop(in);
}
END_TEST

START_TEST(another_instance_is_named_as_the_holder)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });
	struct instance *second = instance_launch(&(struct start) { .config = layout_three("") });

	ck_assert_int_eq(instance_wait(second), 2);
	ck_assert_uint_eq(files_count_lines(instance_err(second),
					    keep_printf("held by pid %d (eisen)", (int)in->pid)),
			  LAYOUT_SERVERS + 1); /* all ports, and the status */
	ck_assert(instance_all_ready(in));
	ck_assert_uint_eq(json_array_size(instance_get(in, "/api/deaths")), 0);
}
END_TEST

START_TEST(an_instance_that_runs_already_is_not_started_twice)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_three("") });
	struct instance *second = instance_launch(&(struct start) {
		.config = layout_three(""), .args = { "--run-dir", in->run_dir } });

	ck_assert_int_eq(instance_wait(second), 1);
	ck_assert_ptr_nonnull(strstr(instance_err(second),
				     keep_printf("is running already (pid %d): stop it with "
						 "'eisen stop --run-dir %s'",
						 (int)in->pid, in->run_dir)));
	ck_assert_ptr_nonnull(
		strstr(instance_out(in), keep_printf("'eisen stop --run-dir %s'", in->run_dir)));
	ck_assert(instance_all_ready(in)); /* its control socket still stands */
}
END_TEST

/* Rights and addresses -------------------------------------------------------- */

static unsigned unprivileged_start(void)
{
	const char *text = files_text("/proc/sys/net/ipv4/ip_unprivileged_port_start");
	uint64_t start = 0;

	number_take(&text, &start);
	return (unsigned)start;
}

static void drop_bind_right(void)
{
	prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE, 0, 0, 0); /* fails for who has no right */
}

static const char *one_port(const char *ip, const char *ports)
{
	return keep_config("{'PROCS_MAX': 1, 'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, "
			   "'ip': '%s', 'ports': '%s', 'app': {'kind': 'hello'}}}, "
			   "'status': {'ip': '%s', 'port': %d}}",
			   ip, ports, harness_address(0), HARNESS_STATUS_PORT);
}

START_TEST(a_privileged_port_needs_the_right)
{
	const char *const texts[] = { "port 80 of group blue", "permission denied",
				      "CAP_NET_BIND_SERVICE", "2 more of its ports", NULL };

	if (unprivileged_start() <= 80)
		return; /* this machine lets everybody */
	expect_refusal(&(struct start) { .config = one_port(harness_address(0), "80-82"),
					 .prepare = drop_bind_right },
		       2, texts);
}
END_TEST

START_TEST(an_address_of_another_machine_is_refused)
{
	/* TEST-NET-1, RFC 5737: nobody has it. */
	const char *const texts[] = { "port_groups.blue.ip", "192.0.2.1",
				      "no interface of this machine", NULL };

	expect_refusal(&(struct start) { .config = one_port("192.0.2.1", "11000-11001") }, 2,
		       texts);
}
END_TEST

START_TEST(a_status_address_of_another_machine_is_refused)
{
	const char *const texts[] = { "status.ip: 192.0.2.1:12321",
				      "no interface of this machine; choose another one", NULL };

	expect_refusal(
		&(struct start) {
			.config = "{\"status\": {\"ip\": \"192.0.2.1\", \"port\": 12321}}" },
		2, texts);
}
END_TEST

START_TEST(a_port_of_the_ephemeral_range_is_a_warning)
{
	const char *range = files_text("/proc/sys/net/ipv4/ip_local_port_range");
	struct instance *in;
	uint64_t first = 0;

	number_take(&range, &first);
	in = instance_start(&(struct start) {
		.config = one_port(harness_address(0), keep_printf("%u", (unsigned)first + 1)) });
	ck_assert_ptr_nonnull(strstr(instance_err(in), "ip_local_port_range"));
	instance_stop(in);
}
END_TEST

/* Limits ---------------------------------------------------------------------- */

static void limit_files(void)
{
	const struct rlimit limit = { 1024, 1024 };

	setrlimit(RLIMIT_FSIZE, &limit); /* a ck_assert would write, and die of it */
}

START_TEST(a_limit_of_file_sizes_is_told)
{
	const char *const texts[] = { "shared region", "File too large", NULL };

	expect_refusal(&(struct start) { .config = layout_one(""), .prepare = limit_files }, 2,
		       texts);
}
END_TEST

/* Where the hard limit is one for this user too. */
static void limit_descriptors(void)
{
	const struct rlimit limit = { 300, 300 };

	prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(descriptors_for_the_threads_of_a_worker_are_asked_for)
{
	const char *const texts[] = { "file descriptors are needed, the limit is 300", NULL };
	const char *config = keep_config(
		"{'PROCS_MAX': 1, 'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '%s', "
		"'ports': '11000-11003', 'threads': 64, 'app': {'kind': 'hello'}}}}",
		harness_address(0));

	expect_refusal(&(struct start) { .config = config, .prepare = limit_descriptors }, 2,
		       texts);
}
END_TEST

/* As an old kernel, or a sandbox. */
static void forbid_pidfds(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

START_TEST(a_kernel_without_pidfds_is_told)
{
	const char *const texts[] = { "pidfd_open(2)", "Linux 5.3", NULL };

	expect_refusal(&(struct start) { .config = layout_one(""), .prepare = forbid_pidfds }, 2,
		       texts);
}
END_TEST

/* The config ------------------------------------------------------------------ */

START_TEST(all_errors_of_a_config_are_told_at_once)
{
	const char *const texts[] = { "PROCS_MAX", "port_groups.blue.ports",
				      "did you mean \"ports\"?", "drain_ms", NULL };

	expect_refusal(
		&(struct start) { .config = keep_config(
					  "{'PROCS_MAX': 0, 'drain_ms': 'soon', 'port_groups': "
					  "{'blue': {'START_SEQUENCE_NUM': 0, 'ports': '11000-'}, "
					  "'red': {'START_SEQUENCE_NUM': 1, 'port': 12000}}}") },
		2, texts);
}
END_TEST

START_TEST(one_port_in_two_groups_is_an_error)
{
	const char *ip = harness_address(0);
	const char *const texts[] = { "blue", "red", "11005", NULL };

	expect_refusal(
		&(struct start) {
			.config = keep_config(
				"{'PROCS_MAX': 2, 'port_groups': {'blue': {'START_SEQUENCE_NUM': "
				"0, "
				"'ip': '%s', 'ports': '11000-11005', 'app': {'kind': 'hello'}}, "
				"'red': {'START_SEQUENCE_NUM': 1, 'ip': '%s', 'ports': "
				"'11005-11008', 'app': {'kind': 'hello'}}}}",
				ip, ip) },
		2, texts);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	struct outcome outcome;

	command_run(&(struct command) { .args = { "run", harness_path("nothing.json"), "--run-dir",
						  harness_path("run") } },
		    &outcome);
	ck_assert_int_eq(outcome.status, 2);
	ck_assert_ptr_nonnull(strstr(outcome.err, "nothing.json"));
	ck_assert_ptr_nonnull(strstr(outcome.err, "No such file"));
}
END_TEST

Suite *refusals_suite(void)
{
	Suite *suite = suite_create("refusals");
	TCase *busy = harness_case(suite, "busy"), *rights = harness_case(suite, "rights");
	TCase *limits = harness_case(suite, "limits"), *config = harness_case(suite, "config");

	tcase_add_test(busy, a_busy_port_is_named_with_its_group_address_and_holder);
	tcase_add_test(busy, all_busy_ports_are_named_at_once);
	tcase_add_test(busy, the_demo_says_how_to_move_its_ports);
	tcase_add_test(busy, the_demo_moves_by_base_port);
	tcase_add_test(busy, another_instance_is_named_as_the_holder);
	tcase_add_test(busy, an_instance_that_runs_already_is_not_started_twice);
	tcase_add_test(rights, a_privileged_port_needs_the_right);
	tcase_add_test(rights, an_address_of_another_machine_is_refused);
	tcase_add_test(rights, a_status_address_of_another_machine_is_refused);
	tcase_add_test(rights, a_port_of_the_ephemeral_range_is_a_warning);
	tcase_add_test(limits, a_limit_of_file_sizes_is_told);
	tcase_add_test(limits, a_kernel_without_pidfds_is_told);
	tcase_add_test(limits, descriptors_for_the_threads_of_a_worker_are_asked_for);
	tcase_add_test(config, all_errors_of_a_config_are_told_at_once);
	tcase_add_test(config, one_port_in_two_groups_is_an_error);
	tcase_add_test(config, a_file_that_is_not_there_is_an_error);
	return suite;
}
