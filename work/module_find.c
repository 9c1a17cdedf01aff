/* module_find.c - where a module's file is; see module.h. */
#include "work/module.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"

#include <limits.h>
#include <string.h>

#define SUFFIX ".so"
#define BESIDE "modules" /* of the build tree, beside the program */

static char *join(const char *folder, size_t len, const char *name, const char *suffix)
{
	char *path = NULL;

	return asprintf(&path, "%.*s/%s%s", (int)len, folder, name, suffix) < 0 ? NULL : path;
}

static char *find_in(const char *folder, size_t len, const char *name)
{
	static const char *const suffixes[] = { "", SUFFIX };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		char *path = join(folder, len, name, suffixes[i]);

		if (path != NULL && access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* What was looked through is added to tried. */
static char *find_in_told(const char *folder, size_t len, const char *name, struct buf *tried)
{
	char *path = find_in(folder, len, name);

	if (path == NULL)
		buf_addf(tried, "%s%.*s", tried->len == 0 ? "" : ", ", (int)len, folder);
	return path;
}

/* Every folder of a list with colons between them. */
static char *find_along(const char *list, const char *name, struct buf *tried)
{
	while (*list != '\0') {
		size_t len = strcspn(list, ":");
		char *path = len == 0 ? NULL : find_in_told(list, len, name, tried);

		if (path != NULL)
			return path;
		list += len;
		list += *list == ':';
	}
	return NULL;
}

/* In a build tree nothing has to be set: its own modules are taken, not those
 * of an eisen that is installed. */
static char *find_beside(const char *name, struct buf *tried)
{
	char folder[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", folder, sizeof(folder) - sizeof(BESIDE));
	char *slash = len <= 0 ? NULL : memrchr(folder, '/', (size_t)len);

	if (slash == NULL)
		return NULL;
	memcpy(slash + 1, BESIDE, sizeof(BESIDE));
	return find_in_told(folder, strlen(folder), name, tried);
}

int module_find(const char *name, const char *base_dir, char **ret, struct error *e)
{
	AUTO_BUF struct buf tried = BUF_INIT(4096);
	const char *along = getenv("EISEN_MODULE_PATH");
	char *path;

	if (*name == '\0')
		return error_set(e, EINVAL, "want the path of a module, got \"\"");
	if (*name == '/')
		path = strdup(name);
	else if (strchr(name, '/') != NULL)
		path = join(base_dir, strlen(base_dir), name, "");
	else {
		path = along == NULL ? NULL : find_along(along, name, &tried);
		if (path == NULL)
			path = find_beside(name, &tried);
		if (path == NULL)
			path = find_along(PKGLIBDIR, name, &tried);
		if (path == NULL)
			return error_set(e, ENOENT,
					 "no module \"%s\" in %s (EISEN_MODULE_PATH names "
					 "more)",
					 name, buf_text(&tried));
	}
	if (path == NULL)
		return error_set(e, ENOMEM, "out of memory");
	*ret = path;
	return 0;
}
