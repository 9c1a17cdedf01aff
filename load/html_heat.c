/* html_heat.c - a cell for each port: how slow it was, and how often asked.
 *
 * A row is a worker, or a group where workers share its ports. Beyond
 * CELLS_MAX ports, a cell is several neighbours of a row. Colours run over
 * what the ports have, but never over so little that noise looks like news.
 */
#include "load/html_impl.h"

#include "common/buf.h"
#include "common/cc.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define CELLS_MAX 4096 /* of a map */
#define ROWS_MAX 256   /* what is beyond is in the last */
#define TABLE_ROWS_MAX 4096
#define COLUMNS_MAX 48
#define SPREAD_MIN 1.5 /* of the ramp's ends */
#define STEPS 7

struct row {
	const char *group; /* NULL: those of --url, which have no workers */
	int worker;        /* START_SEQUENCE_NUM; -1: its workers share the ports */
	size_t ports;
};

struct ramp {
	double low, high;
};

struct map {
	const json_t *report, *ports;
	struct row rows[ROWS_MAX];
	size_t row_count;
	uint16_t *row_of; /* by port; owned */
	size_t per_cell;
	unsigned columns;
	struct ramp p99, requests;
};

struct cell {
	const char *first, *last; /* URLs */
	size_t ports;
	double p99, requests, errors;
};

/* Rows --------------------------------------------------------------------- */

static void key_of(const json_t *port, struct row *ret)
{
	const json_t *workers = json_object_get(port, "workers");
	size_t count = json_array_size(workers);

	ret->group = count == 0 ? NULL : html_string(port, "group");
	ret->worker = count == 1 ? (int)json_integer_value(json_array_get(workers, 0)) : -1;
	ret->ports = 0;
}

static bool same(const struct row *a, const struct row *b)
{
	if (a->group == NULL || b->group == NULL)
		return a->group == b->group;
	return a->worker == b->worker && strcmp(a->group, b->group) == 0;
}

static size_t find_row(struct map *map, const json_t *port)
{
	struct row key;
	size_t i = 0;

	key_of(port, &key);
	while (i < map->row_count && !same(&map->rows[i], &key))
		i++;
	if (i == map->row_count && i < ROWS_MAX)
		map->rows[map->row_count++] = key;
	return MIN(i, ROWS_MAX - 1);
}

static void widen(struct ramp *ramp, double value)
{
	ramp->low = fmin(ramp->low, value);
	ramp->high = fmax(ramp->high, value);
}

static void finish_ramp(struct ramp *ramp)
{
	if (!isfinite(ramp->low))
		ramp->low = 0;
	if (ramp->high < ramp->low * SPREAD_MIN)
		ramp->high = ramp->low * SPREAD_MIN;
	if (ramp->high <= ramp->low)
		ramp->high = ramp->low + 1;
}

static double p99_of(const json_t *port)
{
	return html_number(json_object_get(port, "latency_ns"), "p99");
}

/* False: no ports, or no memory. */
static bool read_map(struct map *map, const json_t *report)
{
	const json_t *port;
	size_t i, lines, widest = 0;

	map->report = report;
	map->ports = json_object_get(report, "ports");
	if (json_array_size(map->ports) == 0)
		return false;
	map->row_of = calloc(json_array_size(map->ports), sizeof(*map->row_of));
	if (map->row_of == NULL)
		return false;
	map->p99.low = map->requests.low = INFINITY;
	json_array_foreach(map->ports, i, port)
	{
		map->row_of[i] = (uint16_t)find_row(map, port);
		map->rows[map->row_of[i]].ports++;
		if (html_number(port, "requests") > 0)
			widen(&map->p99, p99_of(port));
		widen(&map->requests, html_number(port, "requests"));
	}
	for (i = 0; i < map->row_count; i++)
		widest = MAX(widest, map->rows[i].ports);
	map->per_cell = (json_array_size(map->ports) + CELLS_MAX - 1) / CELLS_MAX;
	widest = (widest + map->per_cell - 1) / map->per_cell;
	lines = (widest + COLUMNS_MAX - 1) / COLUMNS_MAX;
	map->columns = (unsigned)((widest + lines - 1) / lines);
	finish_ramp(&map->p99);
	finish_ramp(&map->requests);
	return true;
}

/* Cells -------------------------------------------------------------------- */

void html_heat_class(char ret[4], double at)
{
	int step = isfinite(at) ? (int)(STEPS * fmax(0, fmin(at, 1))) : 0;

	snprintf(ret, 4, "h%d", MIN(step, STEPS - 1));
}

