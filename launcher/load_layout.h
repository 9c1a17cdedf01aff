/* load_layout.h - who is driven: from a running instance's workers, or from
 * URLs, to the targets of a job and to the rows of its report.
 *
 *   workers ─▶ servers ─▶ one target for each address
 *                          a shared port: one target, several workers
 *
 * A wildcard address is driven by the loopback of its family, a Unix socket as
 * "localhost".
 */
#ifndef LAUNCHER_LOAD_LAYOUT_H
#define LAUNCHER_LOAD_LAYOUT_H

#include "load/job.h"
#include "load/report.h"

struct error;

struct load_layout {
	char *name;
	struct load_target *targets;
	struct report_port *ports; /* by target */
	size_t target_count;
	const char **group_names;
	size_t group_count;
	struct report_worker *workers; /* those that serve a target; none for URLs */
	size_t worker_count;
	int *cores; /* of all workers, whether driven or not */
	size_t core_count;
	char *path; /* of URLs; NULL: none */
	/* Of load_layout*.c and load_board.c alone. */
	json_t *workers_json; /* what texts above are borrowed from */
	json_t *by_url;       /* {url: index into targets} */
	int *port_workers;    /* ports[].workers are parts of it */
};

/* workers: the array of /api/workers; name: copied. groups: only these, none
 * for all. -EINVAL with words for a group that there is not, and for a layout
 * without any server. */
int load_layout_read(struct load_layout *ret, const char *name, json_t *workers,
		     const char *const *groups, size_t group_count, struct error *e);

/* count > 0 of them, all of the same path; they stay as long as it. Names are
 * looked up, which may take its time. */
int load_layout_from_urls(struct load_layout *ret, const char *const *urls, size_t count,
			  struct error *e);

/* The target that has the server's "url", SIZE_MAX when it is not driven. */
size_t load_layout_target(const struct load_layout *l, const json_t *server);

void load_layout_release(struct load_layout *l);

#endif
