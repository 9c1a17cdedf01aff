/* drive.c - see drive.h.
 *
 * Each thread has an engine and a place for its error; the one that ends last
 * makes the descriptor readable. Nothing is locked: the threads share the job,
 * which nobody changes, and counters.
 */
#include "load/drive.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "load/engine.h"
#include "load/job.h"
#include "load/stats.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#define THREAD_NAME_BYTES 16

struct drive_thread {
	struct load_drive *drive;
	struct load_engine *engine;
	pthread_t id;
	unsigned number;
	bool started;
	int result;
	struct error error;
};

struct load_drive {
	const struct load_job *job;
	struct load_times times;
	int done; /* eventfd */
	_Atomic unsigned running;
	_Atomic unsigned first_failed; /* number + 1; 0: none */
	struct drive_thread threads[];
};

static void tell_done(const struct load_drive *drive)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(drive->done, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static void *run_thread(void *arg)
{
	struct drive_thread *t = arg;
	struct load_drive *drive = t->drive;
	unsigned none = 0;

	prctl(PR_SET_TIMERSLACK, 1UL); /* ns: requests that are due are not sent late */
	t->result = load_engine_run(t->engine, &drive->times, &t->error);
	if (t->result < 0 &&
	    atomic_compare_exchange_strong(&drive->first_failed, &none, t->number + 1))
		load_drive_stop(drive);
	if (atomic_fetch_sub(&drive->running, 1) == 1)
		tell_done(drive);
	return NULL;
}

static int init_attr(pthread_attr_t *attr, const struct load_job *job, unsigned number)
{
	int ret = pthread_attr_init(attr);

	if (ret == 0 && job->pin != NULL)
		ret = pthread_attr_setaffinity_np(attr, sizeof(cpu_set_t), &job->pin[number]);
	return ret;
}

static int start_thread(struct drive_thread *t, struct error *e)
{
	char name[THREAD_NAME_BYTES];
	pthread_attr_t attr;
	int ret = init_attr(&attr, t->drive->job, t->number);

	if (ret == 0)
		ret = pthread_create(&t->id, &attr, run_thread, t);
	pthread_attr_destroy(&attr);
	if (ret == EINVAL && t->drive->job->pin != NULL)
		return error_set(e, ret,
				 "thread %u: none of the cores that it is to be pinned to "
				 "may be used by this program",
				 t->number);
	if (ret != 0)
		return error_errno(e, ret, "thread %u", t->number);
	t->started = true;
	snprintf(name, sizeof(name), "eisen-load-%u", t->number);
	pthread_setname_np(t->id, name);
	return 0;
}

/* With all signals blocked, so that they are the caller's. */
static int start_threads(struct load_drive *drive, struct error *e)
{
	sigset_t all, before;
	int ret = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	drive->times.start_ns = clock_mono_ns();
	for (unsigned i = 0; ret == 0 && i < drive->job->threads; i++)
		ret = start_thread(&drive->threads[i], e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static int make_engines(struct load_drive *drive, struct error *e)
{
	int ret = 0;

	drive->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (drive->done < 0)
		return error_errno(e, errno, "eventfd");
	for (unsigned i = 0; ret == 0 && i < drive->job->threads; i++)
		ret = load_engine_new(&drive->threads[i].engine, drive->job, i, e);
	return ret;
}

static struct load_drive *make_drive(const struct load_job *job)
{
	struct load_drive *drive =
		calloc(1, sizeof(*drive) + job->threads * sizeof(drive->threads[0]));

	if (drive == NULL)
		return NULL;
	drive->job = job;
	drive->done = -1;
	drive->running = job->threads;
	for (unsigned i = 0; i < job->threads; i++) {
		drive->threads[i].drive = drive;
		drive->threads[i].number = i;
	}
	return drive;
}

int load_drive_start(struct load_drive **ret, const struct load_job *job, struct error *e)
{
	struct load_drive *drive = make_drive(job);
	int code;

	if (drive == NULL)
		return error_set(e, ENOMEM, "out of memory for %u threads", job->threads);
	code = make_engines(drive, e);
	if (code == 0)
		code = start_threads(drive, e);
	if (code < 0) {
		load_drive_free(drive);
		return code;
	}
	*ret = drive;
	return 0;
}

int load_drive_fd(const struct load_drive *drive)
{
	return drive->done;
}

static uint64_t read_tally(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

void load_drive_progress(const struct load_drive *drive, struct load_progress *ret)
{
	const struct load_job *job = drive->job;
	uint64_t start_ns = drive->times.start_ns, now_ns = clock_mono_ns();

	*ret = (struct load_progress) {
		.total_ns = job->warm_up_ns + job->duration_ns,
		.warming_up = now_ns < start_ns + job->warm_up_ns,
		.measured_from_ns = start_ns + job->warm_up_ns,
	};
	ret->elapsed_ns = MIN(now_ns - start_ns, ret->total_ns);
	for (unsigned i = 0; i < job->threads; i++) {
		const struct load_tally *tally = load_engine_tally(drive->threads[i].engine);

		ret->answered += read_tally(&tally->answered);
		ret->errors += read_tally(&tally->errors);
		ret->connections += read_tally(&tally->connections);
	}
}

void load_drive_stop(struct load_drive *drive)
{
	for (unsigned i = 0; i < drive->job->threads; i++)
		if (drive->threads[i].engine != NULL)
			load_engine_stop(drive->threads[i].engine);
}

static void join(struct load_drive *drive)
{
	for (unsigned i = 0; i < drive->job->threads; i++) {
		struct drive_thread *t = &drive->threads[i];

		if (t->started)
			pthread_join(t->id, NULL);
		t->started = false;
	}
}

int load_drive_finish(struct load_drive *drive, struct load_stats *ret, struct error *e)
{
	struct load_stats sum;
	int code;

	join(drive);
	if (drive->first_failed > 0) {
		const struct drive_thread *t = &drive->threads[drive->first_failed - 1];

		return error_set(e, -t->result, "%s", t->error.text);
	}
	code = load_stats_init(&sum, drive->job, e);
	if (code < 0)
		return code;
	for (unsigned i = 0; i < drive->job->threads; i++)
		load_stats_merge(&sum, load_engine_stats(drive->threads[i].engine));
	*ret = sum;
	return 0;
}

void load_drive_free(struct load_drive *drive)
{
	if (drive == NULL)
		return;
	load_drive_stop(drive);
	join(drive);
	for (unsigned i = 0; i < drive->job->threads; i++)
		load_engine_free(drive->threads[i].engine);
	if (drive->done >= 0)
		close(drive->done);
	free(drive);
}
