/* module_fixture.h - where the modules of tests/unit/modules are built. */
#ifndef TESTS_UNIT_MODULE_FIXTURE_H
#define TESTS_UNIT_MODULE_FIXTURE_H

/* The path of NAME.so; free it. */
char *module_fixture_path(const char *name);

#endif
