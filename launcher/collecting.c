/* collecting.c - the collector role: finished chunks into the results. */
#include "common/buf.h"
#include "common/error.h"
#include "common/utf8.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/prepare.h"
#include "launcher/role.h"
#include "queues/queue.h"
#include "work/collector.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/eventfd.h>

#define BUSY_MS 100 /* the collector tries again by itself */
#define DEAD_TOLD_MAX 100
#define WHY_BYTES 1024 /* a reason, escaped */

struct collecting {
	const struct heritage *heritage;
	struct queues queues;
	struct results *store; /* NULL: results are counted alone */
	unsigned ids[CONFIG_QUEUES_MAX + 1];
	uint64_t dead_told;
};

/* For the signal handler. */
static struct queues *interruptible;
static int stop_fd = -1;

static void on_term(int signal ATTR_UNUSED)
{
	uint64_t one = 1;
	int saved = errno;

	queues_interrupt(interruptible);
	(void)!write(stop_fd, &one, sizeof(one));
	errno = saved;
}

static int let_stop(struct collecting *c, struct error *e)
{
	struct sigaction action = { .sa_handler = on_term };
	sigset_t set;

	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop_fd < 0)
		return error_errno(e, errno, "eventfd");
	interruptible = &c->queues;
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 0;
}

static const char *queue_name(const struct collecting *c, unsigned id)
{
	for (size_t i = 0; i < c->heritage->config->work.queue_count; i++)
		if (c->ids[i] == id)
			return c->heritage->config->work.queues[i].full;
	return "?";
}

static void tell_waits(void *arg ATTR_UNUSED, const struct error *why)
{
	log_warning("results wait, and with them the workers: %s", why->text);
}

static void tell_goes_on(void *arg ATTR_UNUSED)
{
	log_info("results are stored again");
}

/* Thousands of them say no more than the first. */
static void tell_dead(void *arg, const struct collector_dead *dead)
{
	struct collecting *c = arg;
	AUTO_BUF struct buf why = BUF_INIT(WHY_BYTES);

	if (c->dead_told == DEAD_TOLD_MAX)
		log_warning("that is enough of them: %s",
			    c->heritage->config->work.results_store
				    ? "'eisen results --missing' names all"
				    : "the last line of the run has their number");
	if (c->dead_told++ >= DEAD_TOLD_MAX)
		return;
	utf8_escape(&why, dead->why); /* one line, whatever the module says */
	log_warning("%s: chunk _TID_%" PRIu64 " failed for good after %u attempt%s: %s",
		    queue_name(arg, dead->queue), dead->ticket, dead->attempts,
		    dead->attempts == 1 ? "" : "s", buf_text(&why));
}

static int declare(struct collecting *c, struct error *e)
{
	const struct heritage *h = c->heritage;

	for (size_t i = 0; i < h->config->work.queue_count; i++) {
		struct results_queue queue;
		int r;

		prepared_queue(&h->config->work, i, h->feeders, &queue);
		r = results_declare(c->store, c->ids[i], &queue, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The manager has made it, or found it fit: see prepare.h. */
static int open_store(struct collecting *c, struct error *e)
{
	const struct heritage *h = c->heritage;
	const struct results_options options = {
		.mode = RESULTS_RESUME,
		.bytes_max = h->config->work.results_bytes_max,
		.busy_ms = BUSY_MS,
	};
	int r;

	if (h->results_db == NULL)
		return 0;
	r = results_open(&c->store, h->results_db, &options, e);
	return r < 0 ? r : declare(c, e);
}

static int open_all(struct collecting *c, struct error *e)
{
	const struct heritage *h = c->heritage;
	int r = queues_attach(&c->queues, &h->region, h->owner, h->event_fds, e);

	if (r < 0)
		return r;
	c->queues.spill_dir = h->spill_dir;
	for (size_t i = 0; i < h->config->work.queue_count; i++)
		c->ids[i] = (unsigned)queues_find(&c->queues, h->config->work.queues[i].full);
	r = open_store(c, e);
	return r < 0 ? r : let_stop(c, e);
}

static enum collector_end collect(struct collecting *c, struct error *e)
{
	const struct collector collector = {
		.qs = &c->queues,
		.store = c->store,
		.queues = c->ids,
		.queue_count = c->heritage->config->work.queue_count,
		.stop_fd = stop_fd,
		.waits = tell_waits,
		.goes_on = tell_goes_on,
		.dead = tell_dead,
		.arg = c,
	};

	return collector_run(&collector, e);
}

/* What cannot be opened now may be later; then the next one tries. */
int collecting_run(const struct heritage *h)
{
	struct collecting c = { .heritage = h };
	enum collector_end end = COLLECTOR_FAILED;
	struct error e = { 0 };

	if (open_all(&c, &e) == 0) {
		heritage_report(h, REPORT_READY);
		end = collect(&c, &e);
	}
	results_close(c.store);
	if (end == COLLECTOR_FAILED) {
		log_error("%s", e.text);
		heritage_report(h, results_error_passes(-e.code) ? REPORT_LATER : REPORT_FAILED);
		return EXIT_FAILURE;
	}
	if (end == COLLECTOR_DONE)
		heritage_report(h, REPORT_FINISHED);
	return EXIT_SUCCESS;
}
