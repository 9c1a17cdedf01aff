/* plan_clash.c - no address and port in two places.
 *
 * IP groups are compared in pairs, but ports only of pairs whose addresses
 * meet (the same one, or a wildcard and one of its family; IPv6 sockets are
 * IPV6_V6ONLY, so the families never meet), against a table by port number.
 * Unix paths come from templates, so two different ones may give the same
 * path: all paths are sorted and neighbours compared.
 */
#include "common/error.h"
#include "portmap/finding.h"
#include "portmap/plan_work.h"

#include <string.h>

struct socket_path {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	uint32_t group;
	uint32_t port;
};

static bool group_is_ip(const struct group *g)
{
	return g->unix_path == NULL && g->ip != NULL && g->ports.count > 0;
}

/* One address per IP group, all with the same port, so that only the IPs
 * differ; len 0 for the other groups and for a wrong IP. */
static void fill_ips(struct plan_work *w, struct address *ips)
{
	char path[FIELDS_PATH_BYTES];
	struct error e;

	for (size_t g = 0; g < w->input.group_count; g++) {
		const struct group *group = &w->input.groups[g];

		if (!group_is_ip(group) || group_address(group, 1, &ips[g], &e) == 0)
			continue;
		ips[g].len = 0;
		plan_group_path(w, g, "ip", path, sizeof(path));
		problems_error(w->problems, path, "%s", e.text);
	}
}

/* stamps[port] == stamp: the port is one of group a's. */
static void compare_ports(struct plan_work *w, size_t a, size_t b, const uint32_t *stamps,
			  uint32_t stamp)
{
	const struct group *ga = &w->input.groups[a], *gb = &w->input.groups[b];
	char path[FIELDS_PATH_BYTES], other[FIELDS_PATH_BYTES];
	struct finding both = { 0 };

	for (size_t i = 0; i < gb->ports.count; i++) {
		if (stamps[gb->ports.numbers[i]] == stamp)
			finding_add(&both, gb->ports.numbers[i]);
	}
	if (both.count == 0)
		return;
	plan_group_path(w, b, "ports", path, sizeof(path));
	plan_group_path(w, a, "ports", other, sizeof(other));
	if (strcmp(ga->ip, gb->ip) == 0)
		problems_error(w->problems, path, "port %s on %s is in %s too",
			       finding_text(&both).text, gb->ip, other);
	else
		problems_error(w->problems, path, "port %s on %s is in %s too, on %s",
			       finding_text(&both).text, gb->ip, other, ga->ip);
}

static void clash_ips(struct plan_work *w, const struct address *ips, uint32_t *stamps)
{
	for (size_t a = 0; a < w->input.group_count; a++) {
		const struct range *ports = &w->input.groups[a].ports;

		if (ips[a].len == 0)
			continue;
		for (size_t i = 0; i < ports->count; i++)
			stamps[ports->numbers[i]] = (uint32_t)a + 1;
		for (size_t b = a + 1; b < w->input.group_count; b++) {
			if (address_conflicts(&ips[a], &ips[b]))
				compare_ports(w, a, b, stamps, (uint32_t)a + 1);
		}
	}
}

/* The paths of one group; stops at its first wrong one. */
static size_t collect_paths(struct plan_work *w, size_t g, struct socket_path *ret)
{
	const struct group *group = &w->input.groups[g];
	char path[FIELDS_PATH_BYTES];
	struct address address;
	struct error e;

	for (size_t i = 0; i < group->ports.count; i++) {
		unsigned port = group->ports.numbers[i];

		if (group_address(group, port, &address, &e) < 0) {
			plan_group_path(w, g, "unix", path, sizeof(path));
			problems_error(w->problems, path, "port %u: %s", port, e.text);
			return i;
		}
		ret[i] = (struct socket_path) { .group = (uint32_t)g, .port = port };
		memcpy(ret[i].path, address.un.sun_path, sizeof(ret[i].path));
	}
	return group->ports.count;
}

static int path_compare(const void *a, const void *b)
{
	const struct socket_path *x = a, *y = b;
	int by_path = strncmp(x->path, y->path, sizeof(x->path));

	if (by_path != 0)
		return by_path;
	return x->group != y->group ? (x->group > y->group) - (x->group < y->group)
				    : (x->port > y->port) - (x->port < y->port);
}

/* One message per group is enough to find the template that is wrong. */
static void compare_paths(struct plan_work *w, const struct socket_path *paths, size_t count)
{
	char path[FIELDS_PATH_BYTES], other[FIELDS_PATH_BYTES];
	bool told[GROUPS_MAX] = { false };

	for (size_t i = 1; i < count; i++) {
		const struct socket_path *a = &paths[i - 1], *b = &paths[i];

		if (strncmp(a->path, b->path, sizeof(a->path)) != 0 || told[b->group])
			continue;
		told[b->group] = true;
		plan_group_path(w, b->group, "unix", path, sizeof(path));
		plan_group_path(w, a->group, "unix", other, sizeof(other));
		problems_error(w->problems, path,
			       "port %u gives %s, and so does port %u of %s: each needs a path "
			       "of its own",
			       (unsigned)b->port, b->path, (unsigned)a->port, other);
	}
}

static void clash_paths(struct plan_work *w)
{
	AUTO_FREE struct socket_path *paths = NULL;
	size_t count = 0, room = 0;

	for (size_t g = 0; g < w->input.group_count; g++) {
		if (w->input.groups[g].unix_path != NULL)
			room += w->input.groups[g].ports.count;
	}
	if (room == 0)
		return;
	paths = calloc(room, sizeof(*paths));
	if (paths == NULL) {
		problems_error(w->problems, "", "out of memory");
		return;
	}
	for (size_t g = 0; g < w->input.group_count; g++) {
		if (w->input.groups[g].unix_path != NULL)
			count += collect_paths(w, g, paths + count);
	}
	qsort(paths, count, sizeof(*paths), path_compare);
	compare_paths(w, paths, count);
}

void plan_clash(struct plan_work *w)
{
	AUTO_FREE struct address *ips = calloc(MAX(w->input.group_count, (size_t)1), sizeof(*ips));
	AUTO_FREE uint32_t *stamps = calloc(PLAN_PORT_NUMBERS, sizeof(*stamps));

	if (ips == NULL || stamps == NULL) {
		problems_error(w->problems, "", "out of memory");
		return;
	}
	fill_ips(w, ips);
	clash_ips(w, ips, stamps);
	clash_paths(w);
}
