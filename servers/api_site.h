/* api_site.h - the status endpoint's welcome site: a static app inside the
 * endpoint's own.
 *
 * A site that is missing or cannot be opened is no error: the endpoint has a
 * table of its own to show.
 */
#ifndef SERVERS_API_SITE_H
#define SERVERS_API_SITE_H

#include <jansson.h>

struct app;
struct error;

/* open and close of api_app_kind; opening always goes well. */
int api_site_open(struct app *app, const json_t *settings, struct error *e);
void api_site_close(struct app *app);

/* The app that serves the site; NULL: there is none. */
struct app *api_site(struct app *app);

#endif
