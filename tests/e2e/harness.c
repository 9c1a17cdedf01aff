/* harness.c - the place of a test, and programs that run to their end; see
 * harness.h.
 */
#include "tests/e2e/harness.h"

#include "common/cc.h"
#include "tests/e2e/files.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/spawn.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static char root[PATH_MAX / 2];
static char own_dir[PATH_MAX];
static unsigned commands; /* numbers their files */

bool harness_open(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/eisen-e2e-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(root) != NULL;
}

const char *harness_root(void)
{
	return root;
}

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	ck_assert_msg(value != NULL, "%s is not set: run the tests with make check", name);
	return value;
}

const char *harness_program(void)
{
	return keep_printf("%s/eisen", from_environment("EISEN_BUILDDIR"));
}

const char *harness_source(const char *path)
{
	return keep_printf("%s/%s", from_environment("EISEN_SRCDIR"), path);
}

const char *harness_path(const char *name)
{
	return keep_printf("%s/%s", own_dir, name);
}

/* 127.64.0.0/10 holds 2^20 blocks of four: one for each of so many pids. */
const char *harness_address(unsigned n)
{
	in_addr_t base = (in_addr_t)127 << 24 | 64u << 16;
	in_addr_t own = base | ((in_addr_t)getpid() & 0xfffff) << 2 | n;

	ck_assert_uint_lt(n, HARNESS_ADDRESSES);
	return keep_printf("%s", inet_ntoa((struct in_addr) { htonl(own) }));
}

int harness_connect(unsigned n, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = inet_addr(harness_address(n));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

void harness_setup(void)
{
	snprintf(own_dir, sizeof(own_dir), "%s/%d", root, (int)getpid());
	files_make_dir(own_dir);
	/* Orphans of a manager become ours, so that they are reaped. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
}

TCase *harness_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, harness_setup, harness_teardown);
	suite_add_tcase(suite, test_case);
	return test_case;
}

static int open_output(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int open_input(const char *text, const char *path)
{
	int fd;

	if (text == NULL)
		path = "/dev/null";
	else
		files_write(path, text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

void command_run(const struct command *command, struct outcome *ret)
{
	const char *base = harness_path(keep_printf("command-%u", ++commands));
	const char *out = keep_printf("%s.out", base), *err = keep_printf("%s.err", base);
	AUTO_CLOSE int in_fd = open_input(command->input, keep_printf("%s.in", base));
	AUTO_CLOSE int out_fd = open_output(out);
	AUTO_CLOSE int err_fd = open_output(err);
	struct spawn spawn = {
		.args = command->args,
		.env = command->env,
		.in_fd = in_fd,
		.out_fd = command->out_fd > 0 ? command->out_fd : out_fd,
		.err_fd = err_fd,
		.prepare = command->prepare,
	};
	int pid_fd;
	pid_t pid = spawn_program(&spawn, &pid_fd);

	ret->status = spawn_wait(pid, pid_fd);
	ret->out = files_text(out);
	ret->err = files_text(err);
}
