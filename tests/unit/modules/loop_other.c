/* loop_other.c - a module that is called once; for test_worker_loop.c. */
#include <eisen.h>

EISEN_MODULE("says that it was called");

eisen_worker_fn worker_entrance;

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_print(tb, "other");
	return true;
}
