/* results_show.h - results as text, JSON or CSV, for 'eisen results'.
 *
 *   text   the queue's header in a line, then "_TID_0 VALUE" for each ticket
 *   json   {"mp_input_q (default)": [["_TID_0", VALUE], …], …}: the seed's
 *   csv    "queue,ticket,value" (RFC 4180, CRLF); a value that is a JSON string
 *          is its text, null is empty, all else is JSON
 *
 * Streamed in numeric order: ten million need no more memory than one.
 */
#ifndef LAUNCHER_RESULTS_SHOW_H
#define LAUNCHER_RESULTS_SHOW_H

#include "work/results_print.h"
#include "work/results_read.h"

enum results_form { RESULTS_TEXT, RESULTS_JSON, RESULTS_CSV };

struct results_wish {
	const struct results_stored *queues; /* of these, in this order */
	size_t count;
	uint64_t from;  /* tickets >= from */
	uint64_t limit; /* of each queue at most; 0: all */
	enum results_form form;
};

/* A return of write's other than 0 ends it and is returned. */
int results_show(struct results_reader *r, const struct results_wish *wish, results_write_fn *write,
		 void *arg, struct error *e);

#endif
