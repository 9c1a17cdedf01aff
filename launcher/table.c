/* table.c - the tables of run and plan; see table.h. */
#include "launcher/table.h"

#include "common/buf.h"
#include "launcher/scols.h"
#include "portmap/board.h"
#include "portmap/plan.h"

#include <string.h>

/* More servers than this in one cell are shown as the first and the last. */
#define TABLE_URLS_MAX 12

bool table_wants_colour(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color != NULL && no_color[0] != '\0')
		return false;
	return isatty(fd) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

static const char *group_name(const struct plan *plan, const struct plan_slot *slot)
{
	return slot->group >= 0 ? plan->input.groups[slot->group].name : "-";
}

static void url_of(const struct plan *plan, size_t server, char *ret, size_t size)
{
	struct address address;

	plan_address(plan, server, &address);
	address_url(&address, ret, size);
}

/* The URLs of a slot: the first in row, the others in rows below it. */
static void add_urls(struct scols *t, size_t row, int column, const struct plan *plan,
		     const struct plan_slot *slot)
{
	char url[ADDRESS_TEXT_BYTES];
	bool all = slot->count <= TABLE_URLS_MAX;

	if (slot->count == 0)
		scols_put(t, row, column, "-");
	for (size_t i = 0; i < slot->count; i++) {
		if (!all && i == 1)
			i = slot->count - 1;
		url_of(plan, slot->first + i, url, sizeof(url));
		if (i > 0)
			row = scols_row(t);
		if (!all && i > 0)
			scols_putf(t, row, column, "to %s (%zu servers)", url, slot->count);
		else
			scols_put(t, row, column, url);
	}
}

void table_start(const struct plan *plan, struct board *board, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "START_SEQUENCE_NUM", true },
		{ "group", false },
		{ "core", true },
		{ "pid", true },
		{ "URLs", false },
	};
	struct scols t;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	for (size_t i = 0; i < plan->slot_count; i++) {
		const struct plan_slot *slot = &plan->slots[i];
		int pid = atomic_load_explicit(&board_process(board, i)->pid, memory_order_relaxed);
		size_t row = scols_row(&t);

		scols_putf(&t, row, 0, "%zu", i);
		scols_put(&t, row, 1, group_name(plan, slot));
		scols_putf(&t, row, 2, "%d", (int)slot->core);
		scols_putf(&t, row, 3, pid != 0 ? "%d" : "-", pid);
		scols_paint(&t, row, 1, group_name(plan, slot));
		add_urls(&t, row, 4, plan, slot);
	}
	scols_print(&t, ret);
}

static void add_ports(struct scols *t, size_t row, const struct plan *plan,
		      const struct plan_slot *slot)
{
	unsigned numbers[PLAN_SERVERS_MAX / 16];
	AUTO_BUF struct buf text = BUF_INIT(1u << 16);
	struct range ports = { .numbers = numbers };

	for (size_t i = 0; i < slot->count && i < ARRAY_SIZE(numbers); i++)
		numbers[ports.count++] = plan->servers[slot->first + i].port;
	range_format(&ports, &text);
	if (slot->count > ports.count)
		buf_addf(&text, ", ... (%zu in all)", slot->count);
	scols_put(t, row, 4, slot->count > 0 ? buf_text(&text) : "-");
}

static const char *apps_of(const struct plan *plan, const struct plan_slot *slot)
{
	const char *kind;

	if (slot->count == 0)
		return "-";
	kind = plan_app_kind(plan, &plan->servers[slot->first]);
	for (size_t i = 1; i < slot->count; i++)
		if (strcmp(kind, plan_app_kind(plan, &plan->servers[slot->first + i])) != 0)
			return "several";
	return kind;
}

void table_plan(const struct plan *plan, bool colour, struct buf *ret)
{
	static const struct scols_column columns[] = {
		{ "START_SEQUENCE_NUM", true },
		{ "group", false },
		{ "core", true },
		{ "ip", false },
		{ "ports", false },
		{ "app", false },
	};
	struct scols t;

	scols_init(&t, columns, ARRAY_SIZE(columns), colour);
	for (size_t i = 0; i < plan->slot_count; i++) {
		const struct plan_slot *slot = &plan->slots[i];
		const struct group *group =
			slot->group >= 0 ? &plan->input.groups[slot->group] : NULL;
		size_t row = scols_row(&t);

		scols_putf(&t, row, 0, "%zu", i);
		scols_put(&t, row, 1, group_name(plan, slot));
		scols_putf(&t, row, 2, "%d", (int)slot->core);
		scols_put(&t, row, 3,
			  group == NULL              ? "-"
			  : group->unix_path != NULL ? group->unix_path
						     : group->ip);
		add_ports(&t, row, plan, slot);
		scols_put(&t, row, 5, apps_of(plan, slot));
		scols_paint(&t, row, 1, group_name(plan, slot));
	}
	scols_print(&t, ret);
}
