/* api_site.h - the status endpoint's welcome site: a static app inside the
 * endpoint's own.
 *
 * A site that is missing or cannot be opened is no error: the endpoint has a
 * table of its own to show.
 */
#ifndef SERVERS_API_SITE_H
#define SERVERS_API_SITE_H

struct app;

/* The app that serves the folder, within app; NULL: there is none, or no
 * memory. */
struct app *api_site_open(const struct app *app, const char *dir);
void api_site_close(struct app *site); /* NULL is fine */

#endif
