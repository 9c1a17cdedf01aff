/* folder.h - a folder as a config: eisen run DIR.
 *
 * One static app with a listing, a worker on every core, all of them on one
 * shared port. It is written down as a config's text, as the demo is, so that
 * spawned workers read the same.
 */
#ifndef LAUNCHER_FOLDER_H
#define LAUNCHER_FOLDER_H

#include <stdbool.h>

struct config;
struct layout_source;
struct problems;

#define FOLDER_PORT 8080

bool folder_is_one(const char *path);

/* source->file is the folder. Where the command line names no port, it is the
 * first free one from FOLDER_PORT on, for the status endpoint from its usual
 * one on. NULL when an error is in p. */
struct config *folder_config(const struct layout_source *source, struct problems *p);

#endif
