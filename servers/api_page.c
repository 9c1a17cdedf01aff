/* api_page.c - see api_page.h. */
#include "servers/api_page.h"

#include "common/buf.h"
#include "common/markup.h"
#include "portmap/board.h"
#include "portmap/plan.h"
#include "portmap/slot_state.h"
#include "servers/api_impl.h"
#include "servers/api_page_work.h"
#include "servers/page.h"

static const char css[] =
	"body{margin:5vh auto}main{overflow-x:auto}table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;vertical-align:top;padding:.3em .8em .3em 0}"
	"tr{border-top:1px solid #8886}ul{margin:0;padding:0;list-style:none;"
	"columns:14em;min-width:14em}td.n,th.n{text-align:right}";

static void add_link(struct buf *page, const struct plan *plan, size_t server)
{
	char url[ADDRESS_TEXT_BYTES];
	struct address address;

	plan_address(plan, server, &address);
	address_url(&address, url, sizeof(url));
	if (address.any.sa_family == AF_UNIX) {
		buf_adds(page, "<li>");
		markup_escape(page, url);
		return;
	}
	buf_adds(page, "<li><a href=\"");
	markup_escape(page, url);
	buf_adds(page, "\">");
	markup_escape(page, url);
	buf_adds(page, "</a>");
}

static void add_worker(struct buf *page, const struct api_context *c, size_t slot)
{
	const struct plan_slot *s = &c->plan->slots[slot];
	struct board_process *p = board_process(c->board, slot);
	unsigned state = atomic_load_explicit(&p->state, memory_order_relaxed);
	int pid = atomic_load_explicit(&p->pid, memory_order_relaxed);
	const char *group = s->group != PLAN_FREE ? c->plan->input.groups[s->group].name : "-";

	buf_addf(page, "<tr><td>%zu<td style=\"border-left:.4em solid ", slot);
	page_colour(page, group);
	buf_adds(page, ";padding-left:.6em\">");
	markup_escape(page, group);
	buf_addf(page, "<td>%s<td>%d<td>", slot_state_name((enum slot_state)state), (int)s->core);
	buf_addf(page, pid > 0 ? "%d" : "-", pid);
	buf_addf(page, "<td>%llu<td><ul>", (unsigned long long)board_get(&p->restarts));
	for (size_t i = 0; i < s->count; i++)
		add_link(page, c->plan, s->first + i);
	buf_adds(page, "</ul>\n");
}

char *api_page(struct api *a, size_t *ret_len)
{
	const struct api_context *c = a->context;
	AUTO_BUF struct buf page = BUF_INIT(API_PAGE_MAX);

	page_begin(&page, c->name, css);
	buf_adds(&page, "<h1>");
	markup_escape(&page, c->name);
	buf_adds(&page, "</h1><table><thead><tr><th>START_SEQUENCE_NUM<th>group<th>state"
			"<th>core<th>pid<th>restarts<th>servers</thead><tbody>\n");
	for (size_t i = 0; i < c->plan->slot_count; i++)
		add_worker(&page, c, i);
	buf_adds(&page, "</tbody></table>\n");
	api_page_queues(a, &page);
	api_page_feeders(a, &page);
	buf_adds(&page, "<p>As JSON: <a href=\"/api/status\">/api/status</a> "
			"<a href=\"/api/plan\">/api/plan</a> "
			"<a href=\"/api/queues\">/api/queues</a> "
			"<a href=\"/api/feeders\">/api/feeders</a> "
			"<a href=\"/api/deaths\">/api/deaths</a></p>");
	page_end(&page);
	*ret_len = page.len;
	return buf_take(&page);
}
