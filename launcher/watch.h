/* watch.h - a document of a running instance, shown once or anew every few
 * seconds, until Ctrl-C or the instance's end.
 */
#ifndef LAUNCHER_WATCH_H
#define LAUNCHER_WATCH_H

#include <argp.h>
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

/* Show what GET path of the instance says; pid is its manager's. The exit
 * status. */
int watch_run(const struct rundir *rd, pid_t pid, const char *path, int seconds,
	      watch_show_fn *show);

/* A command that shows a document of an instance: watch_command.c. */
struct watch_view {
	const char *path;      /* shown as text, and watched */
	const char *json_path; /* printed with --json */
	watch_show_fn *show;
	bool (*is_lost)(const json_t *doc); /* of either: exit with CLI_LOST; NULL: never */
};

/* The children of such a command's argp, which has no options of its own:
 * --json, --watch, and which instance. */
extern const struct argp_child watch_children[];

/* The whole command; its exit status. */
int watch_command(int argc, char **argv, const struct argp *argp, const struct watch_view *view);

#endif
