/* dir_fixture.c - see dir_fixture.h. */
#include "tests/unit/dir_fixture.h"

#include "common/cc.h"

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void dir_fixture_init(struct dir_fixture *d)
{
	snprintf(d->path, sizeof(d->path), "/tmp/eisen-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(d->path));
}

static void make_folders(const struct dir_fixture *d, char *path)
{
	for (char *slash = path + strlen(d->path) + 1; (slash = strchr(slash, '/')) != NULL;
	     slash++) {
		*slash = '\0';
		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

void dir_fixture_write(const struct dir_fixture *d, const char *name, const char *text)
{
	AUTO_FCLOSE FILE *f = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	make_folders(d, path);
	f = fopen(path, "we");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
}

static int remove_one(const char *path, const struct stat *st ATTR_UNUSED, int type ATTR_UNUSED,
		      struct FTW *ftw ATTR_UNUSED)
{
	return remove(path);
}

void dir_fixture_release(struct dir_fixture *d)
{
	ck_assert_int_eq(nftw(d->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
