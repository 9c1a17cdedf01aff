/* results_print.h - the results as text, in the seed's forms.
 *
 * Streamed in numeric order through a callback: ten million results need no
 * more memory than one.
 */
#ifndef WORK_RESULTS_PRINT_H
#define WORK_RESULTS_PRINT_H

#include <stddef.h>

struct error;
struct results_reader;

/* Take some bytes of the text. A return other than 0 ends the print, which
 * returns it. It must not use the reader. */
typedef int results_write_fn(void *arg, const char *bytes, size_t len);

/* RESULTS_DICT_PRINT: one line of JSON,
 * {"mp_input_q (default)": [["_TID_0", value], …], …}, with every queue. */
int results_print_dict(struct results_reader *r, results_write_fn *write, void *arg,
		       struct error *e);

/* RESULTS_PRINT:
 *	--- Result for [LABEL]---      (without one: the instance's name)
 *	mp_input_q (default)
 *	_TID_0 value
 *	--- END ---
 * with every queue that has results, and what is not there in words. */
int results_print(struct results_reader *r, results_write_fn *write, void *arg, struct error *e);

#endif
