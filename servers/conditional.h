/* conditional.h - conditional requests (RFC 9110, 13). */
#ifndef SERVERS_CONDITIONAL_H
#define SERVERS_CONDITIONAL_H

#include <stdbool.h>
#include <time.h>

struct conditions { /* header values as sent; NULL: not there */
	const char *if_match;
	const char *if_none_match;
	const char *if_modified_since;
	const char *if_unmodified_since;
	const char *if_range;
};

struct validators {
	const char *etag; /* strong, with its quotes */
	time_t modified;
	time_t now; /* of the answer: a date within its last second is weak */
};

enum conditional {
	CONDITIONAL_GO,
	CONDITIONAL_NOT_MODIFIED, /* 304 */
	CONDITIONAL_FAILED,       /* 412 */
};

/* In the order of 13.2.2. A date that is none is as good as absent (13.1.3,
 * 13.1.4); a malformed If-Match matches nothing. reads: GET or HEAD. */
enum conditional conditional_evaluate(const struct conditions *c, const struct validators *v,
				      bool reads);

/* Whether Range counts: no If-Range, or one that holds (13.1.5): the strong
 * tag itself, or exactly the date, when that is strong (8.8.2.2). */
bool conditional_range_holds(const struct conditions *c, const struct validators *v);

#endif
