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

void static_folder_send(const struct static_site *site, const struct static_resource *resource,
			struct reply *reply)
{
	struct listing_options options = {
		.dotfiles = site->settings.dotfiles,
		.json = request_wants_json(reply->request),
	};
	AUTO_BUF struct buf text = BUF_INIT(LISTING_BYTES_MAX);
	struct reply_body body = { 0 };
	size_t len;

	listing_options_parse(reply->request->query, &options);
	if (listing_make(site->root, resource->path, &options, &text) < 0) {
		reply_error(reply, MHD_HTTP_NOT_FOUND, NULL, "the folder cannot be read");
		return;
	}
	len = text.len;
	reply_body_make(options.json ? REPLY_JSON : REPLY_HTML, buf_take(&text), len, &body);
	if (body.response != NULL && add_headers(site, resource->path, &body) < 0)
		reply_body_release(&body);
	reply_once(reply, MHD_HTTP_OK, &body);
}
