/* kept.c - see kept.h.
 *
 * A row is leased, its server opened with it, and only then kept: what kills
 * the worker, or does not open, ends as a dead letter like any other chunk,
 * and does not stay with a slot for ever.
 */
#include "launcher/kept.h"

#include "common/error.h"
#include "common/log.h"
#include "launcher/serving.h"
#include "portmap/plan.h"
#include "queues/payload.h"
#include "queues/queue.h"
#include "servers/loop.h"
#include "work/chunk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

struct kept_server {
	struct site *site; /* borrowed */
	struct server_options options;
	struct serving_place place;
	unsigned number;
	struct kept_queue *queue;
	struct payload payload; /* the row lies in it */
	bool has_row;           /* of its queue's thread, once that runs */
};

struct kept_queue {
	struct kept *kept;
	const char *name; /* borrowed */
	unsigned id;
	pthread_t thread;
	bool started;
	bool told; /* of a chunk that is none for us */
};

struct kept {
	struct queues *qs;           /* borrowed */
	struct serving *serving;     /* borrowed */
	struct kept_server *servers; /* owned; room for as many as were announced */
	struct kept_queue *queues;   /* owned; the same */
	size_t server_count, queue_count;
	_Atomic bool stopping;
};

const char *kept_queue_name(const struct plan *plan, size_t server)
{
	int entry = plan->servers[server].entry;

	return entry != PLAN_FREE ? app_work(plan->input.entries[entry].app) : NULL;
}

int kept_new(struct queues *queues, struct serving *serving, size_t count, struct kept **ret,
	     struct error *e)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return error_set(e, ENOMEM, "kept rows: out of memory");
	k->qs = queues;
	k->serving = serving;
	k->servers = calloc(count + 1, sizeof(*k->servers));
	k->queues = calloc(count + 1, sizeof(*k->queues));
	if (k->servers == NULL || k->queues == NULL) {
		kept_free(k);
		return error_set(e, ENOMEM, "kept rows: out of memory");
	}
	*ret = k;
	return 0;
}

static int find_queue(struct kept *k, const char *name, struct kept_queue **ret, struct error *e)
{
	struct kept_queue *q;
	int id;

	for (size_t i = 0; i < k->queue_count; i++) {
		if (strcmp(k->queues[i].name, name) == 0) {
			*ret = &k->queues[i];
			return 0;
		}
	}
	id = queues_find(k->qs, name);
	if (id < 0) {
		error_set(e, ENOENT, "\"work\": there is no queue \"%.60s\"", name);
		return -ENOENT;
	}
	q = &k->queues[k->queue_count++];
	*q = (struct kept_queue) { .kept = k, .name = name, .id = (unsigned)id };
	*ret = q;
	return 0;
}

/* The one row of a chunk that is ours. */
static int read_row(struct kept_server *s, uint32_t block, struct error *e)
{
	struct queues *qs = s->queue->kept->qs;
	struct chunk_rows rows;
	int r = payload_read(qs, block, &s->payload, e);

	if (r < 0)
		return r;
	rows = (struct chunk_rows) { s->payload.at, s->payload.at + s->payload.bytes };
	if (payload_rows(qs, block) == 1 && chunk_row(&rows, &s->site->row, &s->site->row_len))
		return 0;
	r = error_set(e, EINVAL, "a server keeps one row, and this chunk has %u: want ROWS_MAX 1",
		      payload_rows(qs, block));
	payload_close(&s->payload);
	return r;
}

static void forget_row(struct kept_server *s)
{
	s->site->row = NULL;
	s->site->row_len = 0;
	payload_close(&s->payload);
}

/* Before the loops run. */
static int open_kept(struct kept_server *s, uint32_t block, struct error *e)
{
	int r = read_row(s, block, e);

	if (r == 0)
		r = serving_add_at(s->queue->kept->serving, &s->place, &s->options, e);
	if (r < 0)
		return r;
	s->has_row = true;
	return 0;
}

