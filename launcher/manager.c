/* manager.c - see manager.h. */
#include "launcher/manager.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/error.h"
#include "launcher/announce.h"
#include "launcher/child.h"
#include "launcher/cli.h"
#include "launcher/config.h"
#include "launcher/forkserver.h"
#include "launcher/giving_up.h"
#include "launcher/memory.h"
#include "launcher/notify.h"
#include "launcher/output.h"
#include "launcher/overdue.h"
#include "launcher/print.h"
#include "launcher/resources.h"
#include "launcher/rundir.h"
#include "launcher/signals.h"
#include "launcher/steering.h"
#include "launcher/text.h"
#include "launcher/work_progress.h"
#include "launcher/work_run.h"
#include "portmap/board.h"
#include "portmap/plan.h"
#include "servers/accesslog.h"

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define MANAGER_FLUSH_MS 200 /* for output that waits at the end */

/* A terminal's Ctrl-C reaches us, and again through a wrapper that forwards
 * what it got (timeout(1), npm): so soon after the first it is the same one. */
#define MANAGER_ECHO_MS 100

struct manager {
	const struct manager_options *options;
	struct resources res;
	struct heritage heritage; /* what every child gets, but for its own part */
	struct child_host host;
	struct child *children; /* owned, in the order of child_count() */
	struct steering steering;
	struct ev_loop *loop; /* owned */
	struct forkserver forkserver;
	struct output output;
	struct work_run work;
	struct print_drain prints;
	struct work_progress progress;
	struct overdue overdue;
	struct memory_watch memory;
	ev_io signal_watch;
	bool announced;       /* the table was printed */
	bool ready_told;      /* READY=1 was sent */
	uint64_t stop_ns;     /* when the stop began */
	uint32_t stop_signal; /* that began it; 0: another way */
	int status;           /* EXIT_FAILURE: something failed for good */
	bool gave_up;         /* so that the rest is of no account for status */
	bool accounted;       /* the results were printed when all work was done */
	bool ended;           /* nobody is left to supervise */
};

/* The slots', the feeders', the collector when there is work, the status role. */
static size_t child_count(const struct manager *m)
{
	const struct manager_options *o = m->options;

	return o->plan->slot_count + o->config->work.feeder_count + m->res.has_work + 1;
}

static struct child *status_child(struct manager *m)
{
	return &m->children[child_count(m) - 1];
}

/* Output ------------------------------------------------------------------ */

static void own_line(void *arg, enum log_level level, const char *text)
{
	const struct log_source source = { "manager", getpid() };
	struct manager *m = arg;

	output_log(&m->output, &source, level, text);
}

static void child_line(void *arg, struct child *child, enum log_level level, const char *text)
{
	struct manager *m = arg;
	const struct log_source source = { child->name, child->process.pid };

	if (level <= m->options->log_level)
		output_log(&m->output, &source, level, text);
}

/* An access log at "-" goes out as it is. */
static void child_out_line(void *arg, struct child *child, const char *text)
{
	struct manager *m = arg;
	const char *log = m->options->config->access_log.file;
	AUTO_BUF struct buf line = BUF_INIT(LINES_MAX_BYTES + 1);

	if (child->role != ROLE_WORKER || log == NULL || strcmp(log, ACCESSLOG_STDOUT) != 0) {
		child_line(m, child, LOG_LEVEL_INFO, text);
		return;
	}
	buf_addf(&line, "%s\n", text);
	output_text(&m->output, buf_text(&line), line.len);
}

/* Changes ----------------------------------------------------------------- */

/* Has every child got where it can, ready or not? */
static bool settled(const struct manager *m, bool *ret_all_ready)
{
	*ret_all_ready = true;
	for (size_t i = 0; i < child_count(m); i++) {
		enum slot_state state = m->children[i].state;

		if (state == SLOT_DOWN || state == SLOT_STARTING)
			return false;
		if (state != SLOT_READY && state != SLOT_DONE)
			*ret_all_ready = false;
	}
	return true;
}

