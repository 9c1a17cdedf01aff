/* loop_first.c - the module that is called in a loop; for test_worker_loop.c. */
#include <eisen.h>

EISEN_MODULE("says that it was called, three times");

eisen_worker_fn worker_entrance, forever, takes, helper;

static int calls;

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_print(tb, "first %d", ++calls);
	return calls < 3;
}

/* Until the worker is stopped. */
bool forever(eisen_toolbox *tb)
{
	eisen_sleep(tb, -1);
	eisen_print(tb, "stopped");
	return true;
}

/* Sums the rows of all chunks there are. */
bool takes(eisen_toolbox *tb)
{
	eisen_chunk *chunk;
	int64_t sum = 0, n;

	if (eisen_take(tb, eisen_queue_find(tb, "mp_input_q"), -1, &chunk) == EISEN_STOP)
		return false;
	while (eisen_row_int(chunk, &n))
		sum += n;
	eisen_result(tb, chunk, json_integer(sum));
	return true;
}

static void run_helper(eisen_toolbox *tb, void *arg)
{
	(void)arg;
	eisen_sleep(tb, -1);
	eisen_print(tb, "helper's thread ended");
}

/* One of the others. */
bool helper(eisen_toolbox *tb)
{
	eisen_print(tb, "helper");
	eisen_thread(tb, run_helper, NULL);
	return true;
}
