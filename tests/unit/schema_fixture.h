/* schema_fixture.h - JSON Schema (2020-12), as much of it as docs/ makes use of.
 *
 * A keyword that is not known here fails the test, so that nothing in a schema
 * goes unchecked.
 */
#ifndef TESTS_UNIT_SCHEMA_FIXTURE_H
#define TESTS_UNIT_SCHEMA_FIXTURE_H

#include <jansson.h>
#include <stdbool.h>

/* A schema, or any JSON, by its name below the source tree. A new reference. */
json_t *schema_fixture_load(const char *name);

bool schema_fixture_takes(const json_t *schema, const json_t *value);

#endif