static bool workers_gone(const struct manager *m)
{
	for (size_t i = 0; i < m->options->plan->slot_count; i++)
		if (child_is_alive(&m->children[i]))
			return false;
	return true;
}

/* The status role goes last: it shows the others' end. */
static void stop_further(struct manager *m)
{
	if (!workers_gone(m) || !work_run_gone(&m->work))
		return;
	if (!child_is_alive(status_child(m)))
		ev_break(m->loop, EVBREAK_ALL);
	else
		child_stop(status_child(m));
}

static void set_state(struct manager *m, enum board_manager_state state)
{
	atomic_store_explicit(&m->res.board->manager.state, state, memory_order_relaxed);
}

static void stop(struct manager *m, const char *why);
static void account(struct manager *m);

static void work_ended(struct manager *m)
{
	if (m->host.stopping)
		return;
	if (!m->options->stay) {
		stop(m, work_run_end(&m->work));
		return;
	}
	log_info("%s; 'eisen stop' or Ctrl-C ends it", work_run_end(&m->work));
	account(m);
}

static void child_changed(void *arg, struct child *child, enum slot_state old ATTR_UNUSED)
{
	struct manager *m = arg;
	bool all_ready;

	if (child->slot >= 0 && !m->host.stopping)
		steering_set(&m->steering, (size_t)child->slot,
			     child->state == SLOT_READY ||
				     (child->state == SLOT_DONE && child_is_alive(child)));
	if (work_run_changed(&m->work))
		work_ended(m);
	if (m->host.stopping) {
		stop_further(m);
		return;
	}
	if ((m->announced && m->ready_told) || !settled(m, &all_ready))
		return;
	if (!m->announced)
		announce(m->options, &m->res, &m->output.out);
	m->announced = true;
	if (all_ready && !m->ready_told) {
		m->ready_told = true;
		set_state(m, BOARD_MANAGER_RUNNING);
		notify_send("READY=1");
	}
}

/* Stop -------------------------------------------------------------------- */

static void kill_all(struct manager *m)
{
	log_warning("second signal: killing what is left");
	for (size_t i = 0; i < child_count(m); i++) {
		if (!child_is_alive(&m->children[i]))
			continue;
		m->host.killed++;
		child_kill(&m->children[i]);
	}
}

static void stop(struct manager *m, const char *why)
{
	if (m->host.stopping)
		return;
	log_info("stopping: %s", why);
	m->host.stopping = true;
	m->stop_ns = clock_mono_ns();
	set_state(m, BOARD_MANAGER_STOPPING);
	notify_send("STOPPING=1");
	/* Workers answer what is established; nobody new gets in. The last
	 * holder of a socket closes it, a worker when it has taken all. */
	listeners_seal(&m->res.listeners, m->options->plan);
	listeners_close(&m->res.listeners, m->options->plan);
	for (size_t i = 0; i < m->options->plan->slot_count; i++)
		child_stop(&m->children[i]);
	for (size_t i = 0; i < m->work.feeder_count; i++)
		child_stop(&m->work.feeders[i]);
	stop_further(m);
}

/* A feeder's failure is told, and the rest goes on; without a collector, or
 * with modules that cannot be loaded from the first, there is no point. */
static void child_failed(void *arg, struct child *child)
{
	struct manager *m = arg;
	char why[CHILD_NAME_BYTES + 32];

	if (child->role == ROLE_FEEDER || (child->role == ROLE_WORKER && child->died_ns != 0))
		return;
	m->status = EXIT_FAILURE;
	snprintf(why, sizeof(why), "%s cannot do its task", child->name);
	stop(m, why);
}

static void gave_up(void *arg, struct child *child, const char *how)
{
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct manager *m = arg;

	giving_up_text(child, how, &text);
	log_error("%s", buf_text(&text));
	m->status = EXIT_FAILURE;
	m->gave_up = true;
	stop(m, "the work cannot be done");
}

