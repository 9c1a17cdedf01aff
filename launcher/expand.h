/* expand.h - ${NAME} and ${NAME:-DEFAULT} in the strings of a config.
 *
 * NAME is looked up in the environment; the default also stands in for an
 * empty value, as in the shell. "$${" is a plain "${". Keys and comments stay
 * as they are, and what came in is not expanded again.
 */
#ifndef LAUNCHER_EXPAND_H
#define LAUNCHER_EXPAND_H

#include <jansson.h>

struct problems;

#define EXPAND_DEPTH_MAX 64         /* objects and lists within each other */
#define EXPAND_BYTES_MAX (4u << 20) /* of all expanded strings together */

/* Expand in place; what cannot be expanded is reported at its path and left
 * as it is. */
void expand_strings(json_t *document, struct problems *p);

#endif
