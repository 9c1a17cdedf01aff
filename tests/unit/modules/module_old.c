/* module_old.c - built for another interface; for test_module.c. */
#include <eisen.h>

extern const struct eisen_module eisen_module;
const struct eisen_module eisen_module = { EISEN_ABI + 41, "of another day" };