/* The next cell of the row, from *at on, which moves behind it. */
static bool next_cell(const struct map *map, size_t row, size_t *at, struct cell *ret)
{
	size_t count = json_array_size(map->ports);

	*ret = (struct cell) { 0 };
	for (; *at < count && ret->ports < map->per_cell; ++*at) {
		const json_t *port = json_array_get(map->ports, *at);

		if (map->row_of[*at] != row)
			continue;
		ret->last = html_string(port, "url");
		if (ret->ports++ == 0)
			ret->first = ret->last;
		ret->p99 = fmax(ret->p99, p99_of(port));
		ret->requests += html_number(port, "requests");
		ret->errors += html_number(json_object_get(port, "errors"), "total");
	}
	return ret->ports > 0;
}

static void add_tip(struct buf *page, const struct cell *c)
{
	buf_adds(page, "<title>");
	html_cut_text(page, c->first, 80);
	if (c->ports > 1) {
		buf_adds(page, " to ");
		html_cut_text(page, c->last, 80);
	}
	buf_adds(page, "\n");
	if (c->requests > 0) {
		buf_adds(page, "p99 ");
		html_add(page, HTML_NS, c->p99);
		buf_adds(page, ", ");
	}
	buf_adds(page, "requests ");
	html_add(page, HTML_COUNT, c->requests);
	if (c->errors > 0) {
		buf_adds(page, ", errors ");
		html_add(page, HTML_COUNT, c->errors);
	}
	buf_adds(page, "</title>");
}

static void add_cell(struct buf *page, const struct map *map, const struct cell *c, size_t place,
		     bool by_p99)
{
	const struct ramp *ramp = by_p99 ? &map->p99 : &map->requests;
	double value = by_p99 ? c->p99 : c->requests / (double)c->ports;
	size_t x = 10 * (place % map->columns), y = 10 * (place / map->columns);
	char class[4] = "h";

	if (!by_p99 || c->requests > 0)
		html_heat_class(class, (value - ramp->low) / (ramp->high - ramp->low));
	buf_addf(page, "<g class=%s><rect x=%zu y=%zu width=9 height=9 />", class, x, y);
	add_tip(page, c);
	if (c->errors > 0)
		buf_addf(page, "<path d=\"M%zu %zul3 3m0-3l-3 3\"/>", x + 3, y + 3);
	buf_adds(page, "</g>");
}

static void add_row_name(struct buf *page, const struct row *row)
{
	if (row->group == NULL) {
		buf_adds(page, "all");
		return;
	}
	html_cut_text(page, row->group, 24);
	if (row->worker >= 0)
		buf_addf(page, ", worker %d", row->worker);
}

static void add_range(struct buf *page, enum html_unit unit, double low, double high)
{
	html_add(page, unit, low);
	if (high > low) {
		buf_adds(page, " to ");
		html_add(page, unit, high);
	}
}

static struct ramp row_range(const struct map *map, size_t row, bool by_p99)
{
	struct ramp range = { INFINITY, 0 };

	for (size_t i = 0; i < json_array_size(map->ports); i++) {
		const json_t *port = json_array_get(map->ports, i);

		if (map->row_of[i] == row && (!by_p99 || html_number(port, "requests") > 0))
			widen(&range, by_p99 ? p99_of(port) : html_number(port, "requests"));
	}
	return range;
}

static void add_map(struct buf *page, const struct map *map, size_t row, bool by_p99)
{
	size_t cells = (map->rows[row].ports + map->per_cell - 1) / map->per_cell;
	struct ramp range = row_range(map, row, by_p99);
	size_t at = 0, place = 0;
	struct cell cell;

	buf_addf(page, "<svg class=\"map %s\" role=img viewBox=\"0 0 %u %zu\" aria-label=\"",
		 by_p99 ? "warm" : "cool", 10 * map->columns - 1,
		 10 * ((cells + map->columns - 1) / map->columns) - 1);
	add_row_name(page, &map->rows[row]);
	buf_addf(page, ": %zu ports, %s ", map->rows[row].ports,
		 by_p99 ? "p99" : "requests of each");
	add_range(page, by_p99 ? HTML_NS : HTML_COUNT, range.low, range.high);
	buf_adds(page, "\">\n");
	while (next_cell(map, row, &at, &cell))
		add_cell(page, map, &cell, place++, by_p99);
	buf_adds(page, "</svg>\n");
}

