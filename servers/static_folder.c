/* static_folder.c - see static_folder.h. */
#include "servers/static_folder.h"

#include "common/buf.h"
#include "servers/listing.h"
#include "servers/reply.h"
#include "servers/request.h"
#include "servers/static_cache.h"
#include "servers/static_site.h"

#include <microhttpd.h>

static int add_headers(const struct static_site *site, const char *path, struct reply_body *body)
{
	char name[TARGET_BYTES];
	int r = reply_body_header(body, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT);

	snprintf(name, sizeof(name), "%s%s", path, *path != '\0' ? "/" : "");
	return r == 0 ? static_rule_headers(site, name, NULL, body) : r;
}

static bool same(const struct listing_options *a, const struct listing_options *b)
{
	return a->sort == b->sort && a->descending == b->descending && a->json == b->json;
}

static int make(const struct static_site *site, const char *path,
		const struct listing_options *options, struct reply_body *ret)
{
	AUTO_BUF struct buf text = BUF_INIT(LISTING_BYTES_MAX);
	int r = listing_make(site->root, path, options, &text);
	size_t len = text.len;

	if (r == 0)
		r = reply_body_make(options->json ? REPLY_JSON : REPLY_HTML, buf_take(&text), len,
				    ret);
	if (r == 0 && add_headers(site, path, ret) < 0) {
		reply_body_release(ret);
		r = -ENOMEM;
	}
	return r;
}

/* Thousands of names take tens of milliseconds, which all clients of the loop
 * would wait for again and again. */
void static_folder_send(struct static_site *site, struct static_resource *resource,
			struct reply *reply)
{
	struct static_listing *kept = resource->listing;
	struct static_listing now = { .made = reply->now };

	now.options.dotfiles = site->settings.dotfiles;
	now.options.json = request_wants_json(reply->request);
	listing_options_parse(reply->request->query, &now.options);
	if (kept == NULL || kept->made != now.made || !same(&kept->options, &now.options)) {
		if (make(site, resource->path, &now.options, &now.body) < 0) {
			reply_error(reply, MHD_HTTP_NOT_FOUND, NULL, "the folder cannot be read");
			return;
		}
		kept = static_cache_keep(site, resource, &now);
	}
	if (kept != NULL)
		reply_shared(reply, MHD_HTTP_OK, &kept->body);
	else
		reply_error(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, NULL, "out of memory");
}
