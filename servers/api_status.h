/* api_status.h - the parts of /api/status, written as JSON.
 *
 * Read from the board without locks: numbers of one moment, each for itself.
 */
#ifndef SERVERS_API_STATUS_H
#define SERVERS_API_STATUS_H

#include <stdbool.h>

struct api;
struct json_text;

/* key as in json_text.h. */
void api_write_status(struct api *a, const char *key, struct json_text *j);

/* Beyond their parts of /api/status: lines_dropped and deaths_total; how a
 * death was, when, and at what cost. */
void api_write_manager(struct api *a, const char *key, struct json_text *j);
void api_write_deaths(struct api *a, const char *key, struct json_text *j);

void api_write_workers(struct api *a, const char *key, struct json_text *j);
void api_write_groups(struct api *a, const char *key, struct json_text *j);
void api_write_servers(struct api *a, const char *key, struct json_text *j); /* with their worker */

/* {waiting[START_SEQUENCE_NUM of slots neither ready nor done], ready};
 * returns ready. */
bool api_write_ready(struct api *a, struct json_text *j);

#endif
