/* module.c - see module.h. dlopen(3), dladdr(3), elf(5). */
#include "work/module.h"

#include "common/cc.h"
#include "common/error.h"
#include "include/eisen.h"
#include "work/module_symbols.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>

/* dlerror's text; it is said once. */
static const char *why(void)
{
	const char *text = dlerror();

	return text == NULL ? "no reason given" : text;
}

/* dlopen(3) would say as much in other words, and map a fifo for ever. */
static int check_file(const char *path, struct error *e)
{
	struct stat st;

	if (strchr(path, '/') == NULL)
		return error_set(e, EINVAL, "%s: want a path with a slash", path);
	if (stat(path, &st) < 0)
		return error_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, ENOEXEC, "%s is no file", path);
	return 0;
}

static int check_descriptor(struct module *m, struct error *e)
{
	const void *found = dlsym(m->handle, "eisen_module");
	const struct eisen_module *descriptor = found;

	if (found == NULL)
		return error_set(e, EPROTO,
				 "%s is no module of eisen: it has no EISEN_MODULE(\"...\") "
				 "line (see eisen.h)",
				 m->path);
	if (!module_symbol_is_own(m, found))
		return error_set(e, EPROTO,
				 "%s has no EISEN_MODULE(\"...\") line of its own, only a "
				 "library that it links has one",
				 m->path);
	if (descriptor->abi != EISEN_ABI)
		return error_set(e, EPROTO,
				 "%s was built for interface %d of eisen, this program has "
				 "interface %d: build it again",
				 m->path, descriptor->abi, EISEN_ABI);
	m->about = descriptor->about == NULL ? "" : descriptor->about;
	return 0;
}

int module_load(const char *path, struct module *ret, struct error *e)
{
	struct module m = { 0 };
	int r = check_file(path, e);

	if (r < 0)
		return r;
	m.path = strdup(path);
	if (m.path == NULL)
		return error_set(e, ENOMEM, "out of memory");
	dlerror();
	m.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (m.handle == NULL)
		r = error_set(e, ENOEXEC, "cannot load: %s", why());
	else
		r = check_descriptor(&m, e);
	if (r < 0) {
		module_unload(&m);
		return r;
	}
	*ret = m;
	return 0;
}

/* The list of what there is, or the one that was meant. */
static int report_missing(const struct module *m, const char *name, struct error *e)
{
	char text[256];

	if (module_symbol_nearest(m, name, text, sizeof(text)))
		return error_set(e, ENOENT, "%s has no \"%s\"; did you mean \"%s\"?", m->path, name,
				 text);
	module_symbol_list(m, text, sizeof(text));
	if (text[0] == '\0')
		return error_set(e, ENOENT, "%s has no \"%s\": it exports nothing (is it static?)",
				 m->path, name);
	return error_set(e, ENOENT, "%s has no \"%s\"; it has: %s", m->path, name, text);
}

/* A library that the module links may have one of that name: that is not
 * what the config means. */
static int find(const struct module *m, const char *name, void **ret, struct error *e)
{
	void *found = dlsym(m->handle, name);

	if (found == NULL || !module_symbol_is_own(m, found))
		return report_missing(m, name, e);
	*ret = found;
	return 0;
}

int module_function(const struct module *m, const char *name, void **ret, struct error *e)
{
	void *found = NULL;
	int r = find(m, name, &found, e);

	if (r < 0)
		return r;
	if (!module_symbol_is_function(found))
		return error_set(e, EINVAL, "%s: \"%s\" is data, want a function", m->path, name);
	*ret = found;
	return 0;
}

int module_object(const struct module *m, const char *name, size_t bytes, const void **ret,
		  struct error *e)
{
	void *found = NULL;
	int r = find(m, name, &found, e);

	if (r < 0)
		return r;
	if (module_symbol_is_function(found))
		return error_set(e, EINVAL, "%s: \"%s\" is a function, want data", m->path, name);
	if (module_symbol_bytes(found) < bytes)
		return error_set(e, EINVAL, "%s: \"%s\" has %zu bytes, want %zu", m->path, name,
				 module_symbol_bytes(found), bytes);
	*ret = found;
	return 0;
}

void module_unload(struct module *m)
{
	if (m->handle != NULL)
		dlclose(m->handle);
	free(m->path);
	*m = (struct module) { 0 };
}
