/* results_fixture.h - a results database of a test's own. */
#ifndef TESTS_UNIT_RESULTS_FIXTURE_H
#define TESTS_UNIT_RESULTS_FIXTURE_H

#include "tests/unit/dir_fixture.h"
#include "work/results.h"
#include "work/results_read.h"

#define RESULTS_FIXTURE_QUEUE 7 /* its number in the run */
#define RESULTS_FIXTURE_NAME "mp_input_q (default)"

struct results_fixture {
	struct dir_fixture dir;
	char path[128];
};

void results_fixture_init(struct results_fixture *f);
void results_fixture_release(struct results_fixture *f);

/* Open it, and declare mp_input_q. Fails the test when it cannot. */
struct results *results_fixture_open(const struct results_fixture *f, enum results_mode mode,
				     uint64_t bytes_max);

/* A batch with the tickets first .. last: the value of ticket 5 is "5". */
void results_fixture_put(struct results *r, uint64_t first, uint64_t last);

struct results_reader *results_fixture_reader(const struct results_fixture *f);

/* mp_input_q as it is in the file. */
struct results_stored results_fixture_stored(struct results_reader *reader);

/* All tickets from on that have results, with their values: "3=3 4=4". */
void results_fixture_expect(struct results_reader *reader, uint64_t from, uint64_t limit,
			    const char *want);

/* The first column of the first row, asked with a connection of its own. */
long long results_fixture_ask(const struct results_fixture *f, const char *sql);

#endif
