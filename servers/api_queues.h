/* api_queues.h - the queues as JSON: how their chunks stand, and what is
 * missing.
 *
 *   {name, category, kind, maxsize, depth, queued, leased, kept, finishing, done,
 *    dead, skipped, issued, expected, retries, oldest_ms, in, out, closed,
 *    conservation, difference, missing{count, ranges[[first, last]], more}}
 *
 * kind: work, output (mp_output_q), dead (mp_dead_q), side (mp_print_q), and
 * ports (a group's mp_GROUP_q, where a port is queued until a slot leases it).
 * What a kind cannot have is left out; null is unknown. category is what
 * stands before the '|' of a name. depth = queued: chunks that wait.
 *
 * issued = queued + leased + kept + finishing + done + dead + skipped +
 * difference. conservation is false when a ticket is lost or there twice;
 * while chunks move, the difference may be below 0 for a moment.
 */
#ifndef SERVERS_API_QUEUES_H
#define SERVERS_API_QUEUES_H

struct api;
struct json_text;
struct reply;

/* The array, all kinds. key as in json_text.h. */
void api_write_queues(struct api *a, const char *key, struct json_text *j);

/* GET /api/queues/NAME; raw is NAME as sent. 404 with the names there are. */
void api_get_queue(struct api *a, const char *raw, struct reply *reply);

#endif
