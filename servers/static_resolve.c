/* static_resolve.c - see static_resolve.h. */
#include "servers/static_resolve.h"

#include "common/cc.h"
#include "servers/root.h"
#include "servers/static_site.h"

#include <string.h>
#include <sys/stat.h>

#define NS_PER_S INT64_C(1000000000)

static const char html[] = ".html";

struct file_id file_id_of(const struct stat *st)
{
	return (struct file_id) {
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.modified_ns = st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec,
		.changed_ns = st->st_ctim.tv_sec * NS_PER_S + st->st_ctim.tv_nsec,
	};
}

bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

enum static_kind static_kind_of_error(int r)
{
	switch (r) {
	case -EACCES:
	case -EPERM:
		return STATIC_FORBIDDEN;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return STATIC_BUSY;
	default:
		return STATIC_MISSING;
	}
}

/* name = path "/" more, or just one of them; false: too long. */
static bool join(char name[TARGET_BYTES], const char *path, const char *between, const char *more)
{
	return (size_t)snprintf(name, TARGET_BYTES, "%s%s%s", path, between, more) < TARGET_BYTES;
}

/* A regular file of this name: fill in its id. */
static int find_regular(const struct static_site *site, const char *path, struct file_id *ret)
{
	struct stat st;
	int r = root_stat(site->root, path, &st);

	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	*ret = file_id_of(&st);
	return 0;
}

static void find_variants(const struct static_site *site, struct static_found *found)
{
	char name[TARGET_BYTES];

	if (!site->settings.precompressed)
		return;
	for (int e = 0; e < ENCODING_IDENTITY; e++)
		if (join(name, found->path, "", encoding_suffix((enum encoding)e)))
			find_regular(site, name, &found->id[e]);
}

/* Take path as the file if it is one. */
static int take_file(const struct static_site *site, const char *path, struct static_found *ret)
{
	struct file_id id;
	int r = find_regular(site, path, &id);

	if (r < 0)
		return r;
	memcpy(ret->path, path, strlen(path) + 1);
	ret->id[ENCODING_IDENTITY] = id;
	ret->kind = STATIC_FILE;
	find_variants(site, ret);
	return 0;
}

/* Where to go instead: from the root, and never an authority. */
static void redirect(const char *path, const char *end, struct static_found *ret)
{
	char name[TARGET_BYTES];

	ret->kind = STATIC_MISSING;
	if (!join(name, "/", path, end) || !target_encode(name, ret->path, sizeof(ret->path)))
		return;
	ret->kind = STATIC_REDIRECT;
}

static void resolve_folder(const struct static_site *site, const struct target *t,
			   struct static_found *ret)
{
	const char *between = t->len > 0 ? "/" : "";
	char name[TARGET_BYTES];

	if (!t->folder) {
		redirect(t->path, "/", ret);
		return;
	}
	for (char **index = site->settings.index; *index != NULL; index++) {
		int r = -ENOENT;

		if (join(name, t->path, between, *index))
			r = take_file(site, name, ret);
		if (r == 0)
			return;
		if (static_kind_of_error(r) != STATIC_MISSING) {
			ret->kind = static_kind_of_error(r);
			return;
		}
	}
	ret->kind = site->settings.listing ? STATIC_FOLDER : STATIC_MISSING;
	memcpy(ret->path, t->path, t->len + 1);
}

/* Is it what its folder's URL gives: the first of the names that is there? */
static bool is_index(const struct static_site *site, const char *path, const char *name)
{
	struct file_id id;

	for (char **index = site->settings.index; *index != NULL; index++) {
		char other[TARGET_BYTES];

		if (strcmp(*index, name) == 0)
			return true;
		if ((size_t)snprintf(other, sizeof(other), "%.*s%s", (int)(name - path), path,
				     *index) < sizeof(other) &&
		    find_regular(site, other, &id) == 0)
			return false;
	}
	return false;
}

/* "about.html" has the clean URL "about", unless that is something else. */
static bool has_clean_url(const struct static_site *site, const struct target *t,
			  struct static_found *ret)
{
	const char *slash = strrchr(t->path, '/'), *name = slash != NULL ? slash + 1 : t->path;
	char stem[TARGET_BYTES];
	struct stat st;

	if (!site->settings.clean_urls || t->len < sizeof(html) ||
	    strcmp(t->path + t->len - (sizeof(html) - 1), html) != 0)
		return false;
	if (is_index(site, t->path, name)) {
		snprintf(stem, sizeof(stem), "%.*s", (int)(name - t->path), t->path);
	} else {
		snprintf(stem, sizeof(stem), "%.*s", (int)(t->len - (sizeof(html) - 1)), t->path);
		if (root_stat(site->root, stem, &st) != -ENOENT)
			return false;
	}
	redirect(stem, "", ret);
	return true;
}

static void resolve_missing(const struct static_site *site, const struct target *t, int error,
			    struct static_found *ret)
{
	char name[TARGET_BYTES];

	ret->kind = static_kind_of_error(error);
	if (ret->kind == STATIC_MISSING && site->settings.clean_urls && !t->folder &&
	    join(name, t->path, "", html))
		take_file(site, name, ret);
}

void static_resolve(const struct static_site *site, const char *raw, struct static_found *ret)
{
	struct target t;
	struct stat st;
	int r = target_decode(raw, &t);

	memset(ret->id, 0, sizeof(ret->id));
	ret->path[0] = '\0';
	ret->kind = r == -EINVAL ? STATIC_MALFORMED : STATIC_MISSING;
	if (r < 0 || (t.hidden && !site->settings.dotfiles))
		return;
	r = root_stat(site->root, t.path, &st);
	if (r < 0)
		resolve_missing(site, &t, r, ret);
	else if (S_ISDIR(st.st_mode))
		resolve_folder(site, &t, ret);
	else if (!t.folder && !has_clean_url(site, &t, ret))
		take_file(site, t.path, ret);
}