static void add_row(struct buf *page, const struct map *map, size_t row)
{
	const struct row *r = &map->rows[row];
	char colour[8] = "";

	if (r->group != NULL)
		html_group_colour(colour, html_group_index(map->report, r->group));
	buf_addf(page, "<div class=cells style=\"--n:%u\"><p><i class=\"dot %s\"></i>",
		 map->columns, colour);
	add_row_name(page, r);
	buf_addf(page, " <small>%zu port%s</small></p>", r->ports, r->ports == 1 ? "" : "s");
	add_map(page, map, row, true);
	add_map(page, map, row, false);
	buf_adds(page, "</div>\n");
}

static void add_ramp(struct buf *page, const struct ramp *ramp, enum html_unit unit, bool by_p99)
{
	buf_addf(page, "<p class=ramp><b>%s</b> ", by_p99 ? "p99" : "requests");
	html_add(page, unit, ramp->low);
	buf_addf(page, "<svg class=\"map %s\" aria-hidden=true viewBox=\"0 0 %d 9\">",
		 by_p99 ? "warm" : "cool", 10 * STEPS - 1);
	for (int i = 0; i < STEPS; i++)
		buf_addf(page, "<g class=h%d><rect x=%d width=9 height=9 /></g>", i, 10 * i);
	buf_adds(page, "</svg>");
	html_add(page, unit, ramp->high);
	buf_adds(page, "</p>");
}

/* The table ---------------------------------------------------------------- */

static void add_workers(struct buf *page, const json_t *workers)
{
	const json_t *worker;
	size_t i;

	buf_adds(page, "<td>");
	json_array_foreach(workers, i, worker)
	{
		if (i == 8) {
			buf_addf(page, ", and %zu more", json_array_size(workers) - i);
			break;
		}
		buf_addf(page, "%s%lld", i > 0 ? ", " : "", (long long)json_integer_value(worker));
	}
	buf_adds(page, json_array_size(workers) == 0 ? "\xe2\x80\x93</td>" : "</td>");
}

static void add_port(struct buf *page, const json_t *report, const json_t *port)
{
	const char *group = html_string(port, "group");
	char colour[8];

	html_group_colour(colour, html_group_index(report, group));
	html_row(page, colour, html_string(port, "url"));
	add_workers(page, json_object_get(port, "workers"));
	html_plain_cell(page, HTML_COUNT, port, "requests");
	html_plain_cell(page, HTML_COUNT, port, "server_requests");
	html_plain_cell(page, HTML_COUNT, json_object_get(port, "errors"), "total");
	html_plain_cell(page, HTML_RATE, port, "rate");
	html_percentile_cells(page, html_latency_of(port), true);
	buf_adds(page, "</tr>\n");
}

static void add_table(struct buf *page, const struct map *map)
{
	size_t count = json_array_size(map->ports);

	buf_adds(page, "<details><summary>The numbers of each port</summary>");
	if (count > TABLE_ROWS_MAX)
		buf_addf(page, "<p>The first %d of %zu; the JSON report has all.</p>",
			 TABLE_ROWS_MAX, count);
	buf_adds(page, "<p>The server's count is of all its requests, those of the warm-up "
		       "too.</p>");
	html_table_begin(page, "Ports",
			 "<port|worker|requests|server's count|errors|"
			 "per second|" HTML_PERCENTILE_HEADS);
	for (size_t i = 0; i < MIN(count, TABLE_ROWS_MAX); i++)
		add_port(page, map->report, json_array_get(map->ports, i));
	html_table_end(page);
	buf_adds(page, "</details>\n");
}

void html_ports(struct buf *page, const json_t *report)
{
	AUTO_FREE struct map *map = calloc(1, sizeof(*map));

	if (map == NULL) {
		page->failed = true;
		return;
	}
	if (read_map(map, report)) {
		buf_adds(page, "<figure><figcaption><b>Each port: left how slow, right how often "
			       "asked.</b> A cell is ");
		if (map->per_cell > 1)
			buf_addf(page, "%zu neighbouring ports, the slowest of them;",
				 map->per_cell);
		else
			buf_adds(page, "a port;");
		buf_adds(page, " point at it for its numbers. A cross: it had "
			       "errors.</figcaption><div class=ramps>");
		add_ramp(page, &map->p99, HTML_NS, true);
		add_ramp(page, &map->requests, HTML_SHORT, false);
		buf_adds(page, "</div>\n");
		for (size_t i = 0; i < map->row_count; i++)
			add_row(page, map, i);
		add_table(page, map);
		buf_adds(page, "</figure>\n");
	} else if (json_array_size(map->ports) > 0)
		page->failed = true;
	free(map->row_of);
}
