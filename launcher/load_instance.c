/* load_instance.c - see load_instance.h.
 *
 *   fork ─▶ exec eisen run ─▶ READY=1 ─▶ … ─▶ SIGTERM ─▶ SIGTERM ─▶ SIGKILL
 *                                                 10 s       10 s
 */
#include "launcher/load_instance.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/cli.h"
#include "launcher/load_child.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#define TEMPLATE "eisen-load-XXXXXX"
#define START_NS (60 * CLOCK_NS_PER_S)
#define STOP_NS (10 * CLOCK_NS_PER_S)

/* Its folder ------------------------------------------------------------------ */

/* $TMPDIR, unless a socket's path in it would be too long (unix(7)). */
static int make_dir(struct load_instance *in, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	size_t size = sizeof(in->dir);
	bool own = tmp != NULL && tmp[0] == '/' && strlen(tmp) + sizeof("/" TEMPLATE) <= size;

	if (!own)
		tmp = "/tmp";
	snprintf(in->dir, size, "%s/" TEMPLATE, tmp);
	if (mkdtemp(in->dir) == NULL) {
		int err = errno;

		in->dir[0] = '\0';
		return error_errno(e, err, "cannot make a folder in %s%s", tmp,
				   own ? " (TMPDIR)" : "; TMPDIR may name another");
	}
	in->dir_fd = open(in->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return in->dir_fd >= 0 ? 0 : error_errno(e, errno, "%s", in->dir);
}

/* Flat: what the instance and we put there. Not by its name, which the
 * instance's end may have left for somebody else's link. */
static void empty_dir(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

/* Start ----------------------------------------------------------------------- */

/* Where it says READY=1, sd_notify(3): an abstract socket, unix(7), which goes
 * with us however we end. Everybody can reach it, so the kernel says who wrote. */
static int open_ready(const char *dir, char *ret_name, size_t size, struct error *e)
{
	AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(dir);
	int on = 1;

	snprintf(ret_name, size, "@%s", dir);
	memcpy(at.sun_path + 1, dir, len);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) < 0)
		return error_errno(e, errno, "socket %s", ret_name);
	return take_fd(&fd);
}

static int launch(struct load_instance *in, const char *file, const char *ready_name,
		  struct error *e)
{
	AUTO_CLOSE int words = -1;
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(e, errno, "pipe");
	in->words_fd = ends[0];
	words = ends[1];
	fd_set_nonblock(in->words_fd, true);
	r = load_child_start(&in->pid, in->dir, file, ready_name, words, e);
	if (r < 0)
		return r;
	in->pid_fd = (int)syscall(SYS_pidfd_open, in->pid, 0);
	if (in->pid_fd >= 0)
		return 0;
	error_errno(e, errno, "pidfd_open");
	kill(in->pid, SIGKILL);
	waitpid(in->pid, NULL, 0);
	in->pid = 0;
	return -e->code;
}

static bool is_from(struct msghdr *message, pid_t pid)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(message);
	struct ucred who;

	if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&who, CMSG_DATA(head), sizeof(who));
	return who.pid == pid;
}

static bool says_ready(int fd, pid_t pid)
{
	char text[256];
	union { /* aligned: cmsg(3) */
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} who;
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	ssize_t n;

	for (;;) {
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = &who,
					  .msg_controllen = sizeof(who) };

		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
		if (n < 0)
			return false;
		text[n] = '\0';
		if (strcmp(text, "READY=1") == 0 && is_from(&message, pid))
			return true;
	}
}

static int wait_ms(uint64_t deadline)
{
	uint64_t now = clock_mono_ns();

	return now < deadline ? (int)((deadline - now) / CLOCK_NS_PER_MS) + 1 : 0;
}

/* The words are shown by whoever sees it fail. */
static int await_ready(struct load_instance *in, int ready_fd, int stop_fd, struct error *e)
{
	uint64_t deadline = clock_mono_ns() + START_NS;
	int left_ms;

	while ((left_ms = wait_ms(deadline)) > 0) {
		struct pollfd fds[] = { { .fd = ready_fd, .events = POLLIN },
					{ .fd = in->pid_fd, .events = POLLIN },
					{ .fd = stop_fd, .events = POLLIN },
					{ .fd = in->words_fd, .events = POLLIN } };

		if (poll(fds, ARRAY_SIZE(fds), left_ms) < 0 && errno != EINTR)
			return error_errno(e, errno, "poll");
		if (fds[3].revents != 0)
			load_instance_read_words(in);
		if (fds[0].revents != 0 && says_ready(ready_fd, in->pid))
			return 0;
		if (fds[1].revents != 0)
			return load_instance_lost(in, e);
		if (fds[2].revents != 0)
			return error_set(e, EINTR, "interrupted before anything was measured");
	}
	fputs(buf_text(&in->words), stderr);
	return error_set(e, ETIMEDOUT,
			 "its servers were not all ready within %d s; 'eisen run' shows why",
			 (int)(START_NS / CLOCK_NS_PER_S));
}

