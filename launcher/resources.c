/* resources.c - see resources.h. */
#include "launcher/resources.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/manager.h"
#include "launcher/overdue.h"
#include "launcher/role.h"
#include "launcher/rundir.h"
#include "launcher/work_spec.h"
#include "portmap/board.h"
#include "portmap/deaths.h"
#include "portmap/holder.h"
#include "portmap/listen_socket.h"
#include "portmap/plan.h"
#include "portmap/ports.h"
#include "servers/accesslog.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Per child: report, output and error pipe, pidfd; and the other ends while
 * it is started. Beyond that what libraries open. */
#define RESOURCES_FDS_PER_CHILD 4
#define RESOURCES_FDS_RESERVED 64

/* For the manager, and for each worker, who starts with the same limit. The
 * slots, the feeders, the collector and the status role are its children. */
static bool raise_limit(const struct config *config, const struct plan *plan, struct problems *p)
{
	uint64_t children = plan->slot_count + config->work.feeder_count + 2;
	uint64_t need = plan->server_count + RESOURCES_FDS_PER_CHILD * children +
			config->work.tool_count + RESOURCES_FDS_RESERVED;
	struct error e = { 0 };

	for (size_t i = 0; i < plan->slot_count; i++)
		need = MAX(need, (uint64_t)worker_fds_min(config, plan, i));
	if (fd_raise_limit(need, &e) == 0)
		return true;
	problems_error(p, "", "%s", e.text);
	return false;
}

/* Why the status endpoint cannot have its address, and what to do. */
static void report_status(const struct address *address, int code, struct problems *p)
{
	char text[ADDRESS_TEXT_BYTES], who[128] = "";
	struct holder holder;

	address_format(address, text, sizeof(text));
	if (code == EADDRNOTAVAIL || code == EAFNOSUPPORT) {
		problems_error(p, "status.ip",
			       "%s: the address is on no interface of this machine; "
			       "choose another one",
			       text);
		return;
	}
	if (code == EADDRINUSE && holder_find(address, &holder) && holder.pid != 0)
		snprintf(who, sizeof(who), ", held by pid %d (%s)", (int)holder.pid,
			 holder.program);
	problems_error(p, "status.port",
		       "%s: %s%s; choose another port, or --status-port 0 for any free one", text,
		       code == EADDRINUSE ? "busy" : strerror(code), who);
}

static bool open_status(struct resources *r, const struct config *config, struct problems *p)
{
	const struct config_status *status = &config->status;
	socklen_t len = sizeof(r->status_address.storage);
	struct address address;
	struct error e = { 0 };
	int ret;

	if (address_from_ip(&address, status->ip, (unsigned)status->port, &e) < 0) {
		problems_error(p, "status.ip", "%s", e.text);
		return false;
	}
	ret = listen_ip(&address, LISTEN_EXCLUSIVE, &r->status_fd);
	if (ret < 0) {
		report_status(&address, -ret, p);
		return false;
	}
	getsockname(r->status_fd, &r->status_address.any, &len);
	r->status_address.len = len;
	return true;
}

/* The run directory is locked: a socket that is there is a dead one's. */
static bool open_control(struct resources *r, const struct rundir *rd, struct problems *p)
{
	char path[RUNDIR_PATH_BYTES + 16];
	struct listen_file file; /* goes with the run directory */
	struct address address;
	struct error e = { 0 };
	int ret;

	rundir_control_path(rd, path, sizeof(path));
	ret = address_from_path(&address, path, &e);
	if (ret == 0) {
		ret = listen_unix(&address, 0600, LISTEN_EXCLUSIVE, &r->control_fd, &file);
		if (ret < 0)
			error_errno(&e, -ret, "%s", path);
	}
	if (ret < 0)
		problems_error(p, "", "control socket: %s", e.text);
	return ret == 0;
}

/* The slots' servers pop their ports, slot by slot: what the plan foresaw. */
static bool take_ports(const struct resources *r, const struct plan *plan)
{
	for (size_t i = 0; i < plan->served_count; i++) {
		const struct plan_server *server = &plan->servers[i];
		size_t taken;

		if (ports_take(r->ports, server->group, server->slot, &taken) != PORTS_TAKEN ||
		    taken != i)
			return false;
	}
	return true;
}

/* spec NULL: there is no work. */
static bool open_region(struct resources *r, const struct plan *plan, const struct work_spec *spec,
			struct problems *p)
{
	size_t bytes = board_region_bytes(plan) + ports_region_bytes(plan) + deaths_region_bytes() +
		       (spec != NULL ? queues_region_bytes(&spec->queues) : 0);
	struct error e = { 0 };

	if (region_create(&r->region, bytes, &e) < 0) {
		problems_error(p, "", "%s", e.text);
		return false;
	}
	r->board = board_create(&r->region, plan);
	r->ports = ports_create(&r->region, plan);
	r->deaths = deaths_create(&r->region);
	if (r->board != NULL && r->ports != NULL && r->deaths != NULL && take_ports(r, plan))
		return true;
	problems_error(p, "", "the shared region does not hold the plan: please report this");
	return false;
}

