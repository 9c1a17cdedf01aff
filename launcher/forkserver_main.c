/* forkserver_main.c - the fork server itself; see forkserver.h. */
#include "launcher/forkserver.h"

#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"
#include "launcher/config.h"
#include "launcher/forkserver_wire.h"
#include "launcher/heritage.h"
#include "launcher/process.h"
#include "work/module.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct server {
	int fd; /* of the socket */
	pid_t manager_pid;
	struct module modules[CONFIG_MODULES_MAX]; /* loaded once, for all workers */
};

struct request {
	int *fds, *numbers; /* owned */
	size_t count;
};

/* What a worker cannot load it says itself. */
static void preload(struct server *s, const struct config *config)
{
	for (size_t i = 0; i < config->work.module_count; i++) {
		AUTO_FREE char *path = NULL;
		struct error e = { 0 };

		if (module_find(config->work.modules[i].path, config->base_dir, &path, &e) == 0)
			(void)module_load(path, &s->modules[i], &e);
	}
}

/* In the worker: the manager is our parent once the process in between has
 * gone. */
static bool await_parent(pid_t manager)
{
	pid_t between = getppid();
	struct pollfd p = { .events = POLLIN };

	if (between == manager)
		return true;
	p.fd = (int)syscall(SYS_pidfd_open, between, 0);
	if (p.fd >= 0) {
		poll(&p, 1, -1);
		close(p.fd);
	}
	return getppid() == manager;
}

/* Its exit status. */
static int be_worker(const struct server *s, struct request *r)
{
	char document[16];

	close(s->fd);
	if (!await_parent(s->manager_pid))
		return EXIT_FAILURE;
	r->numbers[1] = STDOUT_FILENO;
	r->numbers[2] = STDERR_FILENO;
	if (forkserver_place(r->fds, r->numbers, r->count) < 0)
		return EXIT_FAILURE;
	fd_set_cloexec(STDOUT_FILENO, false);
	fd_set_cloexec(STDERR_FILENO, false);
	snprintf(document, sizeof(document), "%d", r->numbers[0]);
	free(r->fds);
	free(r->numbers);
	return process_main(document);
}

/* In between: fork the worker, say its pid, and be gone. True in the worker. */
static bool fork_worker(int answer_fd)
{
	pid_t pid = fork();
	int answer = pid < 0 ? -errno : pid;

	if (pid == 0) {
		close(answer_fd);
		return true;
	}
	(void)!fd_write_all(answer_fd, &answer, sizeof(answer));
	_exit(EXIT_SUCCESS);
}

/* True in the worker. */
static bool fork_twice(int *ret_answer)
{
	int ends[2];
	pid_t between;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		*ret_answer = -errno;
		return false;
	}
	between = fork();
	*ret_answer = between < 0 ? -errno : -ECHILD;
	if (between == 0) {
		close(ends[0]);
		return fork_worker(ends[1]);
	}
	close(ends[1]);
	if (between > 0) {
		(void)!read(ends[0], ret_answer, sizeof(*ret_answer));
		waitpid(between, NULL, 0); /* the worker is the manager's from here on */
	}
	close(ends[0]);
	return false;
}

static void request_release(struct request *r)
{
	for (size_t i = 0; i < r->count; i++)
		close(r->fds[i]);
	free(r->fds);
	free(r->numbers);
}

/* Until the manager has gone, or asks for what we do not understand. */
static int serve(const struct server *s)
{
	for (;;) {
		struct request r = { 0 };
		int answer;

		if (forkserver_receive(s->fd, &r.fds, &r.numbers, &r.count) <= 0)
			return EXIT_SUCCESS;
		if (fork_twice(&answer))
			return be_worker(s, &r);
		request_release(&r);
		if (send(s->fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			return EXIT_FAILURE;
	}
}

/* "SOCKET,HERITAGE" */
static bool parse_fds(const char *text, int *ret_socket, int *ret_heritage)
{
	char first[16];
	const char *comma = strchr(text, ',');
	uint64_t a, b;

	if (comma == NULL || comma - text >= (ptrdiff_t)sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(comma - text), text);
	if (!number_parse(first, 3, INT_MAX, &a) || !number_parse(comma + 1, 3, INT_MAX, &b))
		return false;
	*ret_socket = (int)a;
	*ret_heritage = (int)b;
	return true;
}

int forkserver_main(const char *fds_text)
{
	struct config *config = NULL;
	struct server s = { .fd = -1 };
	struct error e = { 0 };
	int document, status;

	log_open(LOG_LEVEL_INFO, NULL, NULL);
	if (!parse_fds(fds_text, &s.fd, &document)) {
		log_error("--forkserver is for eisen's own use: start it with 'eisen run'");
		return 2;
	}
	if (heritage_read_config(document, &config, &s.manager_pid, &e) < 0)
		return EXIT_FAILURE;
	fd_set_cloexec(s.fd, true);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "eisen:forksrv");
	if (getppid() != s.manager_pid)
		return EXIT_FAILURE;
	preload(&s, config);
	config_free(config);
	status = serve(&s);
	for (size_t i = 0; i < CONFIG_MODULES_MAX; i++)
		module_unload(&s.modules[i]);
	return status;
}
