/* module.h - a shared object with code of somebody else's.
 *
 * Loaded by path, in the process that runs it, after the fork: the manager
 * never does. It must say for which interface it was built (EISEN_MODULE in
 * eisen.h); that is looked at before anything of it is called, except for its
 * constructors, which dlopen(3) runs. Nothing is unloaded while a thread may
 * run in it: a process keeps its modules.
 */
#ifndef WORK_MODULE_H
#define WORK_MODULE_H

#include <stddef.h>

struct error;

struct module {
	void *handle;      /* of dlopen; NULL: none */
	char *path;        /* owned */
	const char *about; /* the module's own text, never NULL */
};

/* Where the file is: an absolute path as it stands, one with a slash from
 * base_dir on, a bare name in the folders of $EISEN_MODULE_PATH (colons
 * between them), in "modules" beside the running program (a build tree), then in
 * pkglibdir. ".so" may be left out of a bare name.
 * *ret is to be freed. -ENOENT says where it was looked for. */
int module_find(const char *name, const char *base_dir, char **ret, struct error *e);

/* path has a slash. -ENOEXEC: not to be loaded, with dlerror's words; -EPROTO:
 * no module, or built for another interface. */
int module_load(const char *path, struct module *ret, struct error *e);

/* A function, or an object of at least so many bytes, that the module itself
 * exports. -ENOENT says what is near it, or what there is; -EINVAL: it is not
 * of that kind. */
int module_function(const struct module *m, const char *name, void **ret, struct error *e);
int module_object(const struct module *m, const char *name, size_t bytes, const void **ret,
		  struct error *e);

/* dlclose(3); no code of it may run any more. Fine for { 0 }. */
void module_unload(struct module *m);

#endif
