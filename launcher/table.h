/* table.h - the tables of run, plan and status, as text.
 *
 * Made with libsmartcols; group names and numbers in the groups' colours when
 * colour is set. All append to ret.
 */
#ifndef LAUNCHER_TABLE_H
#define LAUNCHER_TABLE_H

#include <jansson.h>
#include <stdbool.h>

struct board;
struct buf;
struct plan;

/* START_SEQUENCE_NUM | group | core | pid | URLs */
void table_start(const struct plan *plan, struct board *board, bool colour, struct buf *ret);

/* START_SEQUENCE_NUM | group | core | ip | ports | app */
void table_plan(const struct plan *plan, bool colour, struct buf *ret);

/* A document of /api/status. before: an earlier one for rates, or NULL;
 * seconds between the two. */
void table_status(const json_t *status, const json_t *before, double seconds, bool colour,
		  struct buf *ret);

/* Which instance it is, and an empty line; status: the document of /api/status. */
void table_head(const json_t *status, struct buf *ret);

/* The array of /api/queues: a table, then for each queue with tickets what
 * becomes of them, in one line, and what is missing. before and seconds as
 * above. */
void table_queues(const json_t *queues, const json_t *before, double seconds, bool colour,
		  struct buf *ret);

/* Is a ticket of these queues missing, or a dead letter? */
bool table_queues_lost(const json_t *queues);

/* Of a document of /api/status: feeders and queues with tickets, where there
 * are any. */
void table_work(const json_t *status, const json_t *before, double seconds, bool colour,
		struct buf *ret);

/* Is fd a terminal whose user wants colour (NO_COLOR, no-color.org)? */
bool table_wants_colour(int fd);

#endif
