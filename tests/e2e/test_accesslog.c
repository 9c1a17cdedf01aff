/* test_accesslog.c - every reply is one line of the access log, whatever
 * happens to the file and to the workers.
 *
 * Requests are numbered, in target, referer and user agent, and the log is
 * read back line by line.
 */
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define SERVERS LAYOUT_SERVERS
#define ROUNDS 120
#define REQUESTS_MAX 20000
#define BUFFER_BYTES (64u << 10) /* as the manual says */
#define LINE_BYTES_MIN 200       /* of JSON */

/* Clients: a connection to each server -------------------------------------- */

static int fds[SERVERS];
static unsigned asked;              /* requests so far; the next one's number */
static bool may_lose;               /* workers are killed meanwhile */
static bool answered[REQUESTS_MAX]; /* by number */
static unsigned seen[REQUESTS_MAX]; /* in the log */

static unsigned port_of(size_t server)
{
	static const unsigned first[] = { 11000, 14000, 15000 };

	return first[server / LAYOUT_PER_WORKER] + (unsigned)(server % LAYOUT_PER_WORKER);
}

static void connect_all(void)
{
	for (size_t i = 0; i < SERVERS; i++)
		fds[i] = harness_connect(0, port_of(i));
}

static void close_all(void)
{
	for (size_t i = 0; i < SERVERS; i++)
		close(fds[i]);
}

