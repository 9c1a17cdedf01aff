/* load_watch.c - see load_watch.h. */
#include "launcher/load_watch.h"

#include "common/clock.h"
#include "common/error.h"
#include "launcher/load_board.h"
#include "launcher/load_instance.h"
#include "launcher/load_sample.h"
#include "load/drive.h"

#include <poll.h>
#include <sys/timerfd.h>

#define SHOW_NS (100 * CLOCK_NS_PER_MS)
#define FIND_NS CLOCK_NS_PER_S /* between two questions for new processes */

enum { FD_DRIVE, FD_TIMER, FD_STOP, FD_PID, FD_WORDS, FD_COUNT };

struct times {
	uint64_t show_ns, find_ns; /* when next */
};

static int set_timer(int fd, uint64_t at_ns, struct error *e)
{
	const struct itimerspec when = {
		.it_value = { .tv_sec = (time_t)(at_ns / CLOCK_NS_PER_S),
			      .tv_nsec = (long)(at_ns % CLOCK_NS_PER_S) },
	};

	if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		return error_errno(e, errno, "timerfd_settime");
	return 0;
}

static void show(const struct load_watch *w)
{
	struct load_progress progress;

	if (w->show == NULL)
		return;
	load_drive_progress(w->drive, &progress);
	w->show(&progress, w->arg);
}

/* Another process may have taken the place of one that has gone. */
static void find_processes(const struct load_watch *w)
{
	json_t *workers;

	if (load_board_read(&w->instance->rundir, &workers, NULL) < 0)
		return; /* asked again */
	load_samples_find(w->samples, workers);
	json_decref(workers);
}

static uint64_t next_time(const struct load_watch *w, const struct times *t)
{
	uint64_t sample_ns = w->samples != NULL ? load_samples_next(w->samples) : UINT64_MAX;

	return MIN(t->show_ns, sample_ns);
}

static void do_what_is_due(struct load_watch *w, struct times *t)
{
	uint64_t now_ns = clock_mono_ns();

	if (w->samples != NULL && now_ns >= load_samples_next(w->samples)) {
		load_samples_take(w->samples, now_ns);
		if (w->samples->gone && now_ns >= t->find_ns) {
			find_processes(w);
			t->find_ns = now_ns + FIND_NS;
		}
	}
	if (now_ns >= t->show_ns) {
		show(w);
		t->show_ns = now_ns + SHOW_NS;
	}
}

/* The measured time ends here. */
static void end_early(struct load_watch *w)
{
	load_drive_stop(w->drive);
	if (w->samples != NULL && load_samples_next(w->samples) != UINT64_MAX) {
		load_samples_take(w->samples, clock_mono_ns());
		w->samples->count_max = load_samples_count(w->samples);
		w->samples->complete = true;
	}
}

static void look(struct load_watch *w, struct pollfd *fds)
{
	if (w->instance != NULL && fds[FD_WORDS].revents != 0) {
		load_instance_read_words(w->instance);
		fds[FD_WORDS].fd = w->instance->words_fd;
	}
	if (fds[FD_STOP].revents != 0) {
		w->interrupted = true;
		fds[FD_STOP].fd = -1;
		end_early(w);
	}
	if (fds[FD_PID].revents != 0) {
		w->lost = true;
		fds[FD_PID].fd = -1;
		end_early(w);
	}
}

static int turn(struct load_watch *w, struct pollfd *fds, struct error *e)
{
	struct times t = { .show_ns = clock_mono_ns() + SHOW_NS };
	uint64_t set_ns = 0;
	int r = 0;

	while (r == 0 && fds[FD_DRIVE].revents == 0) {
		uint64_t next_ns = next_time(w, &t);

		if (next_ns != set_ns)
			r = set_timer(fds[FD_TIMER].fd, next_ns, e);
		set_ns = next_ns;
		if (r == 0 && poll(fds, FD_COUNT, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_errno(e, errno, "poll");
		}
		look(w, fds);
		do_what_is_due(w, &t);
	}
	return r;
}

int load_watch(struct load_watch *w, struct error *e)
{
	AUTO_CLOSE int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct pollfd fds[FD_COUNT] = {
		[FD_DRIVE] = { .fd = load_drive_fd(w->drive), .events = POLLIN },
		[FD_TIMER] = { .fd = timer_fd, .events = POLLIN },
		[FD_STOP] = { .fd = w->stop_fd, .events = POLLIN },
		[FD_PID] = { .fd = -1, .events = POLLIN },
		[FD_WORDS] = { .fd = -1, .events = POLLIN },
	};
	int r;

	if (timer_fd < 0)
		return error_errno(e, errno, "timerfd_create");
	if (w->instance != NULL) {
		fds[FD_PID].fd = w->instance->pid_fd;
		fds[FD_WORDS].fd = w->instance->words_fd;
	}
	r = turn(w, fds, e);
	show(w);
	return r;
}
