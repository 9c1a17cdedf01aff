/* print.c - see print.h. */
#include "launcher/print.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"
#include "launcher/config_work.h"
#include "queues/payload.h"

#include <string.h>

#define PRINT_WAIT_MS 1000
#define PREFIX_BYTES 16
#define SLOT_MAX 4095
#define PER_TURN 64 /* so that a loud module does not keep the manager */

static bool put_chunk(struct queues *qs, unsigned queue, int slot, const char *text, size_t len)
{
	uint64_t deadline = clock_mono_ns() + PRINT_WAIT_MS * CLOCK_NS_PER_MS;
	struct error e = { 0 };
	struct payload p;
	uint32_t block;
	int prefix;

	if (queue_claim(qs, queue, deadline, &block) != QUEUE_CHUNK)
		return false;
	if (payload_open(qs, block, PREFIX_BYTES + len + 1, &p, &e) < 0) {
		queue_abandon(qs, block);
		return false;
	}
	prefix = snprintf(p.at, PREFIX_BYTES, "%d ", slot);
	memcpy(p.at + prefix, text, len);
	p.at[(size_t)prefix + len] = '\n';
	payload_set(qs, block, (size_t)prefix + len + 1, 1);
	payload_close(&p);
	queue_put(qs, queue, block);
	return true;
}

void print_put(struct queues *qs, unsigned queue, int slot, const char *text, size_t len)
{
	if (put_chunk(qs, queue, slot, text, len))
		return;
	fd_write_all(STDOUT_FILENO, text, len);
	fd_write_all(STDOUT_FILENO, "\n", 1);
}

static void give_out(const struct payload *p, print_fn *fn, void *arg)
{
	const char *blank = memchr(p->at, ' ', MIN(p->bytes, (size_t)PREFIX_BYTES));
	char number[PREFIX_BYTES];
	uint64_t slot;

	if (blank == NULL)
		return;
	snprintf(number, sizeof(number), "%.*s", (int)(blank - p->at), p->at);
	if (number_parse(number, 0, SLOT_MAX, &slot))
		fn(arg, (int)slot, blank + 1, p->bytes - (size_t)(blank + 1 - p->at));
}

/* At most PER_TURN chunks; true: there may be more. */
static bool take(const struct print_drain *d)
{
	struct error e = { 0 };
	struct payload p;
	uint32_t block;

	for (unsigned i = 0; i < PER_TURN; i++) {
		if (queue_take(d->queues, d->queue, QUEUE_NO_WAIT, &block) != QUEUE_CHUNK)
			return queue_arm(d->queues, d->queue);
		if (payload_read(d->queues, block, &p, &e) == 0) {
			give_out(&p, d->fn, d->arg);
			payload_close(&p);
		}
		queue_finish(d->queues, block);
	}
	return true;
}

static void on_event(struct ev_loop *loop, ev_io *w, int revents ATTR_UNUSED)
{
	const struct print_drain *d = w->data;
	uint64_t signals;

	(void)!read(w->fd, &signals, sizeof(signals));
	if (take(d))
		ev_feed_event(loop, w, EV_READ);
}

void print_drain_start(struct print_drain *d, struct ev_loop *loop, struct queues *qs, print_fn *fn,
		       void *arg)
{
	unsigned queue = (unsigned)queues_find(qs, CONFIG_PRINT_QUEUE);

	*d = (struct print_drain) {
		.loop = loop, .queues = qs, .queue = queue, .fn = fn, .arg = arg
	};
	ev_io_init(&d->watch, on_event, queues_event_fd(qs, queue), EV_READ);
	d->watch.data = d;
	ev_io_start(loop, &d->watch);
	ev_feed_event(loop, &d->watch, EV_READ); /* arms the queue */
}

void print_drain_finish(struct print_drain *d)
{
	ev_io_stop(d->loop, &d->watch);
	while (take(d))
		;
}
