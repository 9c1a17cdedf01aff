/* listing_page.c - see listing_page.h.
 *
 * All links are relative, to the URL "…/path/" at which the listing is: it does not
 * matter below which prefix a proxy shows the site. A name's link begins with "./", so
 * that no name is taken for a scheme ("javascript:") or an authority.
 */
#include "servers/listing_page.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/utf8.h"
#include "servers/json_text.h"
#include "servers/page.h"
#include "servers/target.h"

#include <limits.h>
#include <string.h>

#define ESCAPED_MAX (NAME_MAX * 4) /* of a name: \xHH for each byte */
#define TIME_BYTES 32

static const char css[] =
	"body{margin:4vh auto}"
	"nav ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap}"
	"nav li::after{content:\"/\"/\"\";margin:0 .3em}"
	"h1{font-size:1.4em;overflow-wrap:anywhere}"
	"table{width:100%;border-collapse:collapse}"
	"caption{text-align:start;padding:.3em 0}"
	"th,td{text-align:start;padding:.3em 1em .3em 0;white-space:nowrap;font-weight:normal;"
	"border-bottom:1px solid #8886}"
	"thead th{font-weight:bold}"
	"[scope=row]{white-space:normal;overflow-wrap:anywhere;width:100%}"
	"th+td,th+th{text-align:end;font-variant-numeric:tabular-nums}"
	"a{display:inline-block;min-height:1.5em;text-underline-offset:.2em}"
	"[aria-sort=ascending]::after{content:\" \\2191\"/\"\"}"
	"[aria-sort=descending]::after{content:\" \\2193\"/\"\"}"
	"@media(max-width:36em){time span{display:none}}";

/* Text as a name has it: whatever bytes, fit to be shown. */
static void add_text(struct buf *page, const char *name, size_t len)
{
	AUTO_BUF struct buf harmless = BUF_INIT(ESCAPED_MAX);
	char text[TARGET_BYTES];

	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	utf8_escape(&harmless, text);
	page_escape(page, buf_text(&harmless));
}

/* The folders from the root down to this one, each a link but the last. */
static void add_crumbs(struct buf *page, const char *path)
{
	size_t up = 0;

	for (const char *p = path; *p != '\0'; p++)
		up += p == path || *p == '/';
	buf_adds(page, "<nav aria-label=\"Folders above\"><ol>");
	for (const char *segment = path; up > 0; up--) {
		buf_adds(page, "<li><a href=\"");
		for (size_t i = 0; i < up; i++)
			buf_adds(page, "../");
		buf_adds(page, "\">");
		if (segment == path && page->data != NULL)
			buf_adds(page, "");
		segment += strcspn(segment, "/");
		buf_adds(page, "</a>");
	}
	buf_adds(page, "</ol></nav>");
}
