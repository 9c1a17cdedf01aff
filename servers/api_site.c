/* api_site.c - see api_site.h. */
#include "servers/api_site.h"

#include "common/cc.h"
#include "common/error.h"
#include "servers/app.h"

#include <stdlib.h>

#define SITE_CACHE_BYTES (1 << 20)

/* Its own files only: no inline script or style, no foreign host. After an
 * update of eisen the files are asked for anew. */
static json_t *site_settings(const char *root)
{
	static const char policy[] = "default-src 'self'; base-uri 'none'; form-action 'none'; "
				     "frame-ancestors 'none'";
	json_t *headers = json_pack("{s:s, s:s, s:s, s:s}", "Cache-Control", "no-cache",
				    "Content-Security-Policy", policy, "Referrer-Policy",
				    "no-referrer", "X-Content-Type-Options", "nosniff");

	return json_pack("{s:s, s:s, s:i, s:[{s:s, s:o}]}", "kind", "static", "root", root,
			 "cache_bytes", SITE_CACHE_BYTES, "headers", "match", "*", "set", headers);
}

static struct app *open_within(const struct app *app, const struct app_kind *kind, const char *dir)
{
	json_auto_t *settings = site_settings(dir);
	struct app *site = calloc(1, sizeof(*site));
	struct error e = { 0 };

	if (settings == NULL || site == NULL) {
		free(site);
		return NULL;
	}
	*site = *app;
	site->kind = kind;
	site->context = NULL;
	if (kind->open(site, settings, &e) == 0)
		return site;
	free(site);
	return NULL;
}

struct app *api_site_open(const struct app *app, const char *dir)
{
	const struct app_kind *kind = app_kind_find("static");

	return kind != NULL && dir != NULL ? open_within(app, kind, dir) : NULL;
}

void api_site_close(struct app *site)
{
	if (site == NULL)
		return;
	if (site->kind->close != NULL)
		site->kind->close(site);
	free(site);
}
