/* api_results.h - the results over HTTP: a page of them, or one ticket.
 *
 *   GET /api/results?queue=NAME&after=TICKET&limit=N
 *     {queue, header, total, items[["_TID_0", value], …], next}
 *   of tickets above after, in numeric order. next is the value for after to go
 *   on with, null at the end. queue: mp_input_q by default. limit: 100 by default,
 *   at most 10000; a page of more than 8 MiB ends early.
 *
 *   GET /api/results/NAME/TICKET     TICKET: 7 or _TID_7
 *     200  {queue, header, ticket, state: "done", rows, value}
 *     202  {…, state: "pending"}  it is on its way, or will be given out
 *     404  {…, state: "missing"}  it was given out, and is nowhere
 *          {…, state: "not kept"}  it was given out, and RESULTS_STORE is false
 *          {…, state: "unknown"}  there is none of this number
 *     410  {…, state: "evicted"}  it was there, and made room for others
 *     422  {…, state: "dead", attempts, reason, chunk}  it was given up;
 *          chunk: its rows as text, one a line, null where not kept
 *
 * value is the result's JSON text as it is stored. Both: 400 for what is no
 * such question, 404 for a queue that nobody knows and where results are not
 * kept, 503 when the database cannot be read now.
 */
#ifndef SERVERS_API_RESULTS_H
#define SERVERS_API_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

struct api;
struct json_text;
struct reply;
struct request;

#define API_RESULTS_LIMIT 100
#define API_RESULTS_LIMIT_MAX 10000
#define API_RESULTS_PAGE_BYTES (8u << 20)

void api_get_results(struct api *a, const struct request *request, struct reply *reply);

/* raw: NAME/TICKET as sent. */
void api_get_result(struct api *a, const char *raw, struct reply *reply);

/* 7 or _TID_7. */
bool api_ticket_parse(const char *text, uint64_t *ret);

/* {store, db, label, queues[{name, done, dead, evicted, rows, bytes, issued}],
 * error}: what is kept, as of the last commit; error: why it cannot be said. */
void api_write_results(struct api *a, const char *key, struct json_text *j);

#endif
