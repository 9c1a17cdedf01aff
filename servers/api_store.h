/* api_store.h - the results database, as the status endpoint reads it.
 *
 * Opened at the first question, and anew when another file has taken its name
 * (--fresh) or an answer was an error. Nobody waits for a lock for longer than
 * API_STORE_BUSY_MS: a loop is behind it.
 */
#ifndef SERVERS_API_STORE_H
#define SERVERS_API_STORE_H

struct api;
struct error;
struct results_reader;
struct results_stored;

#define API_STORE_BUSY_MS 100

/* Borrowed until the next call. -ENODATA: results are not kept. */
int api_store_open(struct api *a, struct results_reader **ret, struct error *e);

/* A queue of it. -ESRCH: it has none of that name. */
int api_store_find(struct api *a, const char *name, struct results_reader **ret,
		   struct results_stored *stored, struct error *e);

/* After an error of the reader's, and at the end. */
void api_store_close(struct api *a);

/* The HTTP status of such an error. */
unsigned api_store_status(int error);

#endif
