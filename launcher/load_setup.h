/* load_setup.h - from a wish and who is driven to a job. */
#ifndef LAUNCHER_LOAD_SETUP_H
#define LAUNCHER_LOAD_SETUP_H

#include "launcher/load_cores.h"
#include "load/job.h"

struct error;
struct load_layout;
struct load_wish;

/* At least; the next multiple of the ports, since a port that has one more than
 * another is asked more often. So many divide evenly among 1, 2, 3, 4, 6, 8, 9,
 * 12, 18, 24 and 36 ports. */
#define LOAD_CONNECTIONS_DEFAULT 72

struct load_setup {
	struct load_job job; /* borrows from all else, and from the layout */
	struct load_request *request;
	struct load_cores cores;
	const char **paths; /* a URL's, then the wish's: those of the request */
	size_t path_count;
};

/* own: the layout's workers run on this machine, so that we keep away from
 * them. The limit of open files is raised to what it takes. -EINVAL with words
 * for a wish that cannot be had. */
int load_setup_make(struct load_setup *ret, const struct load_layout *l,
		    const struct load_wish *wish, bool own, struct error *e);
void load_setup_release(struct load_setup *s);

#endif