static int start(struct load_instance *in, const char *file, int stop_fd, struct error *e)
{
	char ready_name[1 + LOAD_INSTANCE_DIR_BYTES];
	AUTO_CLOSE int ready_fd = -1;
	pid_t pid;
	int r = make_dir(in, e);

	if (r < 0)
		return r;
	ready_fd = open_ready(in->dir, ready_name, sizeof(ready_name), e);
	if (ready_fd < 0)
		return ready_fd;
	r = launch(in, file, ready_name, e);
	if (r == 0)
		r = await_ready(in, ready_fd, stop_fd, e);
	return r < 0 ? r : rundir_find(&in->rundir, in->dir, NULL, &pid, e);
}

int load_instance_start(struct load_instance *ret, const char *file, int stop_fd, struct error *e)
{
	struct load_instance in = LOAD_INSTANCE_NONE;
	int r;

	in.own = true;
	r = start(&in, file, stop_fd, e);
	if (r < 0) {
		load_instance_release(&in);
		return r == -EINTR ? r : error_prefix(e, "%s", file != NULL ? file : "demo");
	}
	*ret = in;
	return 0;
}

int load_instance_attach(struct load_instance *ret, const struct cli_instance *which,
			 struct error *e)
{
	struct load_instance in = LOAD_INSTANCE_NONE;
	int r = rundir_find(&in.rundir, which->run_dir, which->name, &in.pid, e);

	if (r < 0)
		return r;
	in.pid_fd = (int)syscall(SYS_pidfd_open, in.pid, 0);
	if (in.pid_fd < 0)
		return error_errno(e, errno, "pid %d", (int)in.pid);
	*ret = in;
	return 0;
}

/* On its way ------------------------------------------------------------------ */

void load_instance_read_words(struct load_instance *in)
{
	char bytes[4096];
	ssize_t n;

	while (in->words_fd >= 0 && (n = read(in->words_fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (in->words.len + (size_t)n <= in->words.max)
			buf_add(&in->words, bytes, (size_t)n);
	}
	if (in->words_fd >= 0)
		close(take_fd(&in->words_fd)); /* at its end: always readable */
}

/* Our child's status; its pid is not ours to use any more. */
static int reap(struct load_instance *in)
{
	int status = 0;

	while (waitpid(in->pid, &status, 0) < 0 && errno == EINTR)
		;
	in->pid = 0;
	return status;
}

int load_instance_lost(struct load_instance *in, struct error *e)
{
	int status;

	if (!in->own)
		return error_set(e, EPIPE, "the instance ended meanwhile");
	status = reap(in);
	load_instance_read_words(in);
	fputs(buf_text(&in->words), stderr);
	if (WIFSIGNALED(status))
		return error_set(e, EPIPE, "the layout was ended by signal %d (%s)",
				 WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == CLI_USAGE)
		return error_set(e, EINVAL, "the layout did not start");
	return error_set(e, EPIPE, "the layout ended by itself, exit status %d",
			 WEXITSTATUS(status));
}

/* The end --------------------------------------------------------------------- */

/* Its words are read meanwhile: it may have a lot to say at its end. */
static bool ends_in_time(struct load_instance *in)
{
	uint64_t deadline = clock_mono_ns() + STOP_NS;
	int left_ms;

	while ((left_ms = wait_ms(deadline)) > 0) {
		struct pollfd fds[] = { { .fd = in->pid_fd, .events = POLLIN },
					{ .fd = in->words_fd, .events = POLLIN } };

		if (poll(fds, ARRAY_SIZE(fds), left_ms) < 0 && errno != EINTR)
			return false;
		if (fds[1].revents != 0)
			load_instance_read_words(in);
		if (fds[0].revents != 0)
			return true;
	}
	return false;
}

/* A second SIGTERM has it kill what did not stop. */
static void stop(struct load_instance *in)
{
	static const int signals[] = { SIGTERM, SIGTERM, SIGKILL };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		kill(in->pid, signals[i]);
		if (ends_in_time(in))
			break;
	}
	reap(in);
}

void load_instance_release(struct load_instance *in)
{
	const struct load_instance none = LOAD_INSTANCE_NONE;

	if (in->own && in->pid > 0)
		stop(in);
	if (in->dir_fd >= 0)
		empty_dir(in->dir_fd);
	if (in->dir[0] != '\0')
		rmdir(in->dir); /* gone already when the instance ended as it should */
	auto_close(&in->pid_fd);
	auto_close(&in->words_fd);
	buf_release(&in->words);
	*in = none;
}
