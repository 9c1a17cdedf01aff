/* table_load.h - the documents of load/report.h as tables of text.
 *
 * They passed report_check(), or were just made; what is missing or null all
 * the same is shown as "-". All append to ret.
 */
#ifndef LAUNCHER_TABLE_LOAD_H
#define LAUNCHER_TABLE_LOAD_H

#include <jansson.h>
#include <stdbool.h>

struct buf;
struct scols;

/* A report: groups, workers, with ports each port; then errors by kind, the
 * engine, warnings. */
void table_load(const json_t *report, bool ports, bool colour, struct buf *ret);

/* A comparison: a row per layout, a row per metric, the verdict in a sentence.
 * Of fewer rounds than tell noise from difference: says so. in_turn: --compare
 * has just run it, so that rounds are missing because it was interrupted. */
void table_load_compare(const json_t *comparison, bool in_turn, bool colour, struct buf *ret);

/* "refused 12, timeout 3": object's members that are not 0, but for one. */
void table_load_members(const json_t *object, const char *but, struct buf *ret);

/* Cells, for both: the member as a number for people, or "-". */
void table_load_count(struct scols *t, size_t row, int column, const json_t *object,
		      const char *key);
void table_load_rate(struct scols *t, size_t row, int column, const json_t *object,
		     const char *key);

/* A percentile of object's "latency_ns". */
void table_load_latency(struct scols *t, size_t row, int column, const json_t *object,
			const char *key);

/* Microseconds of processor time: "9.87 us", "1.5 ms". */
void table_load_cpu(struct scols *t, size_t row, int column, const json_t *us);

/* All errors of object. */
void table_load_errors(struct scols *t, size_t row, int column, const json_t *object);

#endif
