/* api_status.h - the parts of /api/status, each a new reference.
 *
 * NULL when memory runs out. Read from the board without locks: numbers of
 * one moment, each for itself.
 */
#ifndef SERVERS_API_STATUS_H
#define SERVERS_API_STATUS_H

#include <jansson.h>

struct api_context;

json_t *api_status_json(const struct api_context *c);
json_t *api_workers_json(const struct api_context *c);
json_t *api_groups_json(const struct api_context *c);
json_t *api_servers_json(const struct api_context *c); /* with their worker */
json_t *api_deaths_json(const struct api_context *c);

/* {ready, waiting[START_SEQUENCE_NUM of slots neither ready nor done]} */
json_t *api_ready_json(const struct api_context *c, int *ret_ready);

#endif
