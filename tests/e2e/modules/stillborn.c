/* stillborn.c - kills every process of a run that loads it, and not the look
 * that comes before: by its constructor, as a sanitizer's runtime does in a
 * program that was built without.
 */
#include <eisen.h>

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

EISEN_MODULE("kills who loads it");

eisen_worker_fn worker_entrance;
eisen_generator_fn rows;

static void __attribute__((constructor)) kill_it(void)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	if (strncmp(name, "eisen:", 6) == 0)
		_exit(7);
}

bool worker_entrance(eisen_toolbox *tb)
{
	(void)tb;
	return false;
}

enum eisen_row_result rows(eisen_generator *g)
{
	(void)g;
	return EISEN_END;
}
