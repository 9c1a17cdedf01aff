/* module_plain.c - a module that says what it is; for test_module.c. */
#include <eisen.h>

EISEN_MODULE("counts the calls");

eisen_worker_fn worker_entrance;

int module_plain_data[4];

bool worker_entrance(eisen_toolbox *tb)
{
	return eisen_stopping(tb);
}
