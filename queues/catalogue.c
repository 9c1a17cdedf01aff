/* catalogue.c - see catalogue.h.
 *
 * Numbers: the user's queues in order, then mp_output_q and the dead letters,
 * then the free queues of those that have one, then the classes of results.
 * Blocks: the jobs of each queue in turn, then the results, class by class.
 */
#include "queues/catalogue.h"

#include "common/clock.h"
#include "common/error.h"
#include "queues/impl.h"
#include "queues/putter.h"
#include "queues/region.h"
#include "queues/ring.h"
#include "queues/ticket.h"

#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>

#define PAYLOAD_ALIGN 64
#define HEADER_SUFFIX " (default)" /* the seed's name of mp_input_q in results */

/* Results by size; beyond the last, in a file. */
static const struct result_class {
	uint32_t bytes;
	uint32_t count_max;
} classes[] = { { 256, 65536 }, { 8192, 256 }, { 131072, 32 }, { 1048576, 4 } };

/* How many blocks and queues a spec makes. */
struct extent {
	uint64_t queues, jobs, results[ARRAY_SIZE(classes)], blocks;
};

static uint64_t block_total(const struct queue_spec *spec)
{
	return (uint64_t)spec->maxsize + spec->leases;
}

static struct extent measure(const struct queues_spec *spec)
{
	struct extent x = { .queues = 2 * spec->count + 2 + ARRAY_SIZE(classes) };

	for (size_t i = 0; i < spec->count; i++)
		x.jobs += block_total(&spec->list[i]);
	x.blocks = x.jobs;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		x.results[i] = MAX(MIN(x.jobs, classes[i].count_max), 1);
		x.blocks += x.results[i];
	}
	return x;
}

static int check_name(const char *name, struct error *e)
{
	size_t len = strlen(name);

	if (len == 0 || len >= QUEUE_NAME_BYTES)
		return error_set(e, EINVAL, "queue \"%.40s\": want a name of 1 to %d bytes", name,
				 QUEUE_NAME_BYTES - 1);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == ';' || name[i] == 0x7f)
			return error_set(e, EINVAL,
					 "queue \"%.40s\": no control characters and no \";\" in "
					 "a name",
					 name);
	return 0;
}

static int check_one(const struct queue_spec *spec, struct error *e)
{
	if (spec->kind != QUEUE_WORK && spec->kind != QUEUE_SIDE)
		return error_set(e, EINVAL, "queue %s: a kind that cannot be asked for",
				 spec->name);
	if (spec->maxsize == 0 || spec->leases == 0 || spec->chunk_bytes == 0 ||
	    spec->chunk_bytes > (1u << 30))
		return error_set(e, EINVAL, "queue %s: a size of 0 or beyond 1 GiB", spec->name);
	if (spec->max_attempts > WORD_ATTEMPTS_MAX)
		return error_set(e, EINVAL, "queue %s: want at most %d attempts", spec->name,
				 WORD_ATTEMPTS_MAX);
	return check_name(spec->name, e);
}

int queues_check(const struct queues_spec *spec, struct error *e)
{
	struct extent x = measure(spec);
	int r = 0;

	if (spec->owners == 0 || spec->owners >= WORD_OWNERS)
		return error_set(e, EINVAL, "%u processes that use queues, want at most %d",
				 spec->owners, WORD_OWNERS - 1);
	if (x.queues > WORD_QUEUES)
		return error_set(
			e, EINVAL, "%zu queues, want at most %zu: each takes two numbers of %d",
			spec->count, (WORD_QUEUES - 2 - ARRAY_SIZE(classes)) / 2, WORD_QUEUES);
	for (size_t i = 0; r == 0 && i < spec->count; i++)
		r = check_one(&spec->list[i], e);
	if (r == 0 && x.blocks >= BLOCK_NONE)
		return error_set(e, EINVAL,
				 "%llu chunks and results in all, want fewer than %u: "
				 "make maxsize smaller",
				 (unsigned long long)x.blocks, BLOCK_NONE);
	return r;
}

static uint64_t payload_stride(uint32_t bytes)
{
	return ((uint64_t)bytes + PAYLOAD_ALIGN - 1) / PAYLOAD_ALIGN * PAYLOAD_ALIGN;
}

static uint32_t putter_total(const struct queues_spec *spec)
{
	return spec->owners * QUEUES_PUTTERS_PER_OWNER + QUEUES_PUTTERS_EXTRA;
}

static uint64_t ring_bytes(uint64_t blocks)
{
	return (uint64_t)ring_cells((uint32_t)blocks) * sizeof(uint64_t) + CACHE_LINE_BYTES;
}

