/* child.c - see child.h. */
#include "launcher/child.h"

#include "common/clock.h"
#include "common/error.h"
#include "launcher/child_death.h"
#include "launcher/config.h"
#include "launcher/giving_up.h"
#include "launcher/text.h"
#include "launcher/work_spec.h"
#include "portmap/board.h"
#include "portmap/deaths.h"
#include "queues/recover.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Enough to empty the pipes of a dead child, which hold 64 KiB each. */
#define CHILD_LAST_READS 4

bool child_is_alive(const struct child *c)
{
	return c->process.pid != 0;
}

/* State ------------------------------------------------------------------- */

/* Take the event; false when it means nothing in this state. */
static bool child_event(struct child *c, enum slot_event event)
{
	enum slot_state old = c->state, now = slot_next(old, event);

	if (now == old)
		return false;
	c->state = now;
	log_debug("%s: %s → %s → %s", c->name, slot_state_name(old), slot_event_name(event),
		  slot_state_name(now));
	atomic_store_explicit(&c->shown->state, now, memory_order_relaxed);
	c->host->changed(c->host->arg, c, old);
	return true;
}

static void arm_timer(struct child *c, unsigned ms)
{
	ev_timer_stop(c->host->loop, &c->timer);
	ev_now_update(c->host->loop);
	ev_timer_set(&c->timer, ms / 1000., 0.);
	ev_timer_start(c->host->loop, &c->timer);
}

static void on_report(struct ev_loop *loop, ev_io *w, int revents);
static void on_exit_watch(struct ev_loop *loop, ev_io *w, int revents);

/* A loop that was kept busy runs its timers before it reads: look whether the
 * child has been in time after all. False when that changed anything. */
static bool is_late(struct child *c)
{
	enum slot_state state = c->state;
	pid_t pid = c->process.pid;

	if (pid == 0)
		return true;
	on_report(c->host->loop, &c->report_watch, EV_READ);
	on_exit_watch(c->host->loop, &c->exit_watch, EV_READ);
	return c->state == state && c->process.pid == pid;
}

static void on_timer(struct ev_loop *loop ATTR_UNUSED, ev_timer *w, int revents ATTR_UNUSED)
{
	struct child *c = w->data;

	if (!is_late(c))
		return;
	switch (c->state) {
	case SLOT_BACKOFF:
		board_set(&c->shown->next_try_ns, 0);
		child_event(c, SLOT_EVENT_RETRY);
		if (!c->host->stopping)
			child_start(c);
		break;
	case SLOT_STARTING:
		log_warning("%s (pid %d) is not ready after %d ms: killed", c->name,
			    (int)c->process.pid, c->host->heritage->config->start_timeout_ms);
		child_kill(c);
		break;
	case SLOT_DRAINING:
		log_warning("%s (pid %d) did not stop within %d ms: killed", c->name,
			    (int)c->process.pid, c->host->heritage->config->drain_ms);
		c->host->killed += c->host->stopping;
		child_kill(c);
		break;
	default:
		break;
	}
}

/* Death ------------------------------------------------------------------- */

static uint32_t random_number(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint32_t)clock_mono_ns();
	return number;
}

static void forget_process(struct child *c)
{
	struct ev_loop *loop = c->host->loop;

	ev_io_stop(loop, &c->exit_watch);
	ev_io_stop(loop, &c->report_watch);
	ev_io_stop(loop, &c->out_watch);
	ev_io_stop(loop, &c->err_watch);
	ev_timer_stop(loop, &c->timer);
	process_close(&c->process);
	atomic_store_explicit(&c->shown->pid, 0, memory_order_relaxed);
	board_set(&c->shown->ready_ns, 0);
	c->ready_ns = 0;
	c->asked = c->ending = c->later = false;
	c->why[0] = '\0';
}

/* Done before, and now its process has ended. */
static void gone_for_good(struct child *c)
{
	if (c->host->queues != NULL)
		queues_release_kept(c->host->queues, c->owner);
	c->host->changed(c->host->arg, c, c->state);
}

static void go_on_after(struct child *c, bool fault, unsigned wait_ms, const char *how)
{
	bool last = giving_up_is_due(c);

	if (!child_event(c, fault ? SLOT_EVENT_FAULT : SLOT_EVENT_DIED))
		gone_for_good(c);
	if (c->state == SLOT_BACKOFF) {
		board_set(&c->shown->next_try_ns, clock_mono_ns() + wait_ms * CLOCK_NS_PER_MS);
		arm_timer(c, wait_ms);
	} else if (c->state == SLOT_DOWN && !c->host->stopping) {
		child_start(c);
	}
	if (last)
		c->host->gave_up(c->host->arg, c, how);
}

static void read_output(struct child *c)
{
	for (int i = 0; i < CHILD_LAST_READS; i++) {
		lines_read(&c->out, c->process.out_fd);
		lines_read(&c->err, c->process.err_fd);
	}
}

static void read_last_words(struct child *c)
{
	on_report(c->host->loop, &c->report_watch, EV_READ);
	read_output(c);
	lines_finish(&c->out);
	lines_finish(&c->err);
}

