/* load_layout_urls.c - servers that are not ours, each a group of its own; see
 * load_layout.h.
 */
#include "launcher/load_layout.h"

#include "common/error.h"
#include "load/url.h"

#include <string.h>

/* All are asked for the same, so that they can be compared. */
static int take_path(struct load_layout *l, const struct url *url, struct error *e)
{
	if (l->path == NULL)
		l->path = strdup(url->path);
	if (l->path == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (strcmp(l->path, url->path) != 0)
		return error_set(e, EINVAL,
				 "asks for '%.80s' and the one before for '%.80s': all are asked "
				 "for the same, which --path can name",
				 url->path, l->path);
	return 0;
}

static int add_url(struct load_layout *l, const char *text, const struct url *url, struct error *e)
{
	struct load_target *t = &l->targets[l->target_count];
	size_t i = l->target_count;
	int r = take_path(l, url, e);

	if (r == 0)
		r = url_resolve(url, &t->address, e);
	if (r < 0)
		return r;
	snprintf(t->host, sizeof(t->host), "%s", url->host);
	t->group = (uint32_t)i;
	l->group_names[i] = text;
	l->ports[i] = (struct report_port) { .url = text, .group = text };
	if (json_object_set_new(l->by_url, text, json_integer((json_int_t)i)) < 0)
		return error_set(e, ENOMEM, "out of memory");
	l->target_count++;
	return 0;
}

/* One that is given twice is one. */
static int take_url(struct load_layout *l, const char *text, struct error *e)
{
	struct url url;
	int r;

	if (json_object_get(l->by_url, text) != NULL)
		return 0;
	if (l->target_count == LOAD_TARGETS_MAX)
		return error_set(e, E2BIG, "more than %d URLs", LOAD_TARGETS_MAX);
	r = url_parse(&url, text, e);
	if (r == 0)
		r = add_url(l, text, &url, e);
	return r < 0 ? error_prefix(e, "%.120s", text) : 0;
}

static int take_urls(struct load_layout *l, const char *const *urls, size_t count, struct error *e)
{
	int r = 0;

	l->name = strdup(urls[0]);
	l->targets = calloc(count, sizeof(*l->targets));
	l->ports = calloc(count, sizeof(*l->ports));
	l->group_names = calloc(count, sizeof(*l->group_names));
	l->by_url = json_object();
	if (l->name == NULL || l->targets == NULL || l->ports == NULL || l->group_names == NULL ||
	    l->by_url == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = take_url(l, urls[i], e);
	l->group_count = l->target_count;
	return r;
}

int load_layout_from_urls(struct load_layout *ret, const char *const *urls, size_t count,
			  struct error *e)
{
	struct load_layout l = { .name = NULL };
	int r = take_urls(&l, urls, count, e);

	if (r < 0) {
		load_layout_release(&l);
		return r;
	}
	*ret = l;
	return 0;
}
