/* listen_report.h - what kept ports from being bound, as messages. For
 * listen.c alone.
 *
 * Failures are collected first and told together: who holds the busy ports
 * is looked up for all of them in one pass.
 */
#ifndef PORTMAP_LISTEN_REPORT_H
#define PORTMAP_LISTEN_REPORT_H

#include "common/problems.h"

struct plan;

struct listen_failure {
	size_t server; /* index into servers[] */
	int code;      /* errno value */
	size_t count;  /* of the group's ports that failed alike */
};

struct listen_failures { /* { 0 } is empty */
	struct listen_failure list[PROBLEMS_MAX];
	size_t count;
	size_t more; /* not in the list */
};

void listen_failures_add(struct listen_failures *f, const struct plan *plan, size_t server,
			 int code);
void listen_failures_report(const struct listen_failures *f, const struct plan *plan,
			    struct problems *p);

/* net.ipv4.ip_unprivileged_port_start */
unsigned listen_unprivileged_start(void);

#endif