static void on_exit_watch(struct ev_loop *loop ATTR_UNUSED, ev_io *w, int revents ATTR_UNUSED)
{
	struct child *c = w->data;
	char how[MAX(TEXT_BYTES, CHILD_WHY_BYTES)];
	struct rusage usage;
	struct death death;
	unsigned wait_ms;
	bool fault;
	int status;

	/* A stop of the whole process group reaches the child too, and a busy loop
	 * may see its death first. */
	c->host->look(c->host->arg);
	if (wait4(c->process.pid, &status, WNOHANG, &usage) != c->process.pid)
		return;
	read_last_words(c);
	death = child_death_of(c, status, &usage);
	fault = child_death_is_fault(c, &death);
	wait_ms = backoff_after(&c->backoff, c->ready_ns != 0 ? death.at_ns - c->ready_ns : 0,
				fault, random_number());
	if (c->later)
		c->backoff.unready = 0;
	deaths_add(c->host->deaths, &death);
	child_death_text(c, &death, how, sizeof(how));
	child_death_tell(c, &death, how, wait_ms);
	if (c->host->queues != NULL)
		recovery_run(c->host->queues, c->owner, c->name, (int)death.pid, how,
			     child_death_guilt(c, &death));
	if (c->slot >= 0)
		board_clear_gauges(c->host->board, c->host->heritage->plan, (size_t)c->slot);
	forget_process(c);
	c->died_ns = death.at_ns;
	go_on_after(c, fault, wait_ms, how);
}

/* Pipes ------------------------------------------------------------------- */

static void note_ready(struct child *c)
{
	char took[TEXT_BYTES];

	if (!child_event(c, SLOT_EVENT_READY))
		return;
	ev_timer_stop(c->host->loop, &c->timer);
	c->ready_ns = clock_mono_ns();
	board_set(&c->shown->ready_ns, c->ready_ns);
	if (c->role == ROLE_WORKER)
		c->host->worker_was_ready = true;
	if (c->died_ns == 0)
		return;
	text_duration(took, sizeof(took), c->ready_ns - c->died_ns);
	log_info("%s (pid %d) is ready again, %s after the death", c->name, (int)c->process.pid,
		 took);
}

static void take_report(struct child *c, char report)
{
	switch (report) {
	case REPORT_READY:
		note_ready(c);
		break;
	case REPORT_FINISHED:
		c->finished = true;
		if (child_event(c, SLOT_EVENT_FINISH))
			ev_timer_stop(c->host->loop, &c->timer);
		break;
	case REPORT_LATER:
		c->later = true;
		break;
	case REPORT_ENDING:
		c->ending = true;
		if (child_event(c, SLOT_EVENT_STOP))
			arm_timer(c, (unsigned)c->host->heritage->config->drain_ms +
					     CHILD_KILL_AFTER_MS);
		break;
	case REPORT_FAILED:
		read_output(c); /* why */
		c->failed = true;
		atomic_store_explicit(&c->shown->failed, 1, memory_order_relaxed);
		if (c->role == ROLE_FEEDER && child_event(c, SLOT_EVENT_FINISH))
			ev_timer_stop(c->host->loop, &c->timer);
		c->host->failed(c->host->arg, c);
		break;
	case REPORT_STOP:
		if (c->role == ROLE_STATUS)
			c->host->asked_stop(c->host->arg);
		break;
	default:
		log_warning("%s: unknown report 0x%02x", c->name, (unsigned char)report);
	}
}

static void on_report(struct ev_loop *loop, ev_io *w, int revents ATTR_UNUSED)
{
	struct child *c = w->data;
	char reports[16];
	ssize_t n = read(c->process.report_fd, reports, sizeof(reports));

	if (n == 0)
		ev_io_stop(loop, w);
	for (ssize_t i = 0; i < n; i++)
		take_report(c, reports[i]);
}

static void on_output(struct ev_loop *loop, ev_io *w, int revents ATTR_UNUSED)
{
	struct child *c = w->data;

	if (!lines_read(w == &c->out_watch ? &c->out : &c->err, w->fd))
		ev_io_stop(loop, w);
}

static void out_line(void *arg, const char *line)
{
	struct child *c = arg;

	c->host->out_line(c->host->arg, c, line);
}

static void err_line(void *arg, const char *line)
{
	struct child *c = arg;
	enum log_level level = log_level_strip(&line, LOG_LEVEL_WARNING);

	c->host->line(c->host->arg, c, level, line);
}

/* Start and stop ---------------------------------------------------------- */

