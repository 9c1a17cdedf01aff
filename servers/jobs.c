/* jobs.c - what other threads want done on a loop's thread: loop_post().
 *
 * The first job of an empty list wakes the loop; it takes the whole list at
 * once. When the loop has ended nothing more is let in, and what was is run by
 * whoever ends it, so that nobody waits for a job that is never run.
 */
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

void jobs_end(struct loop *loop)
{
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