static void asked_stop(void *arg)
{
	stop(arg, "asked over the control socket");
}

static void reopen_logs(struct manager *m)
{
	const char *log = m->options->config->access_log.file;

	if (log == NULL || strcmp(log, ACCESSLOG_STDOUT) == 0) {
		log_info("SIGUSR1: there is no access log file to open anew");
		return;
	}
	log_info("SIGUSR1: opening %s anew", log);
	for (size_t i = 0; i < m->options->plan->slot_count; i++)
		child_reopen_log(&m->children[i]);
}

static bool is_echo(const struct manager *m, uint32_t signal)
{
	return signal == m->stop_signal &&
	       clock_mono_ns() - m->stop_ns < MANAGER_ECHO_MS * CLOCK_NS_PER_MS;
}

/* With a fork server, orphans of our children become ours. */
static int is_known(void *arg, pid_t pid)
{
	struct manager *m = arg;

	if (pid == m->forkserver.pid) {
		log_warning("the fork server died; the next worker starts another one");
		forkserver_stop(&m->forkserver);
		return 0;
	}
	for (size_t i = 0; i < child_count(m); i++)
		if (m->children[i].process.pid == pid)
			return 1;
	return 0;
}

static void take_signal(struct manager *m, uint32_t signal)
{
	char why[32];

	if (signal == SIGCHLD) {
		forkserver_reap(&(struct forkserver_known) { is_known, m });
	} else if (signal == SIGUSR1) {
		reopen_logs(m);
	} else if (!m->host.stopping) {
		m->stop_signal = signal;
		snprintf(why, sizeof(why), "SIG%s", sigabbrev_np((int)signal));
		stop(m, why);
	} else if (!is_echo(m, signal)) {
		kill_all(m);
	}
}

static void take_signals(void *arg)
{
	struct manager *m = arg;
	struct signalfd_siginfo info;

	while (read(m->signal_watch.fd, &info, sizeof(info)) == sizeof(info))
		take_signal(m, info.ssi_signo);
}

static void on_signal(struct ev_loop *loop ATTR_UNUSED, ev_io *w, int revents ATTR_UNUSED)
{
	take_signals(w->data);
}

/* The end of the work ------------------------------------------------------ */

static int write_result(void *arg, const char *text, size_t len)
{
	struct manager *m = arg;

	if (m->ended)
		return output_text_whole(&m->output, text, len);
	output_text(&m->output, text, len);
	return 0;
}

/* Once: when all is done, or when it was stopped before. */
static void account(struct manager *m)
{
	int status;

	/* What could not even begin has nothing to show. */
	if (m->accounted || (m->status != EXIT_SUCCESS && !m->announced && !m->gave_up))
		return;
	m->accounted = true;
	work_progress_finish(&m->progress);
	if (work_run_print(&m->work, write_result, m) < 0) {
		m->status = CLI_FAILED;
		*m->options->ret_unprinted = true;
	}
	status = work_run_account(&m->work);
	if (status != CLI_OK && !m->gave_up)
		m->status = status;
}

/* Life -------------------------------------------------------------------- */

static int open_loop(struct manager *m, struct error *e)
{
	int fd = signals_open(m->heritage.forkserver != NULL);

	if (fd < 0)
		return error_errno(e, errno, "signalfd");
	m->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (m->loop == NULL) {
		close(fd);
		return error_set(e, ENOMEM, "event loop: out of memory or descriptors");
	}
	ev_io_init(&m->signal_watch, on_signal, fd, EV_READ);
	m->signal_watch.data = m;
	ev_io_start(m->loop, &m->signal_watch);
	output_init(&m->output, m->options, m->res.board, m->loop);
	return 0;
}

