/* instance.c - a running eisen, from its start to its end; see harness.h. */
#include "tests/e2e/harness.h"

#include "common/cc.h"
#include "tests/e2e/await.h"
#include "tests/e2e/files.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define INSTANCES_MAX 8
#define NOTHING_LEFT_MS 20000 /* it takes milliseconds, or it never comes */

static struct instance instances[INSTANCES_MAX]; /* of this test */
static size_t instance_count;

/* A datagram socket in the abstract namespace, for READY=1. */
static int open_notify(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path + 1, name + 1, len - 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

/* Where its output goes: a file, or a pipe whose other end is *ret_read. */
static int open_output(const char *path, bool pipe_wanted, int *ret_read)
{
	int ends[2];

	*ret_read = -1;
	if (!pipe_wanted)
		return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	*ret_read = ends[0];
	return ends[1];
}

const char *harness_runtime_dir(void)
{
	return keep_printf("XDG_RUNTIME_DIR=%s", harness_path("."));
}

/* run [FILE] --run-dir DIR ARGS */
static const char *const *arguments(const struct start *start, const struct instance *in)
{
	const char **args = keep(calloc(HARNESS_ARGS_MAX + 6, sizeof(*args)));
	size_t n = 0;

	args[n++] = "run";
	if (start->config != NULL) {
		args[n] = harness_path("site.json");
		files_write(args[n++], start->config);
	}
	args[n++] = start->name != NULL ? "--name" : "--run-dir";
	args[n++] = start->name != NULL ? start->name : in->run_dir;
	for (size_t i = 0; start->args[i] != NULL; i++)
		args[n++] = start->args[i];
	return args;
}

struct instance *instance_launch(const struct start *start)
{
	struct instance *in = &instances[instance_count];
	const char *notify = keep_printf("@eisen-e2e-%d-%zu", (int)getpid(), instance_count);
	AUTO_CLOSE int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct spawn spawn = { .env = start->env, .prepare = start->prepare, .in_fd = null };

	ck_assert_uint_lt(instance_count, INSTANCES_MAX);
	snprintf(in->mark, sizeof(in->mark), "%d-%zu", (int)getpid(), instance_count);
	in->run_dir = harness_path(start->name != NULL ? keep_printf("./eisen/%s", start->name)
						       : keep_printf("run-%zu", instance_count));
	in->out = harness_path(keep_printf("out-%zu", instance_count));
	in->err = harness_path(keep_printf("err-%zu", instance_count));
	in->notify_fd = open_notify(notify);
	spawn.args = arguments(start, in);
	spawn.mark = in->mark;
	spawn.notify = notify;
	spawn.out_fd = start->out_fd > 0 ? dup(start->out_fd)
					 : open_output(in->out, start->pipes, &in->out_fd);
	spawn.err_fd = open_output(in->err, start->pipes, &in->err_fd);
	in->pid = spawn_program(&spawn, &in->pid_fd);
	in->running = true;
	instance_count++;
	close(spawn.out_fd);
	close(spawn.err_fd);
	return in;
}

void instance_await_ready(struct instance *in)
{
	uint64_t deadline = await_deadline(AWAIT_MS);
	char text[64] = "";
	const int fds[] = { in->notify_fd, in->pid_fd };

	while (strcmp(text, "READY=1") != 0) {
		ssize_t len;

		ck_assert_msg(await_readable(fds, 2, deadline) == 0,
			      "the instance is not ready; it says:\n%s", instance_err(in));
		len = recv(in->notify_fd, text, sizeof(text) - 1, 0);
		text[len > 0 ? len : 0] = '\0';
	}
}

struct instance *instance_start(const struct start *start)
{
	struct instance *in = instance_launch(start);

	instance_await_ready(in);
	return in;
}

void instance_signal(const struct instance *in, int signal)
{
	ck_assert(in->running);
	ck_assert_int_eq(kill(in->pid, signal), 0);
}

int instance_wait(struct instance *in)
{
	int status;

	ck_assert(in->running);
	status = spawn_wait(in->pid, in->pid_fd);
	in->running = false;
	close(in->notify_fd);
	return status;
}

static bool is_ours(const char *url, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++)
		if (strncmp(url, *prefixes, strlen(*prefixes)) == 0)
			return true;
	return false;
}

/* What is still there of it, in words; "" for nothing. */
static const char *what_is_left(const struct instance *in)
{
	const char *prefixes[HARNESS_ADDRESSES + 2] = { keep_printf("unix:%s", harness_path("")) };
	struct kernel_listeners listeners;
	struct kernel_pids pids;
	const char *left = "";

	for (unsigned i = 0; i < HARNESS_ADDRESSES; i++)
		prefixes[i + 1] = keep_printf("http://%s:", harness_address(i));
	kernel_marked(in->mark, &pids);
	for (size_t i = 0; i < pids.count; i++) {
		const char *name = kernel_status_field(pids.list[i], "Name");
		const char *state = kernel_status_field(pids.list[i], "State");

		left = keep_printf("%s\npid %d (%s, %s)", left, (int)pids.list[i],
				   name != NULL ? name : "gone", state != NULL ? state : "gone");
	}
	kernel_listening("", &listeners);
	for (size_t i = 0; i < listeners.count; i++)
		if (is_ours(listeners.list[i].url, prefixes))
			left = keep_printf("%s\n%s", left, listeners.list[i].url);
	return left;
}

/* A worker that a signal has just killed is there for a moment more. */
void instance_expect_nothing_left(const struct instance *in)
{
	uint64_t deadline = await_deadline(NOTHING_LEFT_MS);
	const char *left;

	while ((left = what_is_left(in))[0] != '\0')
		await_again(deadline, keep_printf("the end of%s", left), __FILE__, __LINE__);
}

void instance_expect_end(struct instance *in, int status)
{
	int got = instance_wait(in);

	ck_assert_msg(got == status, "exit status %d instead of %d; it says:\n%s", got, status,
		      instance_err(in));
	instance_expect_nothing_left(in);
}

void instance_stop(struct instance *in)
{
	instance_signal(in, SIGTERM);
	instance_expect_end(in, 0);
}

/* A sanitizer's report in a child is a line of its, and a death that the
 * manager mends: no test would notice. */
static void expect_no_report(const struct instance *in)
{
	static const char *const signs[] = { "runtime error: ", "AddressSanitizer", "LeakSanitizer",
					     "ThreadSanitizer" };
	const char *err = files_read(in->err, NULL);

	for (size_t i = 0; err != NULL && i < ARRAY_SIZE(signs); i++)
		ck_assert_msg(strstr(err, signs[i]) == NULL, "a sanitizer's report:\n%s", err);
}

void harness_teardown(void)
{
	for (size_t i = 0; i < instance_count; i++)
		if (instances[i].running)
			instance_stop(&instances[i]);
	for (size_t i = 0; i < instance_count; i++) {
		instance_expect_nothing_left(&instances[i]);
		expect_no_report(&instances[i]);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	files_remove_tree(harness_path(""));
	keep_release();
}

const char *instance_out(const struct instance *in)
{
	return files_text(in->out);
}

const char *instance_err(const struct instance *in)
{
	return in->err_fd < 0 ? files_text(in->err) : "(it went to a pipe)";
}
