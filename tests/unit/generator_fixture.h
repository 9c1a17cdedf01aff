/* generator_fixture.h - a generator's rows as text. */
#ifndef TESTS_UNIT_GENERATOR_FIXTURE_H
#define TESTS_UNIT_GENERATOR_FIXTURE_H

#include "work/generator.h"

/* A generator of settings that have no problem. */
struct generator *generator_fixture_open(const char *settings, const char *base_dir);

/* All rows that are left, in rooms of so many rows and bytes; a row that fits
 * none gets a larger one. END or FAILED. */
enum generator_state generator_fixture_fill(struct generator *g, uint32_t rows_max, size_t bytes,
					    struct buf *ret, struct error *e);

/* The two of them, with rooms of three sizes: the rows are those of want. */
void generator_fixture_expect(const char *settings, const char *base_dir, const char *want);

/* The rows before the failure are those of want, its text contains error. */
void generator_fixture_expect_failure(const char *settings, const char *base_dir, const char *want,
				      const char *error);

/* The settings have exactly one problem, and "PATH: TEXT" contains this. */
void generator_fixture_expect_problem(const char *settings, const char *problem);

#endif
