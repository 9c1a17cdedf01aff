/* printed.h - the results that a run prints, and what it said on its way. */
#ifndef TESTS_E2E_PRINTED_H
#define TESTS_E2E_PRINTED_H

#include <jansson.h>

struct instance;

/* Of mp_input_q, as RESULTS_DICT_PRINT prints them: [["_TID_0", value], …]. */
json_t *printed_results(const char *out);

/* The sums of the numbers from 0 on, rows_max in a chunk: of tickets 0 to
 * tickets - 1, each once and in order, without the one (-1: none). */
void printed_expect_sums(const char *out, int tickets, int rows_max, int without);

/* The text is in what it wrote to stderr, or is not. */
void printed_expect_said(const struct instance *in, const char *text);
void printed_expect_not_said(const struct instance *in, const char *text);

#endif
