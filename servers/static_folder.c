/* static_folder.c - see static_folder.h. */
#include "servers/static_folder.h"

#include "common/buf.h"
#include "servers/listing.h"
#include "servers/reply.h"
#include "servers/request.h"
#include "servers/static_cache.h"
#include "servers/static_site.h"

#include <microhttpd.h>
#include <string.h>

/* The value of a query's parameter, when it is one of ours: those need no
 * decoding. NULL: it is not there. */
static const char *parameter(const char *query, const char *name, char *ret, size_t size)
{
	size_t len = strlen(name);

	for (const char *p = query; p != NULL; p = strchr(p, '&')) {
		p += *p == '&';
		if (strncmp(p, name, len) != 0 || p[len] != '=')
			continue;
		snprintf(ret, size, "%.*s", (int)MIN(strcspn(p + len + 1, "&"), size), p + len + 1);
		return ret;
	}
	return NULL;
}

static void make_page(const struct listing *listing, const char *path, enum listing_order order,
		      bool descending, struct reply_body *ret)
{
	AUTO_BUF struct buf page = BUF_INIT(LISTING_PAGE_MAX);
	size_t len;

	listing_page(listing, path, order, descending, &page);
	len = page.len;
	reply_body_make(REPLY_HTML, buf_take(&page), len, ret);
}

static int add_headers(const struct static_site *site, const char *path, struct reply_body *body)
{
	char name[TARGET_BYTES];
	int r = reply_body_header(body, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);

	snprintf(name, sizeof(name), "%s%s", path, *path != '\0' ? "/" : "");
	return r == 0 ? static_rule_headers(site, name, body) : r;
}

void static_folder_send(const struct static_site *site, const struct static_resource *resource,
			struct reply *reply)
{
	const struct request *request = reply->request;
	char sort[16], direction[16];
	enum listing_order order =
		listing_order_find(parameter(request->query, "sort", sort, sizeof(sort)));
	const char *wanted = parameter(request->query, "order", direction, sizeof(direction));
	bool descending = wanted != NULL && strcmp(wanted, "desc") == 0;
	struct reply_body body = { 0 };
	struct listing listing;

	if (listing_read(site->root, resource->path, site->settings.dotfiles, &listing) < 0) {
		reply_error(reply, MHD_HTTP_NOT_FOUND, NULL, "the folder cannot be read");
		return;
	}
	listing_sort(&listing, order, descending);
	if (request_wants_json(request))
		reply_body_json(listing_json(&listing), &body);
	else
		make_page(&listing, resource->path, order, descending, &body);
	listing_release(&listing);
	if (body.response != NULL && add_headers(site, resource->path, &body) < 0)
		reply_body_release(&body);
	reply_once(reply, MHD_HTTP_OK, &body);
}
