/* world.c - see world.h. */
#include "tests/kill/world.h"

#include "common/error.h"
#include "queues/payload.h"
#include "queues/recover.h"

#include <check.h>
#include <string.h>
#include <sys/mman.h>

#define ALL UINT32_MAX
#define RESULT_BYTES 40

static void *memory(size_t bytes, int flags)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	ck_assert(at != MAP_FAILED);
	return at;
}

static void attach(struct world *w, unsigned first)
{
	struct error e = { 0 };

	for (unsigned i = first; i < OWNERS; i++)
		ck_assert_msg(queues_attach(&w->qs[i], &w->region, i, NULL, &e) == 0, "%s", e.text);
}

static void detach(struct world *w)
{
	for (unsigned i = MANAGER; i < OWNERS; i++) {
		queues_detach(&w->qs[i]);
		w->qs[i].shared = NULL;
	}
}

void world_open(struct world *w, uint32_t max_attempts)
{
	const struct queue_spec specs[] = {
		{ "mp_input_q", QUEUE_WORK, WORLD_CHUNKS, WORLD_LEASES, 64, max_attempts, false },
		{ "mp_print_q", QUEUE_SIDE, 2, 1, 64, 0, false },
	};
	const struct queues_spec spec = { specs, 2, OWNERS - 1 };
	struct error e = { 0 };
	const struct catalogue *c;

	*w = (struct world) { 0 };
	ck_assert_msg(region_create(&w->region, queues_region_bytes(&spec), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(&w->qs[MANAGER], &w->region, &spec, &e) == 0, "%s", e.text);
	attach(w, MANAGER + 1);
	w->ledger = memory(sizeof(*w->ledger), MAP_SHARED);
	c = w->qs[MANAGER].shared;
	w->catalogue = (uintptr_t)c - (uintptr_t)w->region.base;
	w->copied_bytes = queues_queue(&w->qs[MANAGER], c->result_first + 1)->payload;
}

void world_close(struct world *w)
{
	detach(w);
	region_detach(&w->region);
	munmap(w->ledger, sizeof(*w->ledger));
}

void world_copy_init(struct world *copy, const struct world *w)
{
	*copy = (struct world) { .region = { .size = w->region.size, .fd = -1 } };
	copy->region.base = memory(w->region.size, MAP_SHARED | MAP_NORESERVE);
	copy->ledger = memory(sizeof(*copy->ledger), MAP_SHARED);
	copy->copied_bytes = w->copied_bytes;
	memcpy(copy->region.base, w->region.base, w->copied_bytes);
}

/* The rings behind the memory that is copied whole. */
static const struct queue *ring_apart(const struct world *w, unsigned i, size_t *ret_bytes)
{
	const struct catalogue *c = (void *)(w->region.base + w->catalogue);
	const struct queue *q = (void *)(w->region.base + c->queues);

	if (i + 1 >= c->result_classes)
		return NULL;
	q += c->result_first + i + 1;
	*ret_bytes = ((size_t)q->ring_mask + 1) * sizeof(uint64_t);
	return q;
}

static void copy_memory(struct world *copy, const struct world *w)
{
	const struct queue *q;
	size_t bytes;

	memcpy(copy->region.base, w->region.base, w->copied_bytes);
	for (unsigned i = 0; (q = ring_apart(w, i, &bytes)) != NULL; i++)
		memcpy(copy->region.base + q->ring, w->region.base + q->ring, bytes);
	*copy->ledger = *w->ledger;
}

/* Handles go before and come after: a thread's record is in the region too. */
void world_copy(struct world *copy, const struct world *w)
{
	detach(copy);
	copy_memory(copy, w);
	copy->catalogue = w->catalogue;
	copy->refuses = w->refuses;
	attach(copy, MANAGER);
}

bool world_has_changed(struct world *image, const struct world *w)
{
	const struct queue *q;
	size_t bytes;
	bool same = image->catalogue != 0 &&
		    memcmp(image->region.base, w->region.base, w->copied_bytes) == 0 &&
		    memcmp(image->ledger, w->ledger, sizeof(*w->ledger)) == 0;

	for (unsigned i = 0; same && (q = ring_apart(w, i, &bytes)) != NULL; i++)
		same = memcmp(image->region.base + q->ring, w->region.base + q->ring, bytes) == 0;
	if (same)
		return false;
	copy_memory(image, w);
	image->catalogue = w->catalogue;
	return true;
}

void world_copy_release(struct world *copy)
{
	detach(copy);
	munmap(copy->region.base, copy->region.size);
	munmap(copy->ledger, sizeof(*copy->ledger));
}

/* What processes do -------------------------------------------------------- */

static char result_byte(uint64_t ticket, size_t i)
{
	return (char)(ticket * 131 + i * 7 + 1);
}

static bool fill(struct queues *qs, uint32_t block, const void *bytes, size_t len)
{
	struct payload p;

	if (payload_open(qs, block, len, &p, NULL) < 0)
		return false;
	memcpy(p.at, bytes, len);
	payload_close(&p);
	payload_set(qs, block, len, 1);
	return true;
}

bool world_feed(struct world *w, unsigned owner, uint64_t up_to)
{
	struct queues *qs = &w->qs[owner];
	uint64_t ticket, row;
	uint32_t block;

	for (;;) {
		queue_resume(qs, IN, &ticket, &row);
		if (ticket != row)
			return false;
		if (ticket >= up_to)
			return true;
		if (queue_claim(qs, IN, QUEUE_NO_WAIT, &block) != QUEUE_CHUNK)
			return true; /* full, or closed */
		if (!fill(qs, block, &row, sizeof(row)))
			return false;
		queue_journal(qs, IN, row + 1);
		if (queue_issue(qs, IN, block, NULL) < 0)
			queue_abandon(qs, block);
	}
}

static bool says_its_ticket(struct queues *qs, uint32_t job)
{
	uint64_t ticket = queue_ticket(qs, job);
	struct payload p;
	bool fine;

	if (payload_read(qs, job, &p, NULL) < 0)
		return false;
	fine = p.bytes == sizeof(ticket) && memcmp(p.at, &ticket, sizeof(ticket)) == 0;
	payload_close(&p);
	return fine && ticket < WORLD_TICKETS;
}

bool world_work(struct world *w, unsigned owner, unsigned chunks)
{
	struct queues *qs = &w->qs[owner];
	char bytes[RESULT_BYTES];
	uint32_t job, result;

	for (; chunks > 0 && queue_take(qs, IN, QUEUE_NO_WAIT, &job) == QUEUE_CHUNK; chunks--) {
		queue_begin(qs, job);
		if (!says_its_ticket(qs, job))
			return false;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = result_byte(queue_ticket(qs, job), i);
		if (queue_claim_result(qs, sizeof(bytes), QUEUE_NO_WAIT, &result) < 0 ||
		    !fill(qs, result, bytes, sizeof(bytes)) || queue_commit(qs, job, result) < 0)
			return false;
	}
	return true;
}

/* What is in a block that was freed may still look right. */
static bool is_attached(const struct queues *qs, uint32_t result, uint32_t job)
{
	const struct block *r = queues_block(qs, result);

	return word_state(r->word) == BLOCK_ATT && r->parent == job;
}

static bool is_right_result(struct queues *qs, uint32_t job)
{
	uint32_t result = queue_result(qs, job);
	struct payload p;
	bool fine;

	if (result == BLOCK_NONE || !is_attached(qs, result, job) ||
	    payload_read(qs, result, &p, NULL) < 0)
		return false;
	fine = p.bytes == RESULT_BYTES;
	for (size_t i = 0; fine && i < RESULT_BYTES; i++)
		fine = p.at[i] == result_byte(queue_ticket(qs, job), i);
	payload_close(&p);
	return fine;
}

bool world_collect(struct world *w, unsigned owner, unsigned jobs)
{
	struct queues *qs = &w->qs[owner];
	const unsigned from[] = { qs->shared->output, qs->shared->dead };
	unsigned queue;
	uint32_t job;

	for (; jobs > 0; jobs--) {
		if (queue_take_any(qs, from, 2, QUEUE_NO_WAIT, &queue, &job) != QUEUE_CHUNK)
			return true;
		if (!says_its_ticket(qs, job))
			return false;
		if (queue == qs->shared->dead)
			w->ledger->dead[queue_ticket(qs, job)] = 1;
		else if (!is_right_result(qs, job))
			return false;
		else if (w->refuses)
			w->ledger->dead[queue_ticket(qs, job)] = 1;
		else
			w->ledger->stored[queue_ticket(qs, job)] = 1;
		if (w->refuses)
			queue_finish_dead(qs, job);
		else
			queue_finish(qs, job);
	}
	return true;
}

/* What must hold ----------------------------------------------------------- */

static struct queue_counts counts(const struct world *w, unsigned queue)
{
	struct queue_counts c;

	queues_count(&w->qs[MANAGER], queue, &c);
	return c;
}

void world_expect_conservation(const struct world *w)
{
	struct queue_counts c = counts(w, IN);

	ck_assert_uint_eq(c.issued,
			  c.queued + c.leased + c.kept + c.finishing + c.done + c.dead + c.skipped);
}

/* By their hints. */
static void expect_free(struct world *w, unsigned free_queue, uint32_t want)
{
	struct queues *qs = &w->qs[MANAGER];
	const struct queue *q = queues_queue(qs, free_queue);
	uint32_t block, found = 0;

	while (queue_take(qs, free_queue, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK) {
		ck_assert(block >= q->first && block < q->first + q->count);
		found++;
	}
	ck_assert_uint_eq(found, want);
}

static void expect_all_free(struct world *w)
{
	const struct queues *qs = &w->qs[MANAGER];
	const struct catalogue *c = qs->shared;
	uint32_t block;

	while (queue_take(&w->qs[MANAGER], PRINT, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK)
		queue_finish(&w->qs[MANAGER], block);
	ck_assert_uint_eq(counts(w, IN).free, WORLD_CHUNKS + WORLD_LEASES);
	expect_free(w, queues_queue(qs, IN)->free_queue, WORLD_CHUNKS + WORLD_LEASES);
	expect_free(w, queues_queue(qs, PRINT)->free_queue, queues_queue(qs, PRINT)->count);
	for (unsigned i = c->result_first; i < c->result_first + c->result_classes; i++)
		expect_free(w, i, queues_queue(qs, i)->count);
}

static void expect_tickets(const struct world *w, uint64_t up_to, bool may_be_dead)
{
	struct queue_counts c = counts(w, IN);
	const struct ledger *l = w->ledger;
	uint64_t dead = 0;

	ck_assert_uint_eq(c.issued, up_to);
	ck_assert_uint_eq(c.done + c.dead, up_to);
	ck_assert(may_be_dead || c.dead == 0);
	for (uint64_t t = 0; t < up_to; t++) {
		dead += l->dead[t];
		ck_assert_msg(l->stored[t] + l->dead[t] == 1, "ticket %llu: stored %d, dead %d",
			      (unsigned long long)t, l->stored[t], l->dead[t]);
	}
	ck_assert_uint_eq(c.dead, dead);
}

void world_expect_all(struct world *w, uint64_t up_to, bool may_be_dead)
{
	uint64_t ticket, row, before;

	/* The queue holds less than there may be to feed. */
	queue_resume(&w->qs[OTHER], IN, &ticket, &row);
	do {
		before = ticket;
		ck_assert(queue_is_closed(&w->qs[OTHER], IN) || world_feed(w, OTHER, up_to));
		ck_assert(world_work(w, OTHER, ALL));
		ck_assert(world_collect(w, OTHER, ALL));
		queue_resume(&w->qs[OTHER], IN, &ticket, &row);
	} while (ticket != before);
	if (queue_is_closed(&w->qs[OTHER], IN))
		up_to = ticket;
	expect_tickets(w, up_to, may_be_dead);
	expect_all_free(w);
}
