/* keep.h - what a test makes on its way lives until the test's end.
 *
 * A test reads better without a free() per line, and a leak of the program
 * under test must not hide behind the test's own: keep_release() frees all.
 */
#ifndef TESTS_E2E_KEEP_H
#define TESTS_E2E_KEEP_H

#include "common/cc.h"

#include <jansson.h>
#include <stddef.h>

/* Memory that was allocated elsewhere; returns it. */
void *keep(void *memory);
json_t *keep_json(json_t *value);

/* A text of one's own. */
char *keep_printf(const char *fmt, ...) ATTR_PRINTF(1, 2);

/* The same for JSON, where ' stands for ". */
char *keep_config(const char *fmt, ...) ATTR_PRINTF(1, 2);

void keep_release(void);

#endif
