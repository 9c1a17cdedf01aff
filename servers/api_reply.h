/* api_reply.h - how the status endpoint answers: JSON, for whoever asks.
 *
 * Never from a cache, never as something else, never with a foreign script.
 */
#ifndef SERVERS_API_REPLY_H
#define SERVERS_API_REPLY_H

#include <jansson.h>
#include <stddef.h>

struct buf;
struct error;
struct reply;
struct reply_body;

#define API_TEXT_MAX (72u << 20) /* bytes; 65536 servers take about 16 MiB, a value 64 */

/* A body of any type, released. */
void api_send(struct reply *reply, unsigned status, struct reply_body *body);

/* JSON text, taken out of the buffer; one that failed (no memory, or beyond
 * its maximum) answers 500. */
void api_send_text(struct reply *reply, unsigned status, struct buf *text);

/* value is taken over. */
void api_send_json(struct reply *reply, unsigned status, json_t *value);

/* {"status", "error"}. allow: of a 405, else NULL. */
void api_send_error(struct reply *reply, unsigned status, const char *allow, const char *text);

#endif
