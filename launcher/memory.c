/* memory.c - see memory.h. */
#include "launcher/memory.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/number.h"
#include "launcher/child.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_EVERY_S 0.1
#define STATUS_BYTES_MAX 16384
#define MIB (UINT64_C(1) << 20)

/* A worker that is over the limit from its first moment gets this much done
 * between two renewals. */
#define RENEW_AFTER_NS CLOCK_NS_PER_S

/* "\nRssAnon:\t    5188 kB"; 0: there is none. */
static uint64_t field_bytes(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	uint64_t kib = 0;

	if (at == NULL)
		return 0;
	at += strlen(name);
	at += strspn(at, " \t");
	return number_take(&at, &kib) ? kib * 1024 : 0;
}

uint64_t memory_of(pid_t pid)
{
	AUTO_BUF struct buf text = BUF_INIT(STATUS_BYTES_MAX);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (fd_read_file(path, &text, NULL) < 0)
		return 0;
	return field_bytes(buf_text(&text), "\nRssAnon:") +
	       field_bytes(buf_text(&text), "\nVmSwap:");
}

static void kill_worker(const struct memory_watch *m, struct child *worker, uint64_t bytes)
{
	log_warning("%s (pid %d) takes %" PRIu64 " MiB of memory, worker_memory_max_mb is %" PRIu64
		    ": killed",
		    worker->name, (int)worker->process.pid, bytes / MIB, m->max_bytes / MIB);
	child_kill_for(worker, RECOVERY_BEGUN,
		       "took %" PRIu64 " MiB of memory, worker_memory_max_mb is %" PRIu64,
		       bytes / MIB, m->max_bytes / MIB);
}

static void renew_worker(const struct memory_watch *m, struct child *worker, uint64_t bytes)
{
	log_warning("%s (pid %d) takes %" PRIu64 " MiB of memory, worker_memory_max_mb is %" PRIu64
		    ": it is started anew when it has finished its chunks",
		    worker->name, (int)worker->process.pid, bytes / MIB, m->max_bytes / MIB);
	child_renew(worker, RECOVERY_BEGUN,
		    "took %" PRIu64 " MiB of memory, worker_memory_max_mb is %" PRIu64, bytes / MIB,
		    m->max_bytes / MIB);
}

static void look_at(const struct memory_watch *m, struct child *worker)
{
	uint64_t bytes;

	if (!child_is_alive(worker) || worker->state == SLOT_STOPPING)
		return;
	bytes = memory_of(worker->process.pid);
	if (bytes > m->max_bytes + m->max_bytes / 4)
		kill_worker(m, worker, bytes);
	else if (bytes > m->max_bytes && worker->state == SLOT_READY &&
		 clock_mono_ns() - worker->ready_ns > RENEW_AFTER_NS)
		renew_worker(m, worker, bytes);
}

static void on_timer(struct ev_loop *loop ATTR_UNUSED, ev_timer *timer, int revents ATTR_UNUSED)
{
	const struct memory_watch *m = timer->data;

	for (size_t i = 0; i < m->worker_count && !m->host->stopping; i++)
		look_at(m, &m->workers[i]);
}

void memory_watch_start(struct memory_watch *m, struct child_host *host, struct child *workers,
			size_t worker_count, int max_mb)
{
	if (max_mb == 0)
		return;
	*m = (struct memory_watch) { .host = host,
				     .workers = workers,
				     .worker_count = worker_count,
				     .max_bytes = (uint64_t)max_mb * MIB };
	ev_timer_init(&m->timer, on_timer, LOOK_EVERY_S, LOOK_EVERY_S);
	m->timer.data = m;
	ev_timer_start(host->loop, &m->timer);
}

void memory_watch_finish(struct memory_watch *m)
{
	if (m->host != NULL)
		ev_timer_stop(m->host->loop, &m->timer);
	m->host = NULL;
}
