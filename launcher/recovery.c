/* recovery.c - see recovery.h. */
#include "launcher/recovery.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/clock.h"
#include "common/log.h"
#include "launcher/text.h"
#include "queues/overdue.h"
#include "queues/recover.h"

#include <inttypes.h>

#define NAMED_MAX 4u /* of the chunks it had */

/* "_TID_7 of mp_input_q, _TID_3 of jobs_q and 2 more" */
static void name_leases(const struct queues *queues, unsigned owner, struct buf *ret)
{
	struct queue_lease leases[NAMED_MAX];
	size_t count = queues_leases(queues, owner, leases, NAMED_MAX);

	for (size_t i = 0; i < MIN(count, NAMED_MAX); i++) {
		struct queue_about about;

		queues_about(queues, leases[i].queue, &about);
		buf_addf(ret, "%s_TID_%" PRIu64 " of %s", i > 0 ? ", " : "", leases[i].ticket,
			 about.name);
	}
	if (count > NAMED_MAX)
		buf_addf(ret, " and %zu more", count - NAMED_MAX);
}

void recovery_run(struct queues *queues, unsigned owner, const char *name, int pid, const char *how,
		  enum recovery_guilt guilt)
{
	AUTO_BUF struct buf leases = BUF_INIT(1000);
	struct queues_recovered back;

	name_leases(queues, owner, &leases);
	if (guilt == RECOVERY_OVERDUE)
		queues_blame_overdue(queues, owner, clock_mono_ns());
	queues_recover(queues, owner, guilt == RECOVERY_BEGUN, how, &back);
	if (back.requeued > 0)
		log_info("%s (pid %d) had %s: %u chunk%s went back", name, pid, buf_text(&leases),
			 back.requeued, text_plural(back.requeued));
	if (back.dead > 0)
		log_warning("%s (pid %d) had %s: %u chunk%s failed for the last time: %s", name,
			    pid, buf_text(&leases), back.dead, text_plural(back.dead), how);
	if (back.freed + back.put + back.finished + back.hinted > 0)
		log_debug("%s (pid %d): %u blocks freed, %u put, %u finished, %u hinted", name, pid,
			  back.freed, back.put, back.finished, back.hinted);
}