/* Its place on the board, its number in the queues, and its name. */
static void identify(struct child *c, int index)
{
	const struct config *config = c->host->heritage->config;
	struct board *board = c->host->board;

	snprintf(c->name, sizeof(c->name), "%s", role_name(c->role));
	switch (c->role) {
	case ROLE_WORKER:
		c->slot = index;
		c->shown = board_process(board, (size_t)index);
		c->owner = work_owner_of_slot(config, (size_t)index);
		snprintf(c->name, sizeof(c->name), "%s-%d", role_name(c->role), index);
		break;
	case ROLE_STATUS:
		c->shown = board_status_process(board);
		c->owner = WORK_OWNER_STATUS;
		break;
	case ROLE_COLLECTOR:
		c->shown = board_collector_process(board);
		c->owner = WORK_OWNER_COLLECTOR;
		break;
	case ROLE_FEEDER:
		c->feeder = index;
		c->shown = board_feeder_process(board, (size_t)index);
		c->owner = work_owner_of_feeder((size_t)index);
		snprintf(c->name, sizeof(c->name), "%s:%s", role_name(c->role),
			 config->work.feeders[index].name);
		break;
	}
}

void child_init(struct child *c, struct child_host *host, enum role role, int index)
{
	const struct process none = PROCESS_NONE;

	*c = (struct child) {
		.host = host, .role = role, .slot = -1, .feeder = -1, .process = none
	};
	identify(c, index);
	lines_init(&c->out, out_line, c);
	lines_init(&c->err, err_line, c);
	ev_init(&c->timer, on_timer);
	c->timer.data = c;
}

static void watch(struct child *c, ev_io *w, void (*fn)(struct ev_loop *, ev_io *, int), int fd)
{
	ev_io_init(w, fn, fd, EV_READ);
	w->data = c;
	ev_io_start(c->host->loop, w);
}

static void watch_process(struct child *c)
{
	watch(c, &c->exit_watch, on_exit_watch, c->process.pid_fd);
	watch(c, &c->report_watch, on_report, c->process.report_fd);
	watch(c, &c->out_watch, on_output, c->process.out_fd);
	watch(c, &c->err_watch, on_output, c->process.err_fd);
}

void child_start(struct child *c)
{
	struct heritage heritage = *c->host->heritage;
	struct error e = { 0 };
	unsigned wait_ms;

	heritage.role = c->role;
	heritage.slot = c->slot;
	heritage.feeder = c->feeder;
	heritage.again = c->died_ns != 0;
	if (c->host->queues != NULL)
		heritage.owner = c->owner;
	c->started_ns = clock_mono_ns();
	child_event(c, SLOT_EVENT_START);
	if (process_start(&heritage, &c->process, &e) < 0) {
		wait_ms = backoff_after(&c->backoff, 0, true, random_number());
		if (!giving_up_is_due(c))
			log_error("%s: %s; next try in %u ms", c->name, e.text, wait_ms);
		go_on_after(c, true, wait_ms, e.text);
		return;
	}
	if (c->died_ns != 0)
		board_add(&c->shown->restarts, 1);
	board_set(&c->shown->started_ns, c->started_ns);
	atomic_store_explicit(&c->shown->pid, c->process.pid, memory_order_relaxed);
	watch_process(c);
	arm_timer(c, (unsigned)c->host->heritage->config->start_timeout_ms);
}

void child_stop(struct child *c)
{
	if (!child_is_alive(c)) {
		ev_timer_stop(c->host->loop, &c->timer); /* a back-off */
		if (c->state == SLOT_BACKOFF)
			child_event(c, SLOT_EVENT_STOP);
		return;
	}
	c->asked = true;
	if (!child_event(c, SLOT_EVENT_STOP))
		return; /* it is ending already */
	kill(c->process.pid, SIGTERM);
	arm_timer(c, (unsigned)c->host->heritage->config->drain_ms + CHILD_KILL_AFTER_MS);
}

void child_dismiss(struct child *c)
{
	if (child_event(c, SLOT_EVENT_FINISH))
		ev_timer_stop(c->host->loop, &c->timer);
	if (child_is_alive(c))
		kill(c->process.pid, SIGTERM);
}

void child_expect_end(struct child *c)
{
	if (child_is_alive(c) && child_event(c, SLOT_EVENT_STOP))
		arm_timer(c, (unsigned)c->host->heritage->config->drain_ms + CHILD_KILL_AFTER_MS);
}

void child_reopen_log(struct child *c)
{
	if (child_is_alive(c))
		kill(c->process.pid, SIGUSR1);
}

void child_kill(struct child *c)
{
	child_event(c, SLOT_EVENT_KILL);
	if (child_is_alive(c))
		kill(c->process.pid, SIGKILL);
}

static void ATTR_PRINTF(3, 0)
	set_guilt(struct child *c, enum recovery_guilt guilt, const char *fmt, va_list args)
{
	vsnprintf(c->why, sizeof(c->why), fmt, args);
	c->guilt = guilt;
}

void child_kill_for(struct child *c, enum recovery_guilt guilt, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_guilt(c, guilt, fmt, args);
	va_end(args);
	child_kill(c);
}

void child_renew(struct child *c, enum recovery_guilt guilt, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_guilt(c, guilt, fmt, args);
	va_end(args);
	child_stop(c);
}

void child_release(struct child *c)
{
	if (child_is_alive(c)) {
		kill(c->process.pid, SIGKILL);
		waitpid(c->process.pid, NULL, 0);
		forget_process(c);
	}
	ev_timer_stop(c->host->loop, &c->timer);
	lines_release(&c->out);
	lines_release(&c->err);
}
