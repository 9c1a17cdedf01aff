/* accesslog_line.h - a request as a line: Combined Log Format or JSON.
 *
 *   127.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /x?y HTTP/1.1" 200 2326 "referer" "agent"
 *
 * as Apache httpd's mod_log_config and nginx have it, times in UTC; or one
 * JSON object (RFC 8259) with time as in RFC 3339.
 *
 * What a client sends is hostile: quotes, backslashes, control characters and
 * bytes that are no UTF-8 are written as \xHH (JSON: as its escapes, and \\xhh
 * for a byte), and each field has a maximum, behind which "…" stands for the
 * rest. A line is made without allocation and never longer than
 * ACCESSLOG_LINE_MAX. Pure but for the time, which is made once a second.
 */
#ifndef SERVERS_ACCESSLOG_LINE_H
#define SERVERS_ACCESSLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;

enum accesslog_format { ACCESSLOG_COMBINED, ACCESSLOG_JSON };

#define ACCESSLOG_LINE_MAX 4096 /* bytes, the newline included; PIPE_BUF at most */
#define ACCESSLOG_UNKNOWN UINT64_MAX

/* Of what a client sent, as it stands in the line. */
#define ACCESSLOG_METHOD_MAX 32
#define ACCESSLOG_TARGET_MAX 2048
#define ACCESSLOG_REFERER_MAX 768
#define ACCESSLOG_AGENT_MAX 512

struct accesslog_text {   /* borrowed */
	const char *text; /* NULL: not there */
	size_t len;
};

struct accesslog_entry {
	const struct site *site;
	struct accesslog_text addr; /* of the client; trusted */
	struct accesslog_text method;
	struct accesslog_text path;  /* NULL: the target is not known */
	struct accesslog_text query; /* NULL: no '?' in the target */
	struct accesslog_text version;
	struct accesslog_text referer;
	struct accesslog_text user_agent;
	uint64_t bytes; /* of the reply's body; ACCESSLOG_UNKNOWN: it did not get through */
	uint64_t duration_us;
	unsigned status;
};

/* The time of the line that is made, to the second, ready to be copied. */
struct accesslog_clock {
	uint64_t second_ns; /* monotonic, when the second began */
	char combined[40];  /* " - - [10/Oct/2000:13:55:36 +0000] \"" */
	char json[32];      /* "2000-10-10T13:55:36." */
	uint8_t combined_len, json_len;
};

/* now_ns: clock_mono_ns(). */
void accesslog_clock_update(struct accesslog_clock *clock, uint64_t now_ns);

/* Write the line to ret, which has room for ACCESSLOG_LINE_MAX bytes; it ends
 * with a newline, not with a NUL. Returns its length. */
size_t accesslog_line(char *ret, enum accesslog_format format, struct accesslog_clock *clock,
		      uint64_t now_ns, const struct accesslog_entry *entry);

#endif
