/* scripted.c - see scripted.h. */
#include "tests/e2e/scripted.h"

#include "tests/e2e/harness.h"
#include "tests/e2e/keep.h"

#include "common/cc.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

struct scripted {
	const char *url;
	_Atomic unsigned *requests; /* shared with its process */
};

/* On any free port of this test's second address. */
static int bind_socket(const char **ret_url)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = inet_addr(harness_address(1));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_url = keep_printf("http://%s:%u/", harness_address(1), ntohs(at.sin_port));
	return fd;
}

/* A head without a body, one at a time: the client does not send ahead. */
static bool read_request(int fd)
{
	char bytes[4096];
	size_t len = 0;

	while (len < sizeof(bytes)) {
		ssize_t n = read(fd, bytes + len, sizeof(bytes) - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		if (len >= 4 && memcmp(bytes + len - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}

static void serve(int fd, const struct script *script, _Atomic unsigned *requests)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	while (read_request(fd)) {
		size_t len = script->says != NULL ? strlen(script->says) : 0;

		atomic_fetch_add(requests, 1);
		if (write(fd, script->says, len) < (ssize_t)len)
			break;
		if (script->then == SCRIPTED_WAITS)
			return; /* open */
		if (script->then == SCRIPTED_RESETS)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		if (script->then != SCRIPTED_GOES_ON)
			break;
	}
	close(fd);
}

static void ATTR_NORETURN run(int listener, const struct script *script, _Atomic unsigned *requests,
			      pid_t test)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	while (getppid() == test) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve(fd, script, requests);
	}
	_exit(0);
}

struct scripted *scripted_start(const struct script *script)
{
	struct scripted *s = keep(calloc(1, sizeof(*s)));
	AUTO_CLOSE int listener = bind_socket(&s->url);
	pid_t test = getpid(), pid;

	s->requests = mmap(NULL, sizeof(*s->requests), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* until the test's end */
	ck_assert_ptr_ne(s->requests, MAP_FAILED);
	ck_assert_int_eq(listen(listener, 64), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		run(listener, script, s->requests, test);
	return s;
}

const char *scripted_url(const struct scripted *s)
{
	return s->url;
}

unsigned scripted_requests(const struct scripted *s)
{
	return atomic_load(s->requests);
}

const char *scripted_refusal(void)
{
	const char *url;

	bind_socket(&url); /* open until the test's end */
	return url;
}
