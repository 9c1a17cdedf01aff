/* listing_page.c - see listing_page.h.
 *
 * All links are relative, to the URL "…/path/" at which the listing is: it does not
 * matter below which prefix a proxy shows the site. A name's link begins with "./", so
 * that no name is taken for a scheme ("javascript:") or an authority.
 */
#include "servers/listing_page.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/markup.h"
#include "common/utf8.h"
#include "servers/json_text.h"
#include "servers/page.h"
#include "servers/target.h"

#include <string.h>

#define HREF_BYTES (256 * 3 + 8)
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
	"td,th+th{text-align:end;font-variant-numeric:tabular-nums}"
	"a{display:inline-block;min-height:1.5em;text-underline-offset:.2em}"
	"[aria-sort=ascending]::after{content:\" \\2191\"/\"\"}"
	"[aria-sort=descending]::after{content:\" \\2193\"/\"\"}"
	"@media(max-width:36em){time span{display:none}}";

/* The time in UTC, as 2024-01-02T03:04:05Z; "" for one that has no date. */
static void time_text(time_t t, char ret[TIME_BYTES])
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(ret, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		ret[0] = '\0';
}

/* False: it does not fit, which no file system's names do not. */
static bool href_of(const struct listing_entry *entry, char ret[HREF_BYTES])
{
	memcpy(ret, "./", 2);
	if (!target_encode(entry->name, ret + 2, HREF_BYTES - 3))
		return false;
	if (entry->folder)
		memcpy(ret + strlen(ret), "/", 2);
	return true;
}

/* Whatever bytes a name has, fit to be shown. */
static void add_text(struct buf *page, const char *name, size_t len)
{
	AUTO_BUF struct buf harmless = BUF_INIT(4 * TARGET_BYTES);
	char text[TARGET_BYTES];

	snprintf(text, sizeof(text), "%.*s", (int)len, name);
	utf8_escape(&harmless, text);
	markup_escape(page, buf_text(&harmless));
}

/* The folders above, from the root down, and this one. */
static void add_crumbs(struct buf *page, const char *path)
{
	size_t up = *path != '\0';

	for (const char *p = path; *p != '\0'; p++)
		up += *p == '/';
	buf_adds(page, "<nav aria-label=Folders><ol>");
	for (bool root = true;; root = false) {
		size_t n = root ? 0 : strcspn(path, "/");

		buf_adds(page, up > 0 ? "<li><a href=\"" : "<li><a aria-current=page href=\"./");
		for (size_t i = 0; i < up; i++)
			buf_adds(page, "../");
		buf_adds(page, root ? "\">Root" : "\">");
		add_text(page, path, n);
		buf_adds(page, "</a>");
		path += root ? 0 : n + (path[n] == '/');
		if (up-- == 0)
			break;
	}
	buf_adds(page, "</ol></nav>");
}

/* A column's head: a click sorts by it, a second one turns the order round. */
static void add_head(struct buf *page, enum listing_sort column,
		     const struct listing_options *options)
{
	static const struct {
		const char *sort, *text;
	} columns[] = {
		[LISTING_NAME] = { "name", "Name" },
		[LISTING_SIZE] = { "size", "Size" },
		[LISTING_MODIFIED] = { "modified", "Modified" },
	};
	bool sorted = column == options->sort;

	buf_adds(page, "<th scope=col");
	if (sorted)
		buf_addf(page, " aria-sort=%s", options->descending ? "descending" : "ascending");
	buf_addf(page, "><a href=\"?sort=%s&amp;order=%s\">%s</a>", columns[column].sort,
		 sorted && !options->descending ? "desc" : "asc", columns[column].text);
}

static void add_size(struct buf *page, uint64_t size)
{
	static const char units[] = "KMGTPE";
	size_t unit = 0;

	if (size < 1024) {
		buf_addf(page, "%u B", (unsigned)size);
		return;
	}
	for (; size >= 1024 * 1024; size /= 1024)
		unit++;
	if (size < 10 * 1024)
		buf_addf(page, "%u.%u", (unsigned)size / 1024, (unsigned)size % 1024 * 10 / 1024);
	else
		buf_addf(page, "%u", (unsigned)size / 1024);
	buf_addf(page, " %ciB", units[unit]);
}

static void add_row(struct buf *page, const struct listing_entry *entry)
{
	char href[HREF_BYTES], time[TIME_BYTES];

	if (!href_of(entry, href))
		return;
	buf_addf(page, "<tr><th scope=row><a href=\"%s\">", href);
	add_text(page, entry->name, strlen(entry->name));
	buf_adds(page, entry->folder ? "/</a><td>\xe2\x80\x93" : "</a><td>");
	if (!entry->folder)
		add_size(page, entry->size);
	time_text(entry->modified, time);
	if (*time != '\0')
		buf_addf(page, "<td><time datetime=%s>%.10s<span> %.5s</span></time>\n", time, time,
			 time + 11);
	else
		buf_adds(page, "<td>\xe2\x80\x93\n");
}

/* "2 folders, 1 file" */
static void add_caption(struct buf *page, const struct listing *l)
{
	size_t folders = 0, files;

	for (size_t i = 0; i < l->count; i++)
		folders += l->entries[i].folder;
	files = l->count - folders;
	buf_addf(page, "<caption>%zu folder%s, %zu file%s; times are UTC", folders,
		 folders == 1 ? "" : "s", files, files == 1 ? "" : "s");
	if (l->cut)
		buf_addf(page, ". <strong>There are more: only %d are shown.</strong>",
			 LISTING_ENTRIES_MAX);
	buf_adds(page, "</caption>");
}

static void add_title(struct buf *title, const char *path)
{
	buf_adds(title, "Index of /");
	utf8_escape(title, path);
	buf_adds(title, *path != '\0' ? "/" : "");
}

void listing_html(const struct listing *l, struct buf *ret)
{
	AUTO_BUF struct buf title = BUF_INIT(5 * TARGET_BYTES);

	add_title(&title, l->path);
	page_begin(ret, buf_text(&title), css);
	if (*l->path != '\0')
		add_crumbs(ret, l->path);
	buf_adds(ret, "<h1>");
	markup_escape(ret, buf_text(&title));
	buf_adds(ret, "</h1><table>");
	add_caption(ret, l);
	buf_adds(ret, "<thead><tr>");
	add_head(ret, LISTING_NAME, l->options);
	add_head(ret, LISTING_SIZE, l->options);
	add_head(ret, LISTING_MODIFIED, l->options);
	buf_adds(ret, "<tbody>\n");
	for (size_t i = 0; i < l->count; i++)
		add_row(ret, &l->entries[i]);
	buf_adds(ret, "</table>");
	page_end(ret);
}

void listing_json(const struct listing *l, struct buf *ret)
{
	struct json_text j = { .out = ret };
	char time[TIME_BYTES];

	json_text_array(&j, NULL);
	for (size_t i = 0; i < l->count; i++) {
		const struct listing_entry *entry = &l->entries[i];

		json_text_object(&j, NULL);
		json_text_string(&j, "name", entry->name);
		json_text_string(&j, "type", entry->folder ? "directory" : "file");
		if (!entry->folder)
			json_text_uint(&j, "size", entry->size);
		time_text(entry->modified, time);
		json_text_string(&j, "modified", time);
		json_text_end(&j);
	}
	json_text_end(&j);
	buf_adds(ret, "\n");
}
