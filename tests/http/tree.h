/* tree.h - the folder that the static apps of the cases serve.
 *
 * A text file describes it, one entry a line, blanks between; folders on the
 * way are made:
 *
 *   file PATH 2024-01-02T03:04:05Z CONTENT     as in case_file.h, may be empty
 *   link PATH TARGET
 *   folder PATH
 *
 * PATH and TARGET have case_file.h's escapes too: \x20 is a blank.
 */
#ifndef TESTS_HTTP_TREE_H
#define TESTS_HTTP_TREE_H

#include <stdbool.h>

/* Make what the file describes in folder. False: printed why not. */
bool tree_make(const char *file, const char *folder);

/* Remove the folder with all that is in it. */
bool tree_remove(const char *folder);

#endif