static void send_request(size_t server, unsigned number)
{
	const char *request = keep_printf("GET /%u?q HTTP/1.1\r\nHost: x\r\nReferer: r%u\r\n"
					  "User-Agent: a%u\r\n\r\n",
					  number, number, number);

	if (send(fds[server], request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		ck_assert(may_lose);
}

/* Of a reply that has begun to come; 0: not known yet. */
static size_t whole_length(const char *reply)
{
	const char *end = strstr(reply, "\r\n\r\n");
	const char *length = strcasestr(reply, "\r\nContent-Length: ");
	size_t body;

	if (end == NULL || length == NULL || sscanf(length + 18, "%zu", &body) != 1)
		return 0;
	return (size_t)(end + 4 - reply) + body;
}

/* False: the connection is over. */
static bool read_reply(int fd)
{
	char reply[4096];
	size_t len = 0;

	reply[0] = '\0';
	while (len == 0 || len < whole_length(reply) || whole_length(reply) == 0) {
		const uint64_t deadline = await_deadline(AWAIT_MS);
		ssize_t n = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);

		if (n <= 0)
			return false;
		await_check(deadline, "a reply", __FILE__, __LINE__);
		len += (size_t)n;
		reply[len] = '\0';
	}
	ck_assert_msg(strncmp(reply, "HTTP/1.1 200 ", 13) == 0, "%s", reply);
	return strcasestr(reply, "\r\nConnection: close") == NULL;
}

/* One request to each server, at the same time. */
static void ask_all(void)
{
	ck_assert_uint_le(asked + SERVERS, REQUESTS_MAX);
	for (size_t i = 0; i < SERVERS; i++)
		send_request(i, asked + (unsigned)i);
	for (size_t i = 0; i < SERVERS; i++) {
		bool goes_on = read_reply(fds[i]);

		answered[asked + i] = goes_on;
		if (goes_on)
			continue;
		ck_assert(may_lose);
		close(fds[i]);
		fds[i] = harness_connect(0, port_of(i));
	}
	asked += SERVERS;
}

static void ask_rounds(unsigned rounds)
{
	while (rounds-- > 0)
		ask_all();
}

/* The log, read back -------------------------------------------------------- */

static void see(unsigned number)
{
	ck_assert_uint_lt(number, asked);
	seen[number]++;
}

static void read_combined(const char *line)
{
	char target[32], referer[32], agent[32], want[32];
	unsigned number, bytes;
	int end = 0;

	ck_assert_msg(sscanf(line,
			     "127.%*[0-9.] - - [%*2[0-9]/%*3[A-Za-z]/%*4[0-9]:%*2[0-9]:%*2[0-9]:"
			     "%*2[0-9] +0000] \"GET %31s HTTP/1.1\" 200 %u \"%31[^\"]\" "
			     "\"%31[^\"]\"%n",
			     target, &bytes, referer, agent, &end) == 4 &&
			      line[end] == '\0',
		      "%s", line);
	ck_assert_int_eq(sscanf(target, "/%u?q", &number), 1);
	snprintf(want, sizeof(want), "/%u?q", number);
	ck_assert_str_eq(target, want);
	snprintf(want, sizeof(want), "r%u", number);
	ck_assert_str_eq(referer, want);
	snprintf(want, sizeof(want), "a%u", number);
	ck_assert_str_eq(agent, want);
	ck_assert_uint_gt(bytes, 0);
	see(number);
}

static void read_json(const char *line)
{
	json_auto_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *time, *addr, *group, *method, *target, *version, *referer, *agent;
	int port, slot, status, bytes, duration_us;
	unsigned number;
	size_t server;

	ck_assert_msg(json_unpack(object,
				  "{s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:s, "
				  "s:s !}",
				  "time", &time, "addr", &addr, "group", &group, "port", &port,
				  "START_SEQUENCE_NUM", &slot, "method", &method, "target", &target,
				  "version", &version, "status", &status, "bytes", &bytes,
				  "duration_us", &duration_us, "referer", &referer, "user_agent",
				  &agent) == 0,
		      "%s", line);
	ck_assert_int_eq(sscanf(target, "/%u?q", &number), 1);
	server = number % SERVERS;
	ck_assert_uint_eq((unsigned)port, port_of(server));
	ck_assert_int_eq(slot, (int)(server / LAYOUT_PER_WORKER));
	ck_assert_str_eq(group, slot == 0 ? "blue" : slot == 1 ? "yellow" : "green");
	ck_assert_str_eq(referer, keep_printf("r%u", number));
	ck_assert_str_eq(agent, keep_printf("a%u", number));
	ck_assert_uint_eq(strlen(time), strlen("2000-10-10T13:55:36.250Z"));
	ck_assert_int_eq(status, 200);
	see(number);
}

static const struct {
	const char *name;
	void (*read)(const char *line);
} formats[] = { { "combined", read_combined }, { "json", read_json } };

/* Whole lines, each of one request. */
static void read_log(const char *file, int format)
{
	char *text = files_text(file), *end;

	for (; *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		ck_assert_msg(end != NULL, "%s ends with %s", file, text);
		*end = '\0';
		formats[format].read(text);
	}
}

static void expect_each_once(void)
{
	for (unsigned i = 0; i < asked; i++)
		ck_assert_msg(seen[i] == 1, "request %u is %u times in the log", i, seen[i]);
}

/* more: further keys of the log or, behind its brace, of the config. */
static struct instance *start_logging(const char *format, const char *more)
{
	const struct start start = {
		.config = layout_three(keep_printf(
			"'access_log': {'file': 'access.log', 'format': '%s'%s},", format, more))
	};
	struct instance *in = instance_start(&start);

	connect_all();
	return in;
}

START_TEST(every_request_of_a_load_is_one_line)
{
	struct instance *in = start_logging(formats[_i].name, "");

	ask_rounds(ROUNDS);
	instance_get(in, "/api/status"); /* of the status role: no line */
	close_all();
	instance_stop(in);
	read_log(harness_path("access.log"), _i);
	expect_each_once();
}
END_TEST

START_TEST(a_line_is_there_a_second_after_its_reply)
{
	struct instance *in = start_logging("json", "");

	ask_all();
	await(files_count_lines(files_text(harness_path("access.log")), "GET") >= SERVERS);
	close_all();
	instance_stop(in);
}
END_TEST

START_TEST(spawned_workers_keep_the_same_log)
{
	struct instance *in = start_logging("json", "}, 'START_METHOD': 'spawn', '//': {");

	ask_rounds(5);
	close_all();
	instance_stop(in);
	read_log(harness_path("access.log"), 1);
	expect_each_once();
}
END_TEST

/* Rotation -------------------------------------------------------------------- */

#define ROTATIONS 5

static const char *rotated(int i)
{
	return harness_path(keep_printf("access.log.%d", i));
}

/* Rename and signal as logrotate(8) does, with requests before and after. */
static void rotate(const struct instance *in, int i)
{
	const char *file = harness_path("access.log");

	ask_rounds(10);
	ck_assert_int_eq(rename(file, rotated(i)), 0);
	ask_rounds(10);
	instance_signal(in, SIGUSR1);
	await_doing(ask_all(), access(file, F_OK) == 0 || asked > REQUESTS_MAX - SERVERS * 100);
	ck_assert_int_eq(access(file, F_OK), 0);
}

START_TEST(a_rotation_under_load_loses_no_line)
{
	struct instance *in = start_logging("json", "");

	for (int i = 0; i < ROTATIONS; i++)
		rotate(in, i);
	ask_rounds(10);
	close_all();
	instance_stop(in);
	for (int i = 0; i < ROTATIONS; i++)
		read_log(rotated(i), 1);
	read_log(harness_path("access.log"), 1);
	expect_each_once();
}
END_TEST

static size_t count_open(pid_t pid, const char *name)
{
	int list[256];
	size_t count = kernel_fds(pid, list, ARRAY_SIZE(list)), found = 0;

	for (size_t i = 0; i < count; i++) {
		const char *what = kernel_fd(pid, list[i]);

		found += what != NULL && strcmp(what, name) == 0;
	}
	return found;
}

/* Four servers of two threads each, with a loop and an open file each. */
START_TEST(a_rotation_reaches_every_thread)
{
	const struct start start = {
		.config = keep_config(
			"{'access_log': {'file': 'access.log', 'format': 'json'}, 'PROCS_MAX': 1, "
			"'port_groups': {'blue': {'START_SEQUENCE_NUM': 0, 'ip': '%s', 'ports': "
			"'11000-11003', 'threads': 2, 'app': {'kind': 'hello'}}}, 'status': {'ip': "
			"'%s'}}",
			harness_address(0), harness_address(0))
	};
	struct instance *in = instance_start(&start);
	const char *file = harness_path("access.log");
	const pid_t pid = (pid_t)instance_worker_number(in, 0, "pid");

	ck_assert_uint_eq(count_open(pid, file), 8);
	ck_assert_int_eq(rename(file, rotated(0)), 0);
	instance_signal(in, SIGUSR1);
	await(count_open(pid, file) == 8 && count_open(pid, rotated(0)) == 0);
	instance_stop(in);
}
END_TEST

START_TEST(a_rotation_at_any_moment_of_a_start_stops_nobody)
{
	const struct start start = { .config = layout_three("'access_log': 'access.log',") };
	struct instance *in = instance_launch(&start);
	const char *pid_file = keep_printf("%s/pid", in->run_dir);

	await(access(pid_file, F_OK) == 0 && *files_text(pid_file) != '\0');
	for (int i = 0; i < 200; i++)
		instance_signal(in, SIGUSR1);
	instance_await_ready(in);
	for (int i = 0; i < 20; i++) {
		pid_t killed = instance_kill_worker(in, i % 3, SIGKILL);

		instance_signal(in, SIGUSR1);
		await(instance_worker_is_new(in, i % 3, killed));
	}
	ck_assert_int_eq(json_integer_value(
				 json_object_get(instance_get(in, "/api/manager"), "deaths_total")),
			 20);
	instance_stop(in);
}
END_TEST

START_TEST(without_a_log_the_signal_does_nothing)
{
	struct instance *in = instance_start(&(struct start) { .config = layout_one("") });

	instance_signal(in, SIGUSR1);
	await(strstr(instance_err(in), "there is no access log") != NULL);
	instance_stop(in);
}
END_TEST

/* Trouble ------------------------------------------------------------------ */

START_TEST(a_killed_worker_loses_its_buffer_at_most)
{
	struct instance *in = start_logging("json", "");
	unsigned killed_at, lost = 0;

	may_lose = true;
	ask_rounds(ROUNDS); /* more than a buffer */
	killed_at = asked;
	instance_kill_worker(in, 0, SIGKILL);
	await(instance_all_ready(in));
	ask_rounds(20);
	close_all();
	instance_stop(in);
	read_log(harness_path("access.log"), 1);
	for (unsigned i = 0; i < asked; i++) {
		bool lost_one = i % SERVERS < LAYOUT_PER_WORKER && i < killed_at;

		if (lost_one || !answered[i])
			ck_assert_uint_le(seen[i], 1);
		else
			ck_assert_msg(seen[i] == 1, "request %u: %u", i, seen[i]);
		lost += seen[i] == 0;
	}
	ck_assert_uint_gt(lost, 0); /* or the test would prove nothing */
	ck_assert_uint_le(lost, BUFFER_BYTES / LINE_BYTES_MIN);
}
END_TEST

START_TEST(a_full_disk_stops_no_reply_and_is_told_with_the_count)
{
	const struct start start = { .config = layout_three("'access_log': '/dev/full',") };
	struct instance *in = instance_start(&start);
	unsigned dropped = 0;
	const char *at;

	connect_all();
	ask_rounds(50);
	close_all();
	instance_stop(in);
	at = instance_err(in);
	ck_assert_ptr_nonnull(
		strstr(at, "access log /dev/full: No space left on device: lines are dropped"));
	while ((at = strstr(at, "access log /dev/full: ")) != NULL) {
		unsigned lines = 0;

		at += strlen("access log /dev/full: ");
		if (sscanf(at, "%u lines were dropped", &lines) == 1)
			dropped += lines;
	}
	ck_assert_uint_eq(dropped, asked);
}
END_TEST

START_TEST(standard_output_has_whole_lines_too)
{
	const struct start start = { .config = layout_three(
					     "'access_log': {'file': '-', 'format': 'json'},"),
				     .args = { "--log-format", "json" } };
	struct instance *in = instance_start(&start);

	connect_all();
	ask_rounds(50);
	close_all();
	instance_stop(in);
	read_log(in->out, 1);
	expect_each_once();
}
END_TEST

START_TEST(a_file_that_cannot_be_had_stops_the_start)
{
	const struct start start = { .config = layout_one("'access_log': 'none/access.log',") };
	const struct command check = { .args = { "check", harness_path("site.json") } };
	struct instance *in = instance_launch(&start);
	struct outcome outcome;

	ck_assert_int_eq(instance_wait(in), 2);
	ck_assert_ptr_nonnull(strstr(instance_err(in), "access_log: "));
	ck_assert_ptr_nonnull(strstr(instance_err(in), "none/access.log: No such file"));
	ck_assert_str_eq(instance_out(in), "");
	command_run(&check, &outcome);
	ck_assert_ptr_nonnull(strstr(outcome.err, "warning: access_log: "));
	ck_assert_ptr_nonnull(strstr(outcome.err, "none/, the folder of access.log"));
}
END_TEST

Suite *accesslog_suite(void)
{
	Suite *suite = suite_create("accesslog");
	TCase *lines = harness_case(suite, "lines"), *rotation = harness_case(suite, "rotation");
	TCase *trouble = harness_case(suite, "trouble");

	tcase_add_loop_test(lines, every_request_of_a_load_is_one_line, 0, ARRAY_SIZE(formats));
	tcase_add_test(lines, a_line_is_there_a_second_after_its_reply);
	tcase_add_test(lines, spawned_workers_keep_the_same_log);
	tcase_add_test(lines, standard_output_has_whole_lines_too);
	tcase_add_test(rotation, a_rotation_under_load_loses_no_line);
	tcase_add_test(rotation, a_rotation_reaches_every_thread);
	tcase_add_test(rotation, a_rotation_at_any_moment_of_a_start_stops_nobody);
	tcase_add_test(rotation, without_a_log_the_signal_does_nothing);
	tcase_add_test(trouble, a_killed_worker_loses_its_buffer_at_most);
	tcase_add_test(trouble, a_full_disk_stops_no_reply_and_is_told_with_the_count);
	tcase_add_test(trouble, a_file_that_cannot_be_had_stops_the_start);
	return suite;
}
