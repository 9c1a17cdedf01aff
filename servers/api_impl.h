/* api_impl.h - what one status endpoint has, on its one thread; for
 * servers/api*.c only. */
#ifndef SERVERS_API_IMPL_H
#define SERVERS_API_IMPL_H

#include "servers/api.h"

#include <sys/types.h>

struct api_missing;
struct json_text;
struct progress;
struct results_reader;

struct api {
	const struct api_context *context;
	struct app *site; /* owned; NULL: no welcome site */

	/* The results, opened when first asked for, and again when another file
	 * has taken its name: api_results.h. */
	struct results_reader *reader; /* owned; NULL: not open */
	dev_t reader_dev;
	ino_t reader_ino;

	struct api_missing *missing; /* by queue, owned: api_missing.h */
	struct progress *progress;   /* by feeder, owned: api_feeders.h */
};

/* The member "pid", null where there is no process: 0 would be the caller's own
 * process group for kill(2). */
void api_write_pid(struct json_text *j, int pid);

#endif
