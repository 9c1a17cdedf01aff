/* listen_report.c - see listen_report.h. */
#include "portmap/listen_report.h"

#include "common/buf.h"
#include "common/fd.h"
#include "common/number.h"
#include "portmap/holder.h"
#include "portmap/plan.h"

#include <string.h>

#define SYSCTL_UNPRIVILEGED "/proc/sys/net/ipv4/ip_unprivileged_port_start"
#define UNPRIVILEGED_DEFAULT 1024

struct subject { /* what a message is about */
	const struct group *group;
	const struct plan_server *server;
	const struct listen_failure *failure;
	struct address address;
	struct holder holder;
	bool held;
};

/* Each of these has a reason of its own; all others concern the group. */
static bool is_per_port(int code)
{
	return code == EADDRINUSE || code == EEXIST;
}

void listen_failures_add(struct listen_failures *f, const struct plan *plan, size_t server,
			 int code)
{
	for (size_t i = 0; i < f->count && !is_per_port(code); i++) {
		struct listen_failure *other = &f->list[i];

		if (other->code == code &&
		    plan->servers[other->server].group == plan->servers[server].group) {
			other->count++;
			return;
		}
	}
	if (f->count == ARRAY_SIZE(f->list)) {
		f->more++;
		return;
	}
	f->list[f->count++] =
		(struct listen_failure) { .server = server, .code = code, .count = 1 };
}

unsigned listen_unprivileged_start(void)
{
	AUTO_BUF struct buf text = BUF_INIT(64);
	uint64_t start = UNPRIVILEGED_DEFAULT;
	const char *t;

	if (fd_read_file(SYSCTL_UNPRIVILEGED, &text, NULL) < 0)
		return UNPRIVILEGED_DEFAULT;
	t = buf_text(&text);
	number_take(&t, &start);
	return (unsigned)MIN(start, (uint64_t)65536);
}

static void cause_busy(struct buf *ret, const struct subject *s)
{
	const char *key = s->group->unix_path != NULL ? "unix" : "ports";

	if (s->holder.pid != 0)
		buf_addf(ret, "busy, held by pid %d (%s): stop it, or change \"%s\"",
			 (int)s->holder.pid, s->holder.program, key);
	else if (s->held)
		buf_addf(ret,
			 "busy, held by a process that only its user and root can see: stop it, "
			 "or change \"%s\"",
			 key);
	else
		buf_addf(ret, "busy, bound by a process that does not listen: change \"%s\"", key);
}

static void cause_ip(struct buf *ret, const struct subject *s)
{
	unsigned start;

	switch (s->failure->code) {
	case EADDRINUSE:
		cause_busy(ret, s);
		return;
	case EACCES:
		start = listen_unprivileged_start();
		buf_adds(ret, "permission denied");
		if (s->server->port < start)
			buf_addf(ret,
				 ": ports below %u need CAP_NET_BIND_SERVICE, or "
				 "'sysctl net.ipv4.ip_unprivileged_port_start=%u'",
				 start, (unsigned)s->server->port);
		return;
	case EADDRNOTAVAIL:
		buf_addf(ret, "address %s is on no interface of this machine", s->group->ip);
		return;
	case EAFNOSUPPORT:
		buf_adds(ret, "this machine has no IPv6");
		return;
	default:
		buf_adds(ret, strerror(s->failure->code));
	}
}

static void cause_unix(struct buf *ret, const struct subject *s)
{
	const char *path = s->address.un.sun_path;
	int folder = (int)(strrchr(path, '/') - path);

	switch (s->failure->code) {
	case EADDRINUSE:
		cause_busy(ret, s);
		return;
	case EEXIST:
		buf_adds(ret, "there is a file that is no socket, and so is not replaced: move it");
		return;
	case ENOENT:
	case ENOTDIR:
		buf_addf(ret, "there is no directory %.*s: make it first", MAX(folder, 1), path);
		return;
	case EACCES:
	case EPERM:
		buf_addf(ret, "permission denied: the socket needs write access to %.*s",
			 MAX(folder, 1), path);
		return;
	default:
		buf_adds(ret, strerror(s->failure->code));
	}
}

static const char *problem_key(const struct subject *s)
{
	if (s->group->unix_path != NULL)
		return "unix";
	return s->failure->code == EADDRNOTAVAIL || s->failure->code == EAFNOSUPPORT ? "ip"
										     : "ports";
}

static void report(const struct subject *s, struct problems *p)
{
	char base[FIELDS_PATH_BYTES], path[FIELDS_PATH_BYTES], text[ADDRESS_TEXT_BYTES];
	AUTO_BUF struct buf cause = BUF_INIT(1024);

	fields_path_key(base, sizeof(base), "port_groups", s->group->name);
	fields_path_key(path, sizeof(path), base, problem_key(s));
	address_format(&s->address, text, sizeof(text));
	if (s->group->unix_path != NULL)
		cause_unix(&cause, s);
	else
		cause_ip(&cause, s);
	if (s->failure->count > 1)
		buf_addf(&cause, " (and so for %zu more of its ports)", s->failure->count - 1);
	problems_error(p, path, "port %u of group %s (%s): %s", (unsigned)s->server->port,
		       s->group->name, text, buf_text(&cause));
}

void listen_failures_report(const struct listen_failures *f, const struct plan *plan,
			    struct problems *p)
{
	struct address addresses[PROBLEMS_MAX];
	struct holder holders[PROBLEMS_MAX];
	bool held[PROBLEMS_MAX];

	if (f->count == 0)
		return;
	for (size_t i = 0; i < f->count; i++)
		plan_address(plan, f->list[i].server, &addresses[i]);
	holder_find_all(addresses, f->count, holders, held);
	for (size_t i = 0; i < f->count; i++) {
		const struct plan_server *server = &plan->servers[f->list[i].server];

		report(
			&(struct subject) {
				.group = &plan->input.groups[server->group],
				.server = server,
				.failure = &f->list[i],
				.address = addresses[i],
				.holder = holders[i],
				.held = held[i],
			},
			p);
	}
	if (f->more > 0)
		problems_error(p, "port_groups", "%zu more ports failed", f->more);
}
