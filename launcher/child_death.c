/* child_death.c - see child_death.h. */
#include "launcher/child_death.h"

#include "common/clock.h"
#include "launcher/giving_up.h"
#include "launcher/text.h"
#include "portmap/plan.h"

#include <signal.h>
#include <sys/wait.h>

struct death child_death_of(const struct child *c, int status, const struct rusage *usage)
{
	struct death d = {
		.slot = c->slot,
		.pid = c->process.pid,
		.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.core_dumped = WIFSIGNALED(status) && WCOREDUMP(status),
		.planned = c->asked || (c->state == SLOT_DONE && status == 0),
		.at_ns = clock_mono_ns(),
		.cpu_user_us = (uint64_t)usage->ru_utime.tv_sec * 1000000 +
			       (uint64_t)usage->ru_utime.tv_usec,
		.cpu_system_us = (uint64_t)usage->ru_stime.tv_sec * 1000000 +
				 (uint64_t)usage->ru_stime.tv_usec,
		.rss_max_kib = (uint64_t)usage->ru_maxrss,
	};

	snprintf(d.role, sizeof(d.role), "%s", role_name(c->role));
	d.uptime_ns = d.at_ns - c->started_ns;
	return d;
}

/* Was it what we killed it for? */
static bool is_for_that(const struct child *c, const struct death *death)
{
	return c->why[0] != '\0' && death->signal == SIGKILL;
}

static bool has_servers(const struct child *c)
{
	return c->host->heritage->plan->slots[c->slot].count > 0;
}

bool child_death_is_fault(const struct child *c, const struct death *death)
{
	uint64_t ready = c->ready_ns != 0 ? death->at_ns - c->ready_ns + 1 : 0;

	if (c->asked || c->host->stopping || c->state == SLOT_DRAINING)
		return false;
	if (c->state == SLOT_DONE)
		return c->slot >= 0 && has_servers(c) &&
		       (death->signal != 0 || death->exit_code != 0);
	if (is_for_that(c, death) && c->guilt == RECOVERY_BEGUN)
		return ready < BACKOFF_EARLY_NS;
	return backoff_is_fault(ready, death->signal);
}

/* Nothing when we caused it, unless for what it did. */
enum recovery_guilt child_death_guilt(const struct child *c, const struct death *death)
{
	if (c->host->stopping)
		return RECOVERY_NONE;
	if (is_for_that(c, death))
		return c->guilt;
	return c->asked || c->state == SLOT_STOPPING ? RECOVERY_NONE : RECOVERY_BEGUN;
}

void child_death_text(const struct child *c, const struct death *death, char *ret, size_t size)
{
	if (is_for_that(c, death))
		snprintf(ret, size, "%s", c->why);
	else
		text_death(ret, size, death->exit_code, death->signal, death->core_dumped);
}

/* Has a stop been ended by something other than the process or us? */
static bool cut_short(const struct child *c, const struct death *death)
{
	return c->state != SLOT_STOPPING && (death->signal != 0 || death->exit_code != 0);
}

/* Somebody else asked it to stop, and it did. */
static bool drained(const struct child *c, const struct death *death)
{
	return c->ending && !c->asked && death->signal == 0 && death->exit_code == 0;
}

void child_death_tell(const struct child *c, const struct death *death, const char *how,
		      unsigned wait_ms)
{
	enum log_level level = death->planned ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
	int pid = (int)death->pid;
	char age[TEXT_BYTES];

	if (c->failed || (c->state == SLOT_DONE && wait_ms == 0))
		return;
	text_duration(age, sizeof(age), death->uptime_ns);
	if (giving_up_is_due(c)) {
		log_warning("%s (pid %d) died after %s: %s", c->name, pid, age, how);
	} else if (!c->host->stopping && drained(c, death)) {
		log_info("%s (pid %d) drained after SIGTERM; started again", c->name, pid);
	} else if (!c->host->stopping && wait_ms > 0) {
		log_warning("%s (pid %d) died after %s: %s; next try in %u ms", c->name, pid, age,
			    how, wait_ms);
	} else if (!c->host->stopping) {
		log_at(level, "%s (pid %d) died after %s: %s; started again", c->name, pid, age,
		       how);
	} else if (cut_short(c, death)) {
		c->host->killed++;
		log_warning("%s (pid %d) died while it stopped: %s", c->name, pid, how);
	}
}
