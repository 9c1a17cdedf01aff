/* app_module.h - the kind "module": an app in a shared object, by eisen.h.
 *
 *   {"kind": "module", "path": "radio.so", "entry": "radio", "settings": {…}}
 *
 * The object is loaded where its server is opened, in the worker. What the
 * module gives is taken to be wrong until it is checked: a reply that HTTP
 * does not have is answered 500 and told once, in the worker's output.
 */
#ifndef SERVERS_APP_MODULE_H
#define SERVERS_APP_MODULE_H

#include "common/fields.h"
#include "include/eisen.h"
#include "servers/app.h"

/* server_options.context of a worker's servers. */
struct module_context {
	eisen_toolbox *toolbox; /* borrowed; NULL: none, as in tests */
	const eisen_app *app;   /* borrowed; NULL: the one that the settings name */
};

extern const struct app_kind module_app_kind;

extern const struct field module_app_fields[]; /* for checks of the documentation */

#endif
