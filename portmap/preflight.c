/* preflight.c - what will go wrong at a start, or may later: listen.h. */
#include "portmap/listen.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "common/number.h"
#include "portmap/finding.h"
#include "portmap/listen_report.h"
#include "portmap/plan.h"

#include <linux/capability.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>

#define SYSCTL_RANGE "/proc/sys/net/ipv4/ip_local_port_range"
#define SYSCTL_RESERVED "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define PORT_NUMBERS 65536
#define RESERVED_BYTES_MAX (1u << 20)

struct machine {
	uint64_t first, last;         /* ip_local_port_range; 1, 0: none */
	unsigned unprivileged;        /* the first port that needs no right */
	bool may_bind_all;            /* CAP_NET_BIND_SERVICE */
	bool ephemeral[PORT_NUMBERS]; /* the kernel may give it to a connection */
};

static bool read_sysctl(const char *file, struct buf *ret)
{
	return fd_read_file(file, ret, NULL) == 0;
}

/* "8080,9148-9150" */
static void clear_reserved(struct machine *m)
{
	AUTO_BUF struct buf text = BUF_INIT(RESERVED_BYTES_MAX);
	uint64_t first, last;
	const char *t;

	if (!read_sysctl(SYSCTL_RESERVED, &text))
		return;
	for (t = buf_text(&text); number_take(&t, &first); t += *t == ',') {
		last = first;
		if (*t == '-') {
			t++;
			if (!number_take(&t, &last))
				return;
		}
		for (; first <= last && first < PORT_NUMBERS; first++)
			m->ephemeral[first] = false;
	}
}

static void read_ephemeral(struct machine *m)
{
	AUTO_BUF struct buf text = BUF_INIT(64);
	const char *t;

	m->first = 1;
	m->last = 0;
	if (!read_sysctl(SYSCTL_RANGE, &text))
		return;
	t = buf_text(&text);
	if (!number_take(&t, &m->first))
		return;
	t += strspn(t, " \t");
	if (!number_take(&t, &m->last))
		return;
	for (uint64_t port = m->first; port <= m->last && port < PORT_NUMBERS; port++)
		m->ephemeral[port] = true;
	clear_reserved(m);
}

static bool may_bind_all(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return (data[0].effective & (1u << CAP_NET_BIND_SERVICE)) != 0;
}

static void group_key_path(const struct group *g, const char *key, char *ret, size_t size)
{
	char base[FIELDS_PATH_BYTES];

	fields_path_key(base, sizeof(base), "port_groups", g->name);
	fields_path_key(ret, size, base, key);
}

static void warn_ports(const struct machine *m, const struct group *g, struct problems *p)
{
	struct finding ephemeral = { 0 }, privileged = { 0 };
	char path[FIELDS_PATH_BYTES];

	for (size_t i = 0; i < g->ports.count; i++) {
		unsigned port = g->ports.numbers[i];

		if (port < PORT_NUMBERS && m->ephemeral[port])
			finding_add(&ephemeral, port);
		if (port < m->unprivileged && !m->may_bind_all)
			finding_add(&privileged, port);
	}
	group_key_path(g, "ports", path, sizeof(path));
	if (ephemeral.count > 0)
		problems_warning(p, path,
				 "port %s is within net.ipv4.ip_local_port_range (%u-%u): an "
				 "outgoing connection may have it when eisen starts; take other "
				 "ports, or add these to net.ipv4.ip_local_reserved_ports",
				 finding_text(&ephemeral).text, (unsigned)m->first,
				 (unsigned)m->last);
	if (privileged.count > 0)
		problems_warning(p, path,
				 "port %s: the start will fail, ports below %u need "
				 "CAP_NET_BIND_SERVICE",
				 finding_text(&privileged).text, m->unprivileged);
}

/* Ask the kernel: a bind to port 0 fails just when the address is not ours,
 * with all that loopback, ip_nonlocal_bind and local routes allow. */
static int probe_address(const struct group *g)
{
	AUTO_CLOSE int fd = -1;
	struct address a;

	if (group_address(g, 0, &a, NULL) < 0)
		return 0; /* told by others */
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return bind(fd, &a.any, a.len) < 0 ? -errno : 0;
}

static void warn_address(const struct group *g, struct problems *p)
{
	char path[FIELDS_PATH_BYTES];
	int r = probe_address(g);

	group_key_path(g, "ip", path, sizeof(path));
	if (r == -EADDRNOTAVAIL)
		problems_warning(
			p, path,
			"the start will fail: address %s is on no interface of this machine",
			g->ip);
	else if (r == -EAFNOSUPPORT)
		problems_warning(p, path, "the start will fail: this machine has no IPv6");
}

void listeners_preflight(const struct plan *plan, struct problems *p)
{
	AUTO_FREE struct machine *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return;
	read_ephemeral(m);
	m->unprivileged = listen_unprivileged_start();
	m->may_bind_all = may_bind_all();
	for (size_t i = 0; i < plan->input.group_count; i++) {
		const struct group *g = &plan->input.groups[i];

		if (g->unix_path != NULL)
			continue;
		warn_ports(m, g, p);
		warn_address(g, p);
	}
}
