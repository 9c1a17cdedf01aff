/* api_feeders.h - the feeders as JSON: how far each of them is.
 *
 *   {name, queue, generator, state, pid, uptime_s, restarts, rows, rows_expected,
 *    tickets, expected, percent, rows_per_s, eta_s, end}
 *
 * rows: read from the generator so far, in this and earlier runs, up to the
 * last ticket. rows_per_s is that of the last seconds. expected, in tickets,
 * and what follows from it are null where nobody knows; rows_expected is rows in
 * the end. pid: null when there is no process. end: null while it
 * goes on, then rows_per_s is null; "done" once all rows are in, "failed" when it gave up (the
 * reason is in the log), "stopped" when all workers were done before it.
 */
#ifndef SERVERS_API_FEEDERS_H
#define SERVERS_API_FEEDERS_H

#include <stdint.h>

struct api;
struct json_text;

/* The rates begin here. 0 or -ENOMEM. */
int api_feeders_open(struct api *a);
void api_feeders_close(struct api *a);

/* key as in json_text.h. */
void api_write_feeders(struct api *a, const char *key, struct json_text *j);

#endif