static int init_children(struct manager *m, struct error *e)
{
	size_t slots = m->options->plan->slot_count;

	m->children = calloc(child_count(m), sizeof(*m->children));
	if (m->children == NULL ||
	    !steering_init(&m->steering, m->options->plan, &m->res.listeners))
		return error_set(e, ENOMEM, "out of memory");
	m->host = (struct child_host) { .loop = m->loop,
					.heritage = &m->heritage,
					.board = m->res.board,
					.deaths = m->res.deaths,
					.queues = m->res.has_work ? &m->res.queues : NULL,
					.changed = child_changed,
					.out_line = child_out_line,
					.line = child_line,
					.asked_stop = asked_stop,
					.gives_up = giving_up_is_wanted(m->options->config,
									m->options->stay),
					.failed = child_failed,
					.gave_up = gave_up,
					.look = take_signals,
					.arg = m };
	for (size_t i = 0; i < slots; i++)
		child_init(&m->children[i], &m->host, ROLE_WORKER, (int)i);
	if (m->res.has_work)
		work_run_init(&m->work, m->options, &m->res.queues, &m->host, m->children);
	child_init(status_child(m), &m->host, ROLE_STATUS, -1);
	return 0;
}

static void print_slot(void *arg, int slot, const char *text, size_t len)
{
	struct manager *m = arg;

	output_slot(&m->output, slot, text, len);
}

static void start_showing(struct manager *m)
{
	print_drain_start(&m->prints, m->loop, &m->res.queues, print_slot, m);
	work_progress_start(&m->progress, m->options, &m->res.prepared, m->res.board, &m->output,
			    m->loop);
}

static void start_watching(struct manager *m)
{
	size_t slots = m->options->plan->slot_count;

	if (m->res.has_work)
		overdue_start(&m->overdue, &m->host, &m->res.queues, m->children, slots);
	memory_watch_start(&m->memory, &m->host, m->children, slots,
			   m->options->config->worker_memory_max_mb);
}

static int run_children(struct manager *m)
{
	log_open(m->options->log_level, own_line, m);
	announce_warnings(m->options->plan);
	steering_begin(&m->steering);
	atomic_store_explicit(&m->res.board->manager.pid, getpid(), memory_order_relaxed);
	board_set(&m->res.board->manager.started_ns, clock_mono_ns());
	for (size_t i = 0; i < child_count(m); i++)
		child_start(&m->children[i]);
	if (m->res.has_work)
		start_showing(m);
	start_watching(m);
	ev_run(m->loop, 0);
	overdue_finish(&m->overdue);
	memory_watch_finish(&m->memory);
	for (size_t i = 0; i < child_count(m); i++)
		child_release(&m->children[i]);
	if (m->res.has_work)
		print_drain_finish(&m->prints);
	m->ended = true;
	if (m->res.has_work)
		signals_default(); /* who has enough of the results may say so */
	account(m);
	log_info("stopped");
	log_open(m->options->log_level, NULL, NULL);
	return m->status != EXIT_SUCCESS || m->host.killed == 0 ? m->status : EXIT_FAILURE;
}

static void release(struct manager *m)
{
	forkserver_stop(&m->forkserver);
	if (m->loop != NULL) {
		output_release(&m->output, MANAGER_FLUSH_MS);
		close(m->signal_watch.fd);
		ev_loop_destroy(m->loop);
	}
	free(m->children);
	steering_release(&m->steering);
	resources_release(&m->res, m->options->plan);
}

int manager_run(const struct manager_options *options, struct problems *p)
{
	struct manager m = { .options = options, .forkserver = FORKSERVER_NONE };
	struct error e = { 0 };
	int status = MANAGER_UNUSABLE;
	int r;

	if (!resources_open(&m.res, options, p))
		return MANAGER_UNUSABLE;
	fflush(NULL); /* or every child prints it again */
	resources_hand_on(&m.res, options, &m.heritage);
	if (options->config->start_method == CONFIG_FORKSERVER)
		m.heritage.forkserver = &m.forkserver;
	r = open_loop(&m, &e);
	if (r == 0)
		r = init_children(&m, &e);
	if (r == 0) {
		status = run_children(&m);
	} else {
		problems_error(p, "", "%s", e.text);
	}
	release(&m);
	return status;
}
