/* csv_average.c - the average of a column.
 *
 * The feeder's csv generator gives the column's values as numbers; a chunk's
 * result is {"sum": …, "rows": …, "average": …}, so that the average of the
 * whole column is the sum of the sums by the sum of the rows. Sums are
 * compensated (Neumaier, 1974), so that a million rows cost no digits.
 */
#include <eisen.h>

#include <math.h>

EISEN_MODULE("averages the numbers of each chunk");

struct sum {
	double total, lost; /* lost: what rounding took from total */
	size_t rows;
};

bool worker_entrance(eisen_toolbox *tb);

static void add(struct sum *s, double value)
{
	double total = s->total + value;

	if (fabs(s->total) >= fabs(value))
		s->lost += (s->total - total) + value;
	else
		s->lost += (value - total) + s->total;
	s->total = total;
	s->rows++;
}

/* False: a row is no number. */
static bool add_rows(eisen_chunk *chunk, struct sum *s)
{
	json_t *row;

	while ((row = eisen_row_json(chunk)) != NULL) {
		bool is_number = json_is_number(row);

		if (is_number)
			add(s, json_number_value(row));
		json_decref(row);
		if (!is_number)
			return false;
	}
	return s->rows == eisen_chunk_rows(chunk);
}

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_queue *input = eisen_queue_find(tb, "mp_input_q");
	struct sum s = { 0 };
	eisen_chunk *chunk;

	if (eisen_take(tb, input, -1, &chunk) != EISEN_CHUNK)
		return false;
	if (!add_rows(chunk, &s) || s.rows == 0) {
		eisen_fail(tb, chunk, "a row is no number");
		return true;
	}
	s.total += s.lost;
	eisen_result(tb, chunk,
		     json_pack("{s:f, s:I, s:f}", "sum", s.total, "rows", (json_int_t)s.rows,
			       "average", s.total / (double)s.rows));
	return true;
}
