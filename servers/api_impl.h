/* api_impl.h - what one status endpoint has, on its one thread; for
 * servers/api*.c only. */
#ifndef SERVERS_API_IMPL_H
#define SERVERS_API_IMPL_H

#include "servers/api.h"

#include <sys/types.h>

struct api_missing;
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

#endif
