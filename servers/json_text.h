/* json_text.h - JSON written straight into a buffer.
 *
 * Why: /api/status of thousands of servers as a tree of json_t takes megabytes
 * that the heap does not give back, and most of its time. Here a value costs
 * its text. Commas and closing brackets are ours to know; keys are literals
 * of our own and not escaped. Errors stay in the buffer: check it at the end.
 */
#ifndef SERVERS_JSON_TEXT_H
#define SERVERS_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define JSON_TEXT_DEPTH_MAX 16

struct json_text {
	struct buf *out; /* borrowed */
	char closing[JSON_TEXT_DEPTH_MAX];
	unsigned depth;
	bool comma; /* before the next value */
};

/* In all of these key is NULL within an array and at the top. */
void json_text_object(struct json_text *j, const char *key);
void json_text_array(struct json_text *j, const char *key);
void json_text_end(struct json_text *j); /* of the innermost of both */

void json_text_uint(struct json_text *j, const char *key, uint64_t value);
void json_text_int(struct json_text *j, const char *key, int64_t value);
void json_text_bool(struct json_text *j, const char *key, bool value);
void json_text_null(struct json_text *j, const char *key);

/* Seconds with three digits behind the point. */
void json_text_seconds(struct json_text *j, const char *key, uint64_t ns);

/* len bytes that are JSON already, as they stand. */
void json_text_raw(struct json_text *j, const char *key, const char *json, size_t len);

/* NULL is null. Bytes that are no UTF-8 become U+FFFD. */
void json_text_string(struct json_text *j, const char *key, const char *value);

#endif
