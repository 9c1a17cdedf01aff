/* signals.c - see signals.h. */
#include "launcher/signals.h"

#include "common/log.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

/* What nohup(1), or a shell for its background jobs, has us ignore stays
 * ignored: blocked, it would come through the signalfd all the same. */
static void add_unless_ignored(sigset_t *set, int signal)
{
	struct sigaction action;

	if (sigaction(signal, NULL, &action) < 0 || action.sa_handler != SIG_IGN)
		sigaddset(set, signal);
	else
		log_info("SIG%s is ignored, as it was at the start (nohup, a script's background): "
			 "'eisen stop' ends the run",
			 sigabbrev_np(signal));
}

int signals_open(bool children)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	add_unless_ignored(&set, SIGINT);
	add_unless_ignored(&set, SIGHUP);
	if (children)
		sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* ignored, wait4(2) would find no child that died */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void signals_default(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
