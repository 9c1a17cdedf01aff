/* overdue.c - see overdue.h. */
#include "launcher/overdue.h"

#include "common/clock.h"
#include "launcher/child.h"
#include "launcher/config.h"
#include "launcher/text.h"
#include "queues/overdue.h"

#include <inttypes.h>
#include <stdio.h>

#define AT_ONCE 64 /* leases that are looked at in one go */

#define CROWDED_NS (100 * CLOCK_NS_PER_MS) /* until the next go, when there are more */

/* So late only when we did not run either: a terminal's Ctrl-Z stops all. */
#define LATE_NS CLOCK_NS_PER_S

void overdue_limit(struct queues *queues, const struct config *config)
{
	for (size_t i = 0; i < config->work.queue_count; i++) {
		const struct config_queue *queue = &config->work.queues[i];

		queue_limit_lease(queues, (unsigned)queues_find(queues, queue->full),
				  (uint32_t)queue->chunk_timeout_ms);
	}
}

static struct child *find_worker(const struct overdue *o, unsigned owner)
{
	for (size_t i = 0; i < o->worker_count; i++)
		if (o->workers[i].owner == owner && child_is_alive(&o->workers[i]))
			return &o->workers[i];
	return NULL;
}

/* A worker may have several; it is killed once, and each is told. */
static void end_holder(const struct overdue *o, const struct queue_overdue *lease)
{
	struct child *worker = find_worker(o, lease->owner);
	uint32_t limit_ms = queue_lease_limit_ms(o->queues, lease->queue);
	struct queue_about about;
	char held[TEXT_BYTES];

	if (worker == NULL || worker->state == SLOT_STOPPING)
		return;
	queues_about(o->queues, lease->queue, &about);
	text_duration(held, sizeof(held), lease->held_ns);
	log_warning("%s (pid %d) has had chunk _TID_%" PRIu64 " of %s for %s, longer than the "
		    "queue's chunk_timeout_ms (%" PRIu32 "): killed",
		    worker->name, (int)worker->process.pid, lease->ticket, about.name, held,
		    limit_ms);
	child_kill_for(worker, RECOVERY_OVERDUE, "a chunk took longer than %" PRIu32 " ms",
		       limit_ms);
}

static void arm(struct overdue *o, uint64_t now_ns, uint64_t next_ns)
{
	uint64_t wait_ns = next_ns > now_ns ? next_ns - now_ns : 0;

	/* The loop counts in ms, and a moment too early would be one look more. */
	wait_ns += CLOCK_NS_PER_MS;
	o->due_ns = now_ns + wait_ns;
	ev_now_update(o->host->loop);
	ev_timer_set(&o->timer, (double)wait_ns / (double)CLOCK_NS_PER_S, 0.);
	ev_timer_start(o->host->loop, &o->timer);
}

static void on_timer(struct ev_loop *loop ATTR_UNUSED, ev_timer *timer, int revents ATTR_UNUSED)
{
	struct overdue *o = timer->data;
	struct queue_overdue leases[AT_ONCE];
	uint64_t now_ns = clock_mono_ns(), next_ns;
	size_t count;

	if (o->host->stopping)
		return;
	if (now_ns > o->due_ns + LATE_NS)
		queues_excuse(o->queues, now_ns);
	count = queues_overdue(o->queues, now_ns, leases, AT_ONCE, &next_ns);
	for (size_t i = 0; i < count; i++)
		end_holder(o, &leases[i]);
	arm(o, now_ns, count == AT_ONCE ? now_ns + CROWDED_NS : next_ns);
}

void overdue_start(struct overdue *o, struct child_host *host, struct queues *queues,
		   struct child *workers, size_t worker_count)
{
	uint64_t now_ns = clock_mono_ns(), next_ns;
	struct queue_overdue none;

	queues_overdue(queues, now_ns, &none, 0, &next_ns);
	if (next_ns == UINT64_MAX)
		return;
	*o = (struct overdue) {
		.host = host, .queues = queues, .workers = workers, .worker_count = worker_count
	};
	ev_init(&o->timer, on_timer);
	o->timer.data = o;
	arm(o, now_ns, next_ns);
}

void overdue_finish(struct overdue *o)
{
	if (o->host != NULL)
		ev_timer_stop(o->host->loop, &o->timer);
	o->host = NULL;
}
