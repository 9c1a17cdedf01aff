/* api_missing.h - which tickets of a queue were given out and are nowhere.
 *
 * Nowhere: in no block of the queue, and not stored. That there are some is
 * told from the counts alone, on every question; which ones, by the database
 * of results, and once: what is lost does not come back.
 */
#ifndef SERVERS_API_MISSING_H
#define SERVERS_API_MISSING_H

#include "queues/catalogue.h"
#include "work/results_read.h"

struct api;

#define API_MISSING_RANGES 100

struct api_missing {
	uint64_t count;                                  /* tickets */
	struct results_range ranges[API_MISSING_RANGES]; /* of them, ascending */
	size_t named;                                    /* ranges */
	bool more;    /* than those; also when results are not kept or cannot be read */
	bool settled; /* asking again would tell no more */
};

/* issued less where they are: above 0 so many are missing; below 0 they moved
 * while they were counted, or are there twice. */
int64_t api_difference(const struct queue_counts *n);

/* Count until the difference is 0, some times. Returns whether the queue
 * conserves its tickets: 0, or below 0 while they move. */
bool api_count(const struct queues *qs, unsigned queue, struct queue_counts *ret);

/* What a difference above 0 stands for; count 0 also without memory. Borrowed
 * until the next call. */
const struct api_missing *api_missing(struct api *a, unsigned queue, const struct queue_counts *n);

#endif
