/* scols.h - libsmartcols with one way to fail: at the end.
 *
 * Life: scols_init, rows and cells, scols_print, which also releases. When
 * memory runs out nothing is printed.
 */
#ifndef LAUNCHER_SCOLS_H
#define LAUNCHER_SCOLS_H

#include "common/cc.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct libscols_table;

struct scols_column {
	const char *name;
	bool right; /* numbers */
};

struct scols {
	struct libscols_table *table; /* owned; NULL: no memory */
	bool colour;
};

void scols_init(struct scols *t, const struct scols_column *columns, size_t count, bool colour);

/* A new row; its number. */
size_t scols_row(struct scols *t);
void scols_put(struct scols *t, size_t row, int column, const char *text);
void scols_putf(struct scols *t, size_t row, int column, const char *fmt, ...) ATTR_PRINTF(4, 5);

/* Show the cell in the colour of the group's name. */
void scols_paint(struct scols *t, size_t row, int column, const char *group);

void scols_print(struct scols *t, struct buf *ret);

#endif
