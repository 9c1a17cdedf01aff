/* scols.c - see scols.h. */
#include "launcher/scols.h"

#include "common/buf.h"
#include "portmap/group.h"

#include <libsmartcols.h>
#include <stdarg.h>

void scols_init(struct scols *t, const struct scols_column *columns, size_t count, bool colour)
{
	t->table = scols_new_table();
	t->colour = colour;
	if (t->table == NULL)
		return;
	scols_table_enable_colors(t->table, colour);
	scols_table_set_column_separator(t->table, "  ");
	for (size_t i = 0; i < count; i++)
		scols_table_new_column(t->table, columns[i].name, 0.0,
				       columns[i].right ? SCOLS_FL_RIGHT : 0);
}

size_t scols_row(struct scols *t)
{
	if (t->table == NULL || scols_table_new_line(t->table, NULL) == NULL)
		return 0;
	return scols_table_get_nlines(t->table) - 1;
}

static struct libscols_line *line_at(const struct scols *t, size_t row)
{
	return t->table != NULL ? scols_table_get_line(t->table, row) : NULL;
}

void scols_put(struct scols *t, size_t row, int column, const char *text)
{
	struct libscols_line *line = line_at(t, row);

	if (line != NULL)
		scols_line_set_data(line, (size_t)column, text);
}

void scols_putf(struct scols *t, size_t row, int column, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	scols_put(t, row, column, text);
}

void scols_paint(struct scols *t, size_t row, int column, const char *group)
{
	struct libscols_line *line = line_at(t, row);
	struct libscols_cell *cell;

	if (line == NULL || !t->colour)
		return;
	cell = scols_line_get_cell(line, (size_t)column);
	if (cell != NULL)
		scols_cell_set_color(cell, group_colour(group));
}

void scols_print(struct scols *t, struct buf *ret)
{
	AUTO_FREE char *text = NULL;

	if (t->table != NULL && scols_print_table_to_string(t->table, &text) == 0) {
		buf_adds(ret, text);
		buf_adds(ret, "\n");
	}
	scols_unref_table(t->table);
	t->table = NULL;
}
