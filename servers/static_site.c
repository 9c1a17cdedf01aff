/* static_site.c - see static_site.h. */
#include "servers/static_site.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/problems.h"
#include "servers/root.h"

#include <assert.h>

static void site_free(struct static_site *site)
{
	static_cache_release(&site->cache);
	root_free(site->root);
	static_settings_release(&site->settings);
	json_decref((json_t *)site->source);
	free(site);
}

static int site_new(const json_t *settings, const char *base_dir, struct static_site **ret,
		    struct error *e)
{
	struct static_site *site = calloc(1, sizeof(*site));
	struct problems p = { 0 };
	int r = 0;

	if (site == NULL)
		return error_set(e, ENOMEM, "out of memory");
	site->source = json_incref((json_t *)settings);
	static_settings_parse(settings, base_dir, "app", &site->settings, &p);
	if (p.errors > 0)
		r = error_set(e, EINVAL, "%s: %s", p.list[0].path, p.list[0].text);
	problems_release(&p);
	if (r == 0)
		r = root_open(site->settings.root, (enum root_links)site->settings.symlinks,
			      &site->root, e);
	if (r < 0) {
		site_free(site);
		return r;
	}
	static_cache_init(&site->cache, (size_t)site->settings.cache_bytes);
	*ret = site;
	return 0;
}

int static_site_get(struct static_site **list, const json_t *settings, const char *base_dir,
		    struct static_site **ret, struct error *e)
{
	struct static_site *site = *list;
	int r = 0;

	while (site != NULL && site->source != settings)
		site = site->next;
	if (site == NULL) {
		r = site_new(settings, base_dir, &site, e);
		if (r < 0)
			return r;
		assert(site != NULL);
		site->next = *list;
		*list = site;
	}
	site->users++;
	*ret = site;
	return 0;
}

void static_site_put(struct static_site **list, struct static_site *site)
{
	if (--site->users > 0)
		return;
	while (*list != site)
		list = &(*list)->next;
	*list = site->next;
	site_free(site);
}

void static_sites_shed(struct static_site *list)
{
	for (; list != NULL; list = list->next)
		static_cache_shed(&list->cache, NULL);
}
