/* api_page_work.c - see api_page_work.h. */
#include "servers/api_page_work.h"

#include "common/buf.h"
#include "common/markup.h"
#include "portmap/board.h"
#include "portmap/slot_state.h"
#include "queues/queue.h"
#include "servers/api_impl.h"
#include "servers/api_missing.h"
#include "servers/page.h"

#include <inttypes.h>

static void add_number(struct buf *page, uint64_t n)
{
	buf_addf(page, "<td class=\"n\">%" PRIu64, n);
}

static void add_ranges(struct buf *page, const struct api_missing *m)
{
	for (size_t i = 0; i < m->named; i++) {
		buf_addf(page, "%s_TID_%" PRIu64, i > 0 ? ", " : ": ", m->ranges[i].first);
		if (m->ranges[i].last > m->ranges[i].first)
			buf_addf(page, " to %" PRIu64, m->ranges[i].last);
	}
	if (m->named > 0 && m->more)
		buf_adds(page, ", &hellip;");
}

static void add_queue(struct api *a, unsigned queue, const struct queue_about *about,
		      struct buf *page)
{
	struct queue_counts n;
	int64_t lost;

	api_count(a->context->queues, queue, &n);
	lost = api_difference(&n);
	buf_adds(page, "<tr><td>");
	markup_escape(page, about->name);
	add_number(page, about->maxsize);
	add_number(page, n.queued);
	add_number(page, n.leased);
	add_number(page, n.kept);
	add_number(page, n.finishing);
	add_number(page, n.done);
	add_number(page, n.dead);
	add_number(page, n.skipped);
	add_number(page, n.issued);
	if (n.expected > 0)
		add_number(page, n.expected);
	else
		buf_adds(page, "<td class=\"n\">-");
	if (lost <= 0) {
		buf_addf(page, "<td>%s\n", n.closed ? "closed" : "open");
		return;
	}
	buf_addf(page, "<td>%" PRIi64 " missing", lost);
	add_ranges(page, api_missing(a, queue, &n));
	buf_adds(page, "\n");
}

void api_page_queues(struct api *a, struct buf *page)
{
	const struct queues *qs = a->context->queues;
	struct queue_about about;

	if (qs == NULL)
		return;
	buf_adds(page, "<h2>Queues</h2><table><thead><tr><th>queue<th class=\"n\">maxsize"
		       "<th class=\"n\">queued<th class=\"n\">leased<th class=\"n\">kept"
		       "<th class=\"n\">finishing<th class=\"n\">done<th class=\"n\">dead"
		       "<th class=\"n\">skipped<th class=\"n\">issued<th class=\"n\">expected"
		       "<th>state</thead><tbody>\n");
	for (unsigned i = 0; i < queues_total(qs); i++) {
		queues_about(qs, i, &about);
		if (about.kind == QUEUE_WORK)
			add_queue(a, i, &about, page);
	}
	buf_adds(page, "</tbody></table>\n");
}

static void add_feeder(struct api *a, size_t i, struct buf *page)
{
	const struct api_feeder *feeder = &a->context->feeders[i];
	const struct board_process *p = board_feeder_process(a->context->board, i);
	unsigned state = atomic_load_explicit(&p->state, memory_order_relaxed);
	int queue =
		a->context->queues != NULL ? queues_find(a->context->queues, feeder->queue) : -1;
	uint64_t tickets = 0, rows = 0;

	if (queue >= 0)
		queue_resume(a->context->queues, (unsigned)queue, &tickets, &rows);
	buf_adds(page, "<tr><td>");
	markup_escape(page, feeder->name);
	buf_adds(page, "<td>");
	markup_escape(page, feeder->queue);
	buf_adds(page, "<td>");
	markup_escape(page, feeder->generator);
	buf_addf(page, "<td>%s", slot_state_name((enum slot_state)state));
	add_number(page, board_get(&p->restarts));
	add_number(page, rows);
	if (feeder->rows != API_ROWS_UNKNOWN)
		add_number(page, feeder->rows);
	else
		buf_adds(page, "<td class=\"n\">-");
	add_number(page, tickets);
	buf_adds(page, "\n");
}

void api_page_feeders(struct api *a, struct buf *page)
{
	if (a->context->feeder_count == 0)
		return;
	buf_adds(page, "<h2>Feeders</h2><table><thead><tr><th>feeder<th>queue<th>generator"
		       "<th>state<th class=\"n\">restarts<th class=\"n\">rows"
		       "<th class=\"n\">of<th class=\"n\">tickets</thead><tbody>\n");
	for (size_t i = 0; i < a->context->feeder_count; i++)
		add_feeder(a, i, page);
	buf_adds(page, "</tbody></table>\n");
}