size_t queues_region_bytes(const struct queues_spec *spec)
{
	struct extent x = measure(spec);
	uint64_t bytes = sizeof(struct catalogue) + x.queues * sizeof(struct queue) +
			 x.blocks * sizeof(struct block) + x.jobs * BLOCK_NOTE_BYTES +
			 putter_total(spec) * sizeof(struct putter);

	for (size_t i = 0; i < spec->count; i++)
		bytes += 2 * ring_bytes(block_total(&spec->list[i])) +
			 block_total(&spec->list[i]) * payload_stride(spec->list[i].chunk_bytes) +
			 4096;
	bytes += 2 * ring_bytes(x.jobs);
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		bytes += ring_bytes(x.results[i]) + x.results[i] * classes[i].bytes + 4096;
	return bytes + 16 * 4096;
}

/* Making them -------------------------------------------------------------- */

struct maker {
	struct queues *qs;
	struct region *region;
	uint32_t next_queue, next_block;
	bool failed; /* the region is too small: a bug of ours */
};

static uint64_t alloc(struct maker *m, uint64_t bytes, size_t align)
{
	uint64_t offset = region_alloc(m->region, bytes, align);

	m->failed = m->failed || offset == 0;
	return offset;
}

/* A queue for blocks [first, first + count), its ring empty. */
static unsigned make_queue(struct maker *m, const char *name, enum queue_kind kind, uint32_t first,
			   uint32_t count)
{
	unsigned id = m->next_queue++;
	struct queue *q = queues_queue(m->qs, id);

	snprintf(q->name, sizeof(q->name), "%s", name);
	q->kind = kind;
	q->home = id;
	q->first = first;
	q->count = count;
	q->ring_mask = ring_cells(count) - 1;
	q->ring = alloc(m, ((uint64_t)q->ring_mask + 1) * sizeof(uint64_t), CACHE_LINE_BYTES);
	ticket_init(q);
	if (!m->failed)
		ring_init(m->qs, id);
	return id;
}

/* Blocks with memory of their own, in the free queue from the start. */
static void make_blocks(struct maker *m, unsigned home, unsigned free_queue, uint32_t bytes)
{
	struct queue *q = queues_queue(m->qs, home);

	q->payload_bytes = (uint32_t)payload_stride(bytes);
	q->payload = alloc(m, (uint64_t)q->count * q->payload_bytes, 4096);
	for (uint32_t i = 0; !m->failed && i < q->count; i++) {
		struct block *b = queues_block(m->qs, q->first + i);

		b->home = home;
		b->result = BLOCK_NONE;
		b->word = word_make(BLOCK_OWNED, m->qs->owner, free_queue, 0, 0);
		queue_enqueue(m->qs, free_queue, q->first + i, b->word, 0);
	}
	m->next_block += q->count;
}

static void open_event(struct maker *m, unsigned queue)
{
	struct catalogue *c = m->qs->shared;
	int fd = c->event_count < QUEUES_EVENTS_MAX ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;

	m->failed = m->failed || fd < 0;
	if (fd < 0)
		return;
	m->qs->event_fds[c->event_count] = fd;
	c->event_queues[c->event_count++] = queue;
}

static void make_named(struct maker *m, const struct queues_spec *spec)
{
	struct catalogue *c = m->qs->shared;
	uint32_t first = 0;

	for (size_t i = 0; i < spec->count; i++) {
		const struct queue_spec *s = &spec->list[i];
		uint32_t count = (uint32_t)block_total(s);
		struct queue *q =
			queues_queue(m->qs, make_queue(m, s->name, s->kind, first, count));

		q->maxsize = s->maxsize;
		q->max_attempts = s->max_attempts;
		first += count;
	}
	c->output = make_queue(m, "mp_output_q", QUEUE_OUTPUT, 0, c->job_count);
	c->dead = make_queue(m, "mp_dead_q", QUEUE_DEAD, 0, c->job_count);
}

static void make_free(struct maker *m, const struct queues_spec *spec)
{
	for (unsigned i = 0; !m->failed && i < spec->count; i++) {
		struct queue *q = queues_queue(m->qs, i);

		q->free_queue = make_queue(m, "", QUEUE_FREE, q->first, q->count);
		queues_queue(m->qs, q->free_queue)->home = i;
		make_blocks(m, i, q->free_queue, spec->list[i].chunk_bytes);
	}
}

