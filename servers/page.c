/* page.c - see page.h. */
#include "servers/page.h"

#include "common/buf.h"
#include "common/markup.h"

#include <string.h>

void page_begin(struct buf *page, const char *title, const char *css)
{
	/* What HTML lets one leave out is left out: small pages are sent often.
	 * The empty icon spares us a request for /favicon.ico, and its 404. */
	buf_adds(page, "<!doctype html><html lang=en><meta charset=utf-8>"
		       "<meta name=viewport content=width=device-width>"
		       "<link rel=icon href=data:,><title>");
	markup_escape(page, title);
	buf_adds(page,
		 "</title><style>:root{color-scheme:light dark;background:Canvas}"
		 "body{font:1.1em/1.5 system-ui;max-width:60em;margin:10vh auto;padding:0 1em}");
	if (css != NULL)
		buf_adds(page, css);
	buf_adds(page, "</style><main>");
}

void page_end(struct buf *page)
{
	buf_adds(page, "</main>\n");
}

void page_colour(struct buf *page, const char *group)
{
	static const struct {
		const char *name, *css;
	} known[] = {
		{ "blue", "#2b7de9" },    { "yellow", "#e0a800" }, { "green", "#2e9e4f" },
		{ "red", "#d9363e" },     { "orange", "#e8731a" }, { "purple", "#8e4ec6" },
		{ "magenta", "#c2298a" }, { "cyan", "#1597a5" },   { "white", "#a0a0a0" },
		{ "black", "#606060" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(group, known[i].name) != 0)
			continue;
		buf_adds(page, known[i].css);
		return;
	}
	buf_addf(page, "hsl(%u 65%% 48%%)", markup_hue(group));
}
