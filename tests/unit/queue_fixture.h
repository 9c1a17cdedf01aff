/* queue_fixture.h - queues in a region of their own, and a handle per owner. */
#ifndef TESTS_UNIT_QUEUE_FIXTURE_H
#define TESTS_UNIT_QUEUE_FIXTURE_H

#include "queues/catalogue.h"
#include "queues/region.h"

#include <stddef.h>

#define QUEUE_FIXTURE_OWNERS 8 /* numbers 1 (the manager) to 7 */

struct queue_fixture {
	struct region region;
	struct queues handles[QUEUE_FIXTURE_OWNERS]; /* by owner */
	char dir[64];                                /* for large payloads */
};

void queue_fixture_init(struct queue_fixture *f, const struct queue_spec *specs, size_t count);

/* Also checks that no file of a payload is left. */
void queue_fixture_release(struct queue_fixture *f);

/* A chunk of text on queue, by owner 2; its ticket. */
uint64_t queue_fixture_feed(struct queue_fixture *f, unsigned queue, const char *text);

#endif