int kept_add(struct kept *k, const char *queue, unsigned number, int threads, struct site *site,
	     const struct server_options *options, struct error *e)
{
	struct kept_server *s = &k->servers[k->server_count];
	uint32_t block;
	int r;

	*s = (struct kept_server) { .site = site, .options = *options, .number = number };
	r = find_queue(k, queue, &s->queue, e);
	if (r == 0)
		r = serving_reserve(k->serving, threads, &s->place, e);
	if (r < 0)
		return r;
	k->server_count++;
	block = queue_kept(k->qs, s->queue->id, k->qs->owner, number);
	return block != BLOCK_NONE ? open_kept(s, block, e) : 0;
}

/* Taking ------------------------------------------------------------------ */

/* Not a socket that listens any more: who waits is reset, who comes is refused.
 * The port stays ours. */
static void close_port(const struct kept_server *s)
{
	shutdown(s->options.listen_fd, SHUT_RDWR);
	log_info("port %d of group %s: no row is left in %s: it is closed", s->site->port,
		 s->site->group, s->queue->name);
}

/* Not one for a server. */
static void refuse_chunk(struct kept_queue *q, uint32_t block, const struct error *e)
{
	if (!q->told)
		log_error("%s, _TID_%llu: %s", q->name,
			  (unsigned long long)queue_ticket(q->kept->qs, block), e->text);
	q->told = true;
	queue_fail(q->kept->qs, block, e->text);
}

/* 0, or -errno when the worker cannot go on. */
static int open_taken(struct kept_server *s, uint32_t block)
{
	struct kept *k = s->queue->kept;
	struct error e = { 0 };
	int r = serving_add_running(k->serving, &s->place, &s->options, &e);

	if (r == -ESHUTDOWN) {
		queue_return(k->qs, block);
		forget_row(s);
		return r;
	}
	if (r < 0) {
		log_error("port %d of group %s: %s", s->site->port, s->site->group, e.text);
		queue_fail(k->qs, block, e.text);
		serving_fail(k->serving);
		return r;
	}
	s->has_row = true;
	queue_keep(k->qs, block, s->number);
	return 0;
}

/* A row for a server. False: there will be none for any of this queue's. */
static bool seek(struct kept_server *s)
{
	struct kept *k = s->queue->kept;
	struct error e = { 0 };
	uint32_t block;

	while (!atomic_load(&k->stopping)) {
		enum queue_take t = queue_take(k->qs, s->queue->id, QUEUE_FOREVER, &block);

		if (t == QUEUE_STOP)
			close_port(s);
		if (t != QUEUE_CHUNK)
			return t == QUEUE_STOP; /* the others have to close as well */
		queue_begin(k->qs, block);
		if (read_row(s, block, &e) == 0)
			return open_taken(s, block) == 0;
		refuse_chunk(s->queue, block, &e);
	}
	return false;
}

static void *seek_all(void *arg)
{
	struct kept_queue *q = arg;
	struct kept *k = q->kept;
	bool more = true;

	for (size_t i = 0; i < k->server_count && more; i++)
		if (k->servers[i].queue == q && !k->servers[i].has_row)
			more = seek(&k->servers[i]);
	serving_let_go(k->serving);
	return NULL;
}

static bool is_sought(const struct kept *k, const struct kept_queue *q)
{
	for (size_t i = 0; i < k->server_count; i++)
		if (k->servers[i].queue == q && !k->servers[i].has_row)
			return true;
	return false;
}

int kept_start(struct kept *k, struct error *e)
{
	int r;

	for (size_t i = 0; i < k->queue_count; i++) {
		struct kept_queue *q = &k->queues[i];

		if (!is_sought(k, q))
			continue;
		serving_hold(k->serving);
		r = pthread_create(&q->thread, NULL, seek_all, q);
		if (r != 0)
			return error_errno(e, r, "cannot start a thread that takes rows");
		q->started = true;
	}
	return 0;
}

void kept_stop(struct kept *k)
{
	if (k == NULL)
		return;
	atomic_store(&k->stopping, true);
	queues_interrupt(k->qs);
	for (size_t i = 0; i < k->queue_count; i++)
		if (k->queues[i].started)
			pthread_join(k->queues[i].thread, NULL);
}

void kept_free(struct kept *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->server_count; i++)
		payload_close(&k->servers[i].payload);
	free(k->servers);
	free(k->queues);
	free(k);
}
