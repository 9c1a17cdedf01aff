/* module_fixture.c - see module_fixture.h. */
#include "tests/unit/module_fixture.h"

#include "common/cc.h"

#include <check.h>

char *module_fixture_path(const char *name)
{
	const char *build = getenv("EISEN_BUILDDIR");
	char *path = NULL;

	ck_assert_msg(build != NULL, "EISEN_BUILDDIR is not set");
	ck_assert_int_ge(asprintf(&path, "%s/tests/unit/modules/%s.so", build, name), 0);
	return path;
}
