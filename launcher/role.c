/* role.c - see role.h. */
#include "launcher/role.h"

#include "launcher/heritage.h"

int role_run(const struct heritage *h)
{
	log_open(h->log_level, NULL, NULL);
	switch (h->role) {
	case ROLE_WORKER:
		return worker_run(h);
	case ROLE_STATUS:
		return status_run(h);
	case ROLE_FEEDER:
		return feeding_run(h);
	case ROLE_COLLECTOR:
		return collecting_run(h);
	}
	return EXIT_FAILURE;
}
