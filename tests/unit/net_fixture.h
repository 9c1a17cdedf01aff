/* net_fixture.h - addresses of a test's own, and rivals for them.
 *
 * Check runs each test in a process of its own, so an address out of
 * 127.0.0.0/8 by pid is nobody else's, and the ports on it are free.
 */
#ifndef TESTS_UNIT_NET_FIXTURE_H
#define TESTS_UNIT_NET_FIXTURE_H

#include "tests/unit/plan_fixture.h"

#include <stdbool.h>

struct address;

struct net_ip {
	char text[16];
};

/* variant: 0 to 2, for several per test. */
struct net_ip net_ip(unsigned variant);

/* A port that nobody has on any address of the family, a moment ago. */
unsigned net_free_port(int family);

/* plan_fixture_make(), with each IP in the text replaced by net_ip(0). */
void net_plan_make(struct plan_fixture *f, const char *config, size_t cores);

/* Another one's socket, bound with SO_REUSEADDR and, if so, SO_REUSEPORT.
 * The descriptor, or -errno. */
int net_bind(const struct address *a, bool reuse_port);
int net_listen(const struct address *a, bool reuse_port);

/* A connection, or -errno; waits until it is one or the other. */
int net_connect(const struct address *a);

/* The same without waiting, and whether it is still not connected. */
int net_connect_begin(const struct address *a);
bool net_is_connecting(int fd);

/* Wait for a connection and take it. */
int net_accept(int listening);

const char *net_why_no_ipv6(void);

size_t net_open_fds(void);

/* Run body in a child process of another user, as the test's own verdict;
 * the test passes without it when we are not root. */
void net_as_nobody(void (*body)(void *arg), void *arg);

#endif
