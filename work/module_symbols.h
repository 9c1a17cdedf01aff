/* module_symbols.h - what a loaded module exports; for module.c.
 *
 * dlsym(3) only answers for a name. For "did you mean" the names are read from
 * the module's dynamic symbol table, as ld.so has mapped it.
 */
#ifndef WORK_MODULE_SYMBOLS_H
#define WORK_MODULE_SYMBOLS_H

#include "work/module.h"

#include <stdbool.h>

/* Is it the module's, not one of a library it links? */
bool module_symbol_is_own(const struct module *m, const void *address);

bool module_symbol_is_function(const void *address);
size_t module_symbol_bytes(const void *address);

/* The exported name nearest to name; false: none is near. */
bool module_symbol_nearest(const struct module *m, const char *name, char *ret, size_t size);

/* "a, b, c", as many as there is room for; without eisen_module. */
void module_symbol_list(const struct module *m, char *ret, size_t size);

#endif
