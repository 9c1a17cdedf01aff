/* load_stop.c - see load_stop.h. */
#include "launcher/load_stop.h"

#include "common/cc.h"
#include "common/clock.h"

#include <fcntl.h>
#include <signal.h>

#define ECHO_NS (100 * CLOCK_NS_PER_MS)

static int pipe_fd = -1; /* written once */
static pid_t owner;
static volatile sig_atomic_t first;
static volatile uint64_t first_ns; /* of the handler alone, where all these signals are blocked */

static void on_signal(int number)
{
	uint64_t now = clock_mono_ns();
	ssize_t n ATTR_UNUSED;
	int saved = errno;

	if (getpid() != owner) { /* a child that has not come to its exec yet */
		signal(number, SIG_DFL);
		raise(number);
	} else if (first == 0) {
		first = number;
		first_ns = now;
		n = write(pipe_fd, "", 1); /* a pipe has room for one byte */
	} else if (number != first || now - first_ns > ECHO_NS) {
		signal(number, SIG_DFL);
		raise(number); /* when the handler has returned */
	}
	errno = saved;
}

int load_stop_open(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	pipe_fd = fds[1];
	owner = getpid();
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&action.sa_mask, signals[i]);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	return fds[0];
}
