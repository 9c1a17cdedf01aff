/* module_ports.h - eisen_port_take() and eisen_serve() of a worker's modules.
 *
 * A module takes from its group's port queue what no server of the plan has.
 * Ports stay with the slot over a respawn: the new process is given first what
 * the one before it had, in the same order. What is served there runs on the
 * worker's shared loop, beside the module. Any thread may call.
 */
#ifndef LAUNCHER_MODULE_PORTS_H
#define LAUNCHER_MODULE_PORTS_H

#include "include/eisen.h"

#include <stdbool.h>

struct config;
struct error;
struct heritage;
struct module_ports;
struct plan;
struct serving;

/* Is there code of modules in this config's workers, which may take ports? They
 * inherit the sockets of all free ports of their group. */
bool module_ports_wanted(const struct config *config);

/* Both are borrowed; the serving has a shared loop. */
int module_ports_new(const struct heritage *heritage, struct serving *serving,
		     struct module_ports **ret, struct error *e);

/* As in eisen.h; what is wrong is logged. */
int module_ports_take(struct module_ports *mp, const char *group, struct eisen_port *ret);
int module_ports_serve(struct module_ports *mp, eisen_toolbox *tb, const struct eisen_port *port,
		       const eisen_app *app, json_t *settings);

/* When the loops are gone. NULL is fine. */
void module_ports_free(struct module_ports *mp);

#endif
