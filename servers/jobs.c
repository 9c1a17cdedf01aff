/* jobs.c - what other threads want done on a loop's thread: loop_post().
 *
 * The first job of an empty list wakes the loop; it takes the whole list at
 * once. When the loop has ended nothing more is let in, and what was is run by
 * whoever ends it, so that nobody waits for a job that is never run.
 */
#include "common/error.h"
#include "servers/loop_impl.h"

#include <stddef.h>

static struct loop_job *take_all(struct loop *loop, bool end)
{
	struct loop_job *first;

	pthread_mutex_lock(&loop->jobs_lock);
	first = loop->jobs;
	loop->jobs = NULL;
	loop->jobs_last = &loop->jobs;
	loop->jobs_over |= end;
	pthread_mutex_unlock(&loop->jobs_lock);
	return first;
}

static void run_all(struct loop *loop, struct loop_job *job)
{
	while (job != NULL) {
		struct loop_job *next = job->next; /* job is its owner's once it has run */

		job->run(loop, job);
		job = next;
	}
}

static void jobs_cb(struct ev_loop *ev ATTR_UNUSED, ev_async *async, int events ATTR_UNUSED)
{
	run_all(async->data, take_all(async->data, false));
}

void jobs_init(struct loop *loop)
{
	pthread_mutex_init(&loop->jobs_lock, NULL);
	loop->jobs_last = &loop->jobs;
	ev_async_init(&loop->jobs_async, jobs_cb);
	loop->jobs_async.data = loop;
	ev_async_start(loop->ev, &loop->jobs_async);
}

void jobs_begin(struct loop *loop)
{
	pthread_mutex_lock(&loop->jobs_lock);
	loop->running = true;
	loop->thread = pthread_self();
	pthread_mutex_unlock(&loop->jobs_lock);
}

void jobs_end(struct loop *loop)
{
	pthread_mutex_lock(&loop->jobs_lock);
	loop->running = false;
	pthread_mutex_unlock(&loop->jobs_lock);
	run_all(loop, take_all(loop, true));
}

void jobs_release(struct loop *loop)
{
	jobs_end(loop);
	pthread_mutex_destroy(&loop->jobs_lock);
}

int loop_post(struct loop *loop, struct loop_job *job)
{
	bool over, first;

	job->next = NULL;
	pthread_mutex_lock(&loop->jobs_lock);
	over = loop->jobs_over;
	first = loop->jobs == NULL;
	if (!over) {
		*loop->jobs_last = job;
		loop->jobs_last = &job->next;
	}
	pthread_mutex_unlock(&loop->jobs_lock);
	if (over)
		return -ESHUTDOWN;
	if (first)
		ev_async_send(loop->ev, &loop->jobs_async);
	return 0;
}

struct addition {
	struct loop_job job; /* first */
	const struct server_options *options;
	pthread_mutex_t lock;
	pthread_cond_t over_now;
	bool over;
	int result;
	struct error *error;
};

static void add_here(struct loop *loop, struct loop_job *job)
{
	struct addition *a = (struct addition *)job;
	int r = loop_add(loop, a->options, a->error);

	pthread_mutex_lock(&a->lock);
	a->result = r;
	a->over = true;
	pthread_cond_signal(&a->over_now);
	pthread_mutex_unlock(&a->lock);
}

static bool is_own_thread(struct loop *loop)
{
	bool own;

	pthread_mutex_lock(&loop->jobs_lock);
	own = loop->running && pthread_equal(loop->thread, pthread_self());
	pthread_mutex_unlock(&loop->jobs_lock);
	return own;
}

int loop_add_running(struct loop *loop, const struct server_options *options, struct error *e)
{
	struct addition a = { .job = { .run = add_here },
			      .options = options,
			      .lock = PTHREAD_MUTEX_INITIALIZER,
			      .over_now = PTHREAD_COND_INITIALIZER,
			      .error = e };

	if (is_own_thread(loop))
		return loop_add(loop, options, e);
	if (loop_post(loop, &a.job) < 0)
		return error_set(e, ESHUTDOWN, "%s:%d: the worker has stopped", options->site->ip,
				 options->site->port);
	pthread_mutex_lock(&a.lock);
	while (!a.over)
		pthread_cond_wait(&a.over_now, &a.lock);
	pthread_mutex_unlock(&a.lock);
	return a.result;
}
