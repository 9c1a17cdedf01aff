/* module_plain.c - a module that says what it is; for test_module.c. */
#include <eisen.h>
#include <stdio.h>

EISEN_MODULE("counts the calls");

eisen_worker_fn worker_entrance;

int module_plain_data[4];

/* It links a library, which has names of its own. */
bool worker_entrance(eisen_toolbox *tb)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", eisen_worker_id(tb));
	return eisen_stopping(tb);
}