static void make_results(struct maker *m, const struct extent *x)
{
	m->qs->shared->result_first = m->next_queue;
	m->qs->shared->result_classes = ARRAY_SIZE(classes);
	for (size_t i = 0; !m->failed && i < ARRAY_SIZE(classes); i++) {
		unsigned id = make_queue(m, "", QUEUE_FREE, m->next_block, (uint32_t)x->results[i]);

		make_blocks(m, id, id, classes[i].bytes);
	}
}

static void make_tables(struct maker *m, const struct queues_spec *spec, const struct extent *x)
{
	struct catalogue *c = m->qs->shared;

	c->queue_count = (uint32_t)x->queues;
	c->block_count = (uint32_t)x->blocks;
	c->job_count = (uint32_t)x->jobs;
	c->putter_count = putter_total(spec);
	c->owner_count = spec->owners + 1;
	c->queues = alloc(m, x->queues * sizeof(struct queue), CACHE_LINE_BYTES);
	c->blocks = alloc(m, x->blocks * sizeof(struct block), CACHE_LINE_BYTES);
	c->notes = alloc(m, MAX(x->jobs, 1) * BLOCK_NOTE_BYTES, CACHE_LINE_BYTES);
	c->putters = alloc(m, c->putter_count * sizeof(struct putter), CACHE_LINE_BYTES);
}

static uint64_t new_key(void)
{
	static _Atomic uint64_t last;

	return atomic_fetch_add(&last, 1) + 1;
}

static void init_handle(struct queues *qs, const struct region *region, unsigned owner)
{
	*qs = (struct queues) { .base = region->base, .owner = owner, .key = new_key() };
	for (size_t i = 0; i < QUEUES_EVENTS_MAX; i++)
		qs->event_fds[i] = -1;
}

int queues_create(struct queues *ret, struct region *region, const struct queues_spec *spec,
		  struct error *e)
{
	struct extent x = measure(spec);
	struct maker m = { .qs = ret, .region = region };
	uint64_t offset;
	int r = queues_check(spec, e);

	if (r < 0)
		return r;
	init_handle(ret, region, 1);
	offset = alloc(&m, sizeof(struct catalogue), CACHE_LINE_BYTES);
	ret->shared = region_at(region, offset);
	if (!m.failed)
		make_tables(&m, spec, &x);
	if (!m.failed)
		make_named(&m, spec);
	if (!m.failed)
		make_free(&m, spec);
	if (!m.failed)
		make_results(&m, &x);
	for (unsigned i = 0; !m.failed && i < spec->count; i++)
		if (spec->list[i].event)
			open_event(&m, i);
	if (m.failed) {
		queues_detach(ret);
		return error_set(e, ENOMEM, "the shared region has no room for the queues");
	}
	region_set_root(region, REGION_QUEUES, offset);
	return 0;
}

int queues_attach(struct queues *ret, const struct region *region, unsigned owner,
		  const int *event_fds, struct error *e)
{
	struct catalogue *shared = region_root(region, REGION_QUEUES);

	if (shared == NULL)
		return error_set(e, ENOENT, "there are no queues in the shared region");
	if (owner == 0 || owner >= shared->owner_count)
		return error_set(e, EINVAL, "no owner of queues has the number %u", owner);
	init_handle(ret, region, owner);
	ret->shared = shared;
	for (uint32_t i = 0; event_fds != NULL && i < shared->event_count; i++)
		ret->event_fds[i] = event_fds[i];
	return 0;
}

void queues_detach(struct queues *qs)
{
	if (qs->shared == NULL)
		return;
	putter_forget(qs);
	for (size_t i = 0; i < QUEUES_EVENTS_MAX; i++)
		if (qs->event_fds[i] >= 0)
			close(qs->event_fds[i]);
	qs->shared = NULL;
}

/* Finding them ------------------------------------------------------------- */

int queues_event_fd(const struct queues *qs, unsigned queue)
{
	for (uint32_t i = 0; i < qs->shared->event_count; i++)
		if (qs->shared->event_queues[i] == queue)
			return qs->event_fds[i];
	return -1;
}

int queues_find(const struct queues *qs, const char *name)
{
	size_t len = strlen(name), suffix = strlen(HEADER_SUFFIX);

	if (len > suffix && strcmp(name + len - suffix, HEADER_SUFFIX) == 0)
		len -= suffix;
	for (unsigned i = 0; i < qs->shared->queue_count; i++) {
		const char *known = queues_queue(qs, i)->name;

		if (len > 0 && strncmp(known, name, len) == 0 && known[len] == '\0')
			return (int)i;
	}
	return -1;
}
