/* tree_fixture.c - see tree_fixture.h. */
#include "tests/unit/tree_fixture.h"

#include "common/cc.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

const char *tree_fixture_path(const struct dir_fixture *d, const char *name)
{
	static char path[2 * PATH_MAX];

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/%s", d->path, name), sizeof(path));
	return path;
}

static void make_folder(const char *path)
{
	if (mkdir(path, 0755) == 0)
		ck_assert_int_eq(chmod(path, 0755), 0); /* whatever the umask */
	else
		ck_assert_msg(errno == EEXIST, "%s: %s", path, strerror(errno));
}

static void make_folders(const struct dir_fixture *d, const char *name)
{
	AUTO_FREE char *path = strdup(tree_fixture_path(d, name));

	ck_assert_ptr_nonnull(path);
	for (char *slash = path + strlen(d->path) + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		make_folder(path);
		*slash = '/';
	}
}

static bool is_folder(const struct tree_entry *entry)
{
	return entry->path[strlen(entry->path) - 1] == '/';
}

static void make_entry(const struct dir_fixture *d, const struct tree_entry *entry)
{
	const char *path;

	make_folders(d, entry->path);
	path = tree_fixture_path(d, entry->path);
	if (entry->link != NULL) {
		ck_assert_msg(symlink(entry->link, path) == 0, "%s: %s", path, strerror(errno));
	} else if (!is_folder(entry)) {
		dir_fixture_write(d, entry->path, entry->content != NULL ? entry->content : "");
		if (entry->size > 0)
			ck_assert_int_eq(truncate(path, entry->size), 0);
	}
}

/* After all is there: what is made in a folder would set its time anew, and its
 * mode may forbid it. */
static void finish_entry(const struct dir_fixture *d, const struct tree_entry *entry)
{
	const char *path = tree_fixture_path(d, entry->path);
	const struct timespec times[2] = { { .tv_sec = entry->mtime }, { .tv_sec = entry->mtime } };
	mode_t mode = is_folder(entry) ? 0755 : 0644;

	if (entry->link == NULL)
		ck_assert_int_eq(chmod(path, entry->mode != 0 ? entry->mode : mode), 0);
	if (entry->mtime != 0)
		ck_assert_int_eq(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

void tree_fixture_init(struct dir_fixture *d, const struct tree_entry *entries)
{
	const struct tree_entry *entry;

	dir_fixture_init(d);
	ck_assert_int_eq(chmod(d->path, 0755), 0);
	for (entry = entries; entry->path != NULL; entry++)
		make_entry(d, entry);
	while (entry-- > entries)
		finish_entry(d, entry);
}