/* Files of a run that was killed are nobody's any more. */
static void empty_spill_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static bool open_spill_dir(struct resources *r, const struct rundir *rd, struct problems *p)
{
	snprintf(r->spill_dir, sizeof(r->spill_dir), "%s/chunks", rd->path);
	if (mkdir(r->spill_dir, 0700) < 0 && errno != EEXIST) {
		problems_error(p, "", "%s: %s", r->spill_dir, strerror(errno));
		r->spill_dir[0] = '\0';
		return false;
	}
	empty_spill_dir(r->spill_dir);
	return true;
}

static bool open_tools(struct resources *r, const struct work_spec *spec, struct problems *p)
{
	struct error e = { 0 };

	if (tools_create(&r->tools, spec->tools, spec->tool_count, &e) < 0) {
		problems_error(p, "tools", "%s", e.text);
		return false;
	}
	r->tool_fds = calloc(spec->tool_count + 1, sizeof(*r->tool_fds));
	if (r->tool_fds == NULL) {
		problems_error(p, "tools", "out of memory");
		return false;
	}
	for (size_t i = 0; i < spec->tool_count; i++)
		r->tool_fds[i] = r->tools.list[i].fd;
	return true;
}

static bool open_work(struct resources *r, const struct manager_options *o,
		      const struct work_spec *spec, struct problems *p)
{
	struct error e = { 0 };

	if (!open_region(r, o->plan, spec, p) || !open_spill_dir(r, o->rundir, p) ||
	    !open_tools(r, spec, p))
		return false;
	if (queues_create(&r->queues, &r->region, &spec->queues, &e) < 0) {
		problems_error(p, "queues", "%s", e.text);
		return false;
	}
	overdue_limit(&r->queues, o->config);
	r->has_work = true;
	return true;
}

/* The region, and what is in it. */
static bool open_shared(struct resources *r, const struct manager_options *o, struct problems *p)
{
	struct work_spec spec;
	struct error e = { 0 };
	bool fine;

	if (!work_is_wanted(o->config))
		return open_region(r, o->plan, NULL, p);
	if (work_spec_make(o->config, o->plan, &spec, &e) < 0) {
		problems_error(p, "queues", "%s", e.text);
		return false;
	}
	fine = open_work(r, o, &spec, p);
	work_spec_release(&spec);
	return fine;
}

static bool try_log(const struct config *config, struct problems *p)
{
	const char *log = config->access_log.file;
	struct error e = { 0 };

	if (log == NULL || accesslog_try(log, &e) == 0)
		return true;
	problems_error(p, "access_log", "%s", e.text);
	return false;
}

/* Without it no child could be started, however often we tried. */
static bool check_kernel(struct problems *p)
{
	AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0)
		problems_error(p, "",
			       "pidfd_open(2): %s; eisen needs Linux 5.3 or later, and no "
			       "filter of system calls that forbids it",
			       strerror(errno));
	return fd >= 0;
}

bool resources_open(struct resources *ret, const struct manager_options *o, struct problems *p)
{
	struct resources r = { .status_fd = -1, .control_fd = -1, .region.fd = -1 };
	bool fine = check_kernel(p) && raise_limit(o->config, o->plan, p) && try_log(o->config, p);

	if (fine) {
		/* Both, so that all busy ports are named at once. */
		fine = listeners_open(o->plan, &r.listeners, p);
		fine = open_status(&r, o->config, p) && fine;
	}
	fine = fine && open_control(&r, o->rundir, p) && open_shared(&r, o, p) &&
	       prepare(o, &r.prepared, p);
	if (!fine) {
		resources_release(&r, o->plan);
		return false;
	}
	*ret = r;
	if (ret->has_work)
		ret->queues.spill_dir = ret->spill_dir;
	return true;
}

static void hand_on_work(const struct resources *r, const struct manager_options *o,
			 struct heritage *ret)
{
	memcpy(ret->event_fds, r->queues.event_fds, sizeof(ret->event_fds));
	ret->tool_fds = r->tool_fds;
	ret->spill_dir = r->spill_dir;
	ret->results_db = o->results_db;
	ret->resume = o->results_mode == RESULTS_RESUME;
	ret->feeders = r->prepared.feeders;
}

void resources_hand_on(const struct resources *r, const struct manager_options *o,
		       struct heritage *ret)
{
	*ret = (struct heritage) {
		.slot = -1,
		.feeder = -1,
		.log_level = o->log_level,
		.name = o->rundir->name,
		.config = o->config,
		.plan = o->plan,
		.cpus = o->cpus,
		.region = r->region,
		.report_fd = -1,
		.listen_fds = r->listeners.fds,
		.status_fd = r->status_fd,
		.control_fd = r->control_fd,
	};
	if (r->has_work)
		hand_on_work(r, o, ret);
}

void resources_release(struct resources *r, const struct plan *plan)
{
	listeners_close(&r->listeners, plan);
	if (r->status_fd >= 0)
		close(r->status_fd);
	if (r->control_fd >= 0)
		close(r->control_fd);
	if (r->has_work)
		queues_detach(&r->queues);
	tools_release(&r->tools);
	free(r->tool_fds);
	prepared_release(&r->prepared);
	if (r->spill_dir[0] != '\0') {
		empty_spill_dir(r->spill_dir);
		rmdir(r->spill_dir);
	}
	if (r->region.base != NULL)
		region_detach(&r->region);
}
