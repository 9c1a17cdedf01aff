/* module_missing.c - calls what nobody has; for test_module.c. */
#include <eisen.h>

EISEN_MODULE("cannot be loaded");

int eisen_of_no_one(void);
int module_missing(void);

int module_missing(void)
{
	return eisen_of_no_one();
}
