/* queue_fixture.c - see queue_fixture.h. */
#include "tests/unit/queue_fixture.h"

#include "common/error.h"
#include "queues/payload.h"
#include "queues/queue.h"

#include <check.h>
#include <string.h>

void queue_fixture_init(struct queue_fixture *f, const struct queue_spec *specs, size_t count)
{
	const struct queues_spec spec = { specs, count, QUEUE_FIXTURE_OWNERS - 1 };
	struct queues *manager = &f->handles[1];
	struct error e = { 0 };

	snprintf(f->dir, sizeof(f->dir), "/tmp/eisen-queue-XXXXXX");
	ck_assert(mkdtemp(f->dir) != NULL);
	ck_assert_msg(region_create(&f->region, queues_region_bytes(&spec), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(manager, &f->region, &spec, &e) == 0, "%s", e.text);
	for (unsigned i = 2; i < QUEUE_FIXTURE_OWNERS; i++)
		ck_assert_int_eq(queues_attach(&f->handles[i], &f->region, i, NULL, &e), 0);
	for (unsigned i = 1; i < QUEUE_FIXTURE_OWNERS; i++)
		f->handles[i].spill_dir = f->dir;
}

void queue_fixture_release(struct queue_fixture *f)
{
	for (unsigned i = 1; i < QUEUE_FIXTURE_OWNERS; i++)
		queues_detach(&f->handles[i]);
	region_detach(&f->region);
	ck_assert_int_eq(rmdir(f->dir), 0);
}

uint64_t queue_fixture_feed(struct queue_fixture *f, unsigned queue, const char *text)
{
	struct queues *qs = &f->handles[2];
	struct payload p;
	uint64_t ticket;
	uint32_t b;

	ck_assert_int_eq(queue_claim(qs, queue, QUEUE_NO_WAIT, &b), QUEUE_CHUNK);
	ck_assert_int_eq(payload_open(qs, b, strlen(text), &p, NULL), 0);
	memcpy(p.at, text, strlen(text));
	payload_close(&p);
	payload_set(qs, b, strlen(text), 1);
	ck_assert_int_eq(queue_issue(qs, queue, b, &ticket), 0);
	return ticket;
}
