/* watch.h - a document of a running instance, shown once or anew every few
 * seconds, until Ctrl-C or the instance's end.
 */
#ifndef LAUNCHER_WATCH_H
#define LAUNCHER_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct buf;
struct rundir;

#define WATCH_TEXT_MAX (64u << 20) /* bytes of a screen */
#define WATCH_SECONDS_MAX 3600

/* Append doc as text; before: the document of so many seconds earlier, for
 * rates, or NULL. */
typedef void watch_show_fn(const json_t *doc, const json_t *before, double seconds, bool colour,
			   struct buf *ret);

/* The value of --watch; NULL is 1. False: no such number of seconds. */
bool watch_parse(const char *text, int *ret_seconds);

/* Show what GET path of the instance says; pid is its manager's. The exit
 * status. */
int watch_run(const struct rundir *rd, pid_t pid, const char *path, int seconds,
	      watch_show_fn *show);

#endif
