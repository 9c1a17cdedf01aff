/* plan_fixture.h - a plan from a config's text, for tests of portmap/.
 *
 * The text has 'single' quotes for legibility; keys: PROCS_MAX, port_groups,
 * servers, as in a config file. A group's own app becomes an entry behind the
 * servers', as config.c has it.
 */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include "common/problems.h"
#include "portmap/cpus.h"
#include "portmap/plan.h"

struct plan_fixture {
	struct plan_input input; /* owns what it points to */
	struct cpus cpus;
	struct problems problems;
	struct plan *plan; /* NULL after an error */
};

/* cores are numbered 0, 2, 4 …, so that numbers and indexes differ. */
void plan_fixture_init(struct plan_fixture *f, const char *config, size_t cores);

/* As above, and fails the test when there is a problem. */
void plan_fixture_make(struct plan_fixture *f, const char *config, size_t cores);

/* What problems_format() says, without a prefix; to be freed. */
char *plan_fixture_problems(const struct plan_fixture *f);

void plan_fixture_release(struct plan_fixture *f);

/* "0: blue@0 11000 11001 | 1: yellow@2 14000 | free blue 11002"; to be freed. */
char *plan_fixture_map(const struct plan *plan);

#endif
