/* recovery.c - see recovery.h. */
#include "launcher/recovery.h"

#include "common/clock.h"
#include "common/log.h"
#include "launcher/text.h"
#include "queues/overdue.h"
#include "queues/recover.h"

void recovery_run(struct queues *queues, unsigned owner, const char *name, int pid, const char *how,
		  enum recovery_guilt guilt)
{
	struct queues_recovered back;

	if (guilt == RECOVERY_OVERDUE)
		queues_blame_overdue(queues, owner, clock_mono_ns());
	queues_recover(queues, owner, guilt == RECOVERY_BEGUN, how, &back);
	if (back.requeued > 0)
		log_info("%s (pid %d): %u chunk%s it had went back", name, pid, back.requeued,
			 text_plural(back.requeued));
	if (back.dead > 0)
		log_warning("%s (pid %d): %u chunk%s it had failed for the last time: %s", name,
			    pid, back.dead, text_plural(back.dead), how);
	if (back.freed + back.put + back.finished + back.hinted > 0)
		log_debug("%s (pid %d): %u blocks freed, %u put, %u finished, %u hinted", name, pid,
			  back.freed, back.put, back.finished, back.hinted);
}
