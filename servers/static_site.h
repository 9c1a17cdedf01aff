/* static_site.h - a folder that is served: its settings, root and cache.
 *
 * One per settings object and loop, shared by all servers of the loop that
 * have these settings: 2000 servers of one folder are one site. Only the
 * loop's thread touches it.
 */
#ifndef SERVERS_STATIC_SITE_H
#define SERVERS_STATIC_SITE_H

#include "servers/static_cache.h"
#include "servers/static_settings.h"

struct board_cell;
struct error;
struct root;

struct static_site {
	struct static_site *next;
	const json_t *source; /* new reference: which settings these are */
	unsigned users;       /* apps */
	struct static_settings settings;
	struct root *root;
	time_t root_checked;
	struct static_cache cache;
};

/* The site of these settings in the list, which is made if it is not there.
 * 0 or -errno; static_site_put() gives it back. */
int static_site_get(struct static_site **list, const json_t *settings, const char *base_dir,
		    struct static_site **ret, struct error *e);
void static_site_put(struct static_site **list, struct static_site *site);

/* Close what all sites of a list only keep open for later. */
void static_sites_shed(struct static_site *list);

#endif
