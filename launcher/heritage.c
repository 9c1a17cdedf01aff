/* heritage.c - see heritage.h. */
#include "launcher/heritage.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "launcher/module_ports.h"
#include "portmap/cpus.h"
#include "portmap/plan.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#define HERITAGE_BYTES_MAX (2 * CONFIG_TEXT_MAX + (8u << 20))

const char *role_name(enum role role)
{
	static const char *const names[] = {
#define X(id, name) [ROLE_##id] = name,
		ROLES(X)
#undef X
	};

	return names[role];
}

static const struct plan_slot *own_slot(const struct heritage *h)
{
	return h->role == ROLE_WORKER ? &h->plan->slots[h->slot] : NULL;
}

/* The sockets of a worker: its servers', and those of its group's free ports,
 * where modules may take them. */
struct socket_list {
	size_t first, count;           /* a run of servers[] */
	size_t free_first, free_count; /* another one; those of other groups are in it */
	int group;
};

static struct socket_list own_sockets(const struct heritage *h)
{
	const struct plan_slot *slot = own_slot(h);
	struct socket_list list = { 0 };

	if (slot == NULL)
		return list;
	list.first = slot->first;
	list.count = slot->count;
	list.group = slot->group;
	list.free_first = h->plan->served_count;
	if (module_ports_wanted(h->config) && slot->group != PLAN_FREE)
		list.free_count = h->plan->server_count - h->plan->served_count;
	return list;
}

/* The index into servers[] of the next one from *at on; false: no more. */
static bool next_socket(const struct heritage *h, const struct socket_list *list, size_t *at,
			size_t *ret_server)
{
	for (; *at < list->count + list->free_count; (*at)++) {
		size_t server = *at < list->count ? list->first + *at
						  : list->free_first + (*at - list->count);

		if (*at >= list->count && h->plan->servers[server].group != list->group)
			continue;
		(*at)++;
		*ret_server = server;
		return true;
	}
	return false;
}

static size_t socket_count(const struct heritage *h)
{
	struct socket_list list = own_sockets(h);
	size_t at = 0, server, count = 0;

	while (next_socket(h, &list, &at, &server))
		count++;
	return count;
}

static size_t tool_count(const struct heritage *h)
{
	return h->role == ROLE_WORKER && h->tool_fds != NULL ? h->config->work.tool_count : 0;
}

size_t heritage_fd_count(const struct heritage *h)
{
	const struct plan_slot *slot = own_slot(h);

	return 4 + (slot != NULL ? socket_count(h) + h->config->work.tool_count : 0) +
	       QUEUES_EVENTS_MAX;
}

size_t heritage_fds(const struct heritage *h, int *ret)
{
	struct socket_list list = own_sockets(h);
	size_t n = 0, at = 0, server;

	ret[n++] = h->region.fd;
	ret[n++] = h->report_fd;
	if (h->role == ROLE_STATUS) {
		ret[n++] = h->status_fd;
		ret[n++] = h->control_fd;
	}
	while (next_socket(h, &list, &at, &server))
		ret[n++] = h->listen_fds[server];
	for (size_t i = 0; h->owner != 0 && i < QUEUES_EVENTS_MAX; i++)
		if (h->event_fds[i] >= 0)
			ret[n++] = h->event_fds[i];
	for (size_t i = 0; i < tool_count(h); i++)
		ret[n++] = h->tool_fds[i];
	return n;
}

void heritage_report(const struct heritage *h, enum report report)
{
	char byte = (char)report;

	(void)!fd_write_all(h->report_fd, &byte, 1);
}

/* The document ------------------------------------------------------------ */

static json_t *cores_json(const struct cpus *cpus)
{
	json_t *cores = json_array();

	for (size_t i = 0; i < cpus->count; i++) {
		json_t *processors = json_array();

		for (int p = 0; p < CPU_SETSIZE; p++)
			if (CPU_ISSET(p, &cpus->cores[i].set))
				json_array_append_new(processors, json_integer(p));
		json_array_append_new(cores,
				      json_pack("{s:i, s:o}", "number", cpus->cores[i].number,
						"processors", processors));
	}
	return cores;
}

static json_t *listen_json(const struct heritage *h)
{
	struct socket_list list = own_sockets(h);
	json_t *fds = json_array();
	size_t at = 0, server;

	while (next_socket(h, &list, &at, &server))
		json_array_append_new(fds, json_integer(h->listen_fds[server]));
	return fds;
}

static json_t *fds_json(const int *fds, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(fds[i]));
	return list;
}

/* NULL: there is none. */
static json_t *work_json(const struct heritage *h)
{
	if (h->owner == 0)
		return NULL;
	return json_pack("{s:i, s:i, s:b, s:o, s:o, s:s?, s:s?, s:b, s:O*}", "owner", (int)h->owner,
			 "feeder", h->feeder, "again", h->again, "events",
			 fds_json(h->event_fds, QUEUES_EVENTS_MAX), "tools",
			 fds_json(h->tool_fds, tool_count(h)), "spill", h->spill_dir, "results",
			 h->results_db, "resume", h->resume, "feeders", h->feeders);
}

static json_t *heritage_json(const struct heritage *h)
{
	const struct config *c = h->config;

	return json_pack("{s:i, s:i, s:i, s:i, s:s, s:s, s:i, s:s%, s:o, s:i, s:i, s:i, s:o, s:i, "
			 "s:i, s:o*}",
			 "role", (int)h->role, "slot", h->slot, "manager_pid", (int)h->manager_pid,
			 "log_level", (int)h->log_level, "name", h->name, "base_dir", c->base_dir,
			 "status_port", c->status.port, "text", c->text, c->text_len, "cores",
			 cores_json(h->cpus), "usable", (int)h->cpus->usable, "region",
			 h->region.fd, "report", h->report_fd, "listen", listen_json(h), "status",
			 h->status_fd, "control", h->control_fd, "work", work_json(h));
}

int heritage_write(const struct heritage *h, struct error *e)
{
	json_auto_t *doc = heritage_json(h);
	AUTO_CLOSE int fd = memfd_create("eisen-heritage", 0);
	int r;

	if (fd < 0)
		return error_errno(e, errno, "heritage: memfd_create");
	r = doc != NULL ? json_dumpfd(doc, fd, JSON_COMPACT) : -1;
	if (r < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return error_set(e, EIO, "heritage: cannot write it");
	return take_fd(&fd);
}

/* Reading it back ---------------------------------------------------------- */

/* What a spawned process owns where a forked one borrows. */
struct heritage_owned {
	struct heritage heritage; /* first: freed through it */
	json_t *doc;
	struct config *config;
	struct cpus cpus;
	struct plan *plan;
	int *tool_fds;
};

static int read_cores(const json_t *cores, size_t usable, struct cpus *ret)
{
	size_t i, j;
	json_t *core, *processor;

	ret->cores = calloc(json_array_size(cores), sizeof(*ret->cores));
	if (ret->cores == NULL)
		return -ENOMEM;
	ret->count = json_array_size(cores);
	ret->usable = usable;
	json_array_foreach(cores, i, core)
	{
		ret->cores[i].number = (int)json_integer_value(json_object_get(core, "number"));
		json_array_foreach(json_object_get(core, "processors"), j, processor)
			CPU_SET((int)json_integer_value(processor), &ret->cores[i].set);
	}
	return 0;
}

static int read_plan(struct heritage_owned *o, const char *text, size_t len,
		     const struct config_origin *origin, struct error *e)
{
	struct problems problems = { 0 };
	struct plan_input input;

	o->config = config_from_text(text, len, origin, &problems);
	if (o->config != NULL) {
		config_plan_input(o->config, &input);
		o->plan = plan_make(&input, &o->cpus, &problems);
	}
	problems_release(&problems);
	o->heritage.config = o->config;
	o->heritage.plan = o->plan;
	o->heritage.cpus = &o->cpus;
	if (o->plan == NULL)
		return error_set(e, EINVAL, "heritage: the config no longer reads the same");
	return 0;
}

static int read_listen(struct heritage *h, const json_t *fds, struct error *e)
{
	struct socket_list list;
	size_t at = 0, server;

	h->listen_fds = malloc(MAX(h->plan->server_count, (size_t)1) * sizeof(*h->listen_fds));
	if (h->listen_fds == NULL)
		return error_set(e, ENOMEM, "heritage: out of memory");
	memset(h->listen_fds, 0xff, h->plan->server_count * sizeof(*h->listen_fds));
	if (h->role == ROLE_WORKER && (h->slot < 0 || (size_t)h->slot >= h->plan->slot_count))
		return error_set(e, EINVAL, "heritage: no slot %d", h->slot);
	if (json_array_size(fds) != socket_count(h))
		return error_set(e, EINVAL, "heritage: %zu sockets for %zu servers",
				 json_array_size(fds), socket_count(h));
	list = own_sockets(h);
	for (size_t i = 0; next_socket(h, &list, &at, &server); i++)
		h->listen_fds[server] = (int)json_integer_value(json_array_get(fds, i));
	return 0;
}

static int read_fds(const json_t *fds, int *ret, size_t count, struct error *e)
{
	if (json_array_size(fds) != count)
		return error_set(e, EINVAL, "heritage: %zu descriptors, not %zu",
				 json_array_size(fds), count);
	for (size_t i = 0; i < count; i++)
		ret[i] = (int)json_integer_value(json_array_get(fds, i));
	return 0;
}

/* The strings live as long as the document. */
static int read_work(struct heritage_owned *o, const json_t *work, struct error *e)
{
	struct heritage *h = &o->heritage;
	int owner, again, resume, r;
	json_t *events, *tools;
	size_t count;

	if (work == NULL)
		return 0;
	if (json_unpack((json_t *)work, "{s:i, s:i, s:b, s:o, s:o, s:b}", "owner", &owner, "feeder",
			&h->feeder, "again", &again, "events", &events, "tools", &tools, "resume",
			&resume) < 0)
		return error_set(e, EINVAL, "heritage: incomplete");
	h->owner = (unsigned)owner;
	h->again = again != 0;
	h->resume = resume != 0;
	h->spill_dir = json_string_value(json_object_get(work, "spill"));
	h->results_db = json_string_value(json_object_get(work, "results"));
	if (h->role == ROLE_FEEDER &&
	    (h->feeder < 0 || (size_t)h->feeder >= h->config->work.feeder_count))
		return error_set(e, EINVAL, "heritage: no feeder %d", h->feeder);
	count = h->role == ROLE_WORKER ? h->config->work.tool_count : 0;
	o->tool_fds = malloc((count + 1) * sizeof(*o->tool_fds));
	if (o->tool_fds == NULL)
		return error_set(e, ENOMEM, "heritage: out of memory");
	h->tool_fds = o->tool_fds;
	h->feeders = json_object_get(work, "feeders");
	r = read_fds(events, h->event_fds, QUEUES_EVENTS_MAX, e);
	return r < 0 ? r : read_fds(tools, o->tool_fds, count, e);
}

static int read_document(struct heritage_owned *o, struct error *e)
{
	struct heritage *h = &o->heritage;
	struct config_origin origin;
	const char *text;
	int role, level, pid, usable, region;
	json_t *cores, *fds;
	size_t len;
	int r;

	if (json_unpack(o->doc,
			"{s:i, s:i, s:i, s:i, s:s, s:s, s:i, s:s%, s:o, s:i, s:i, s:i, "
			"s:o, s:i, s:i}",
			"role", &role, "slot", &h->slot, "manager_pid", &pid, "log_level", &level,
			"name", &h->name, "base_dir", &origin.base_dir, "status_port",
			&origin.status_port, "text", &text, &len, "cores", &cores, "usable",
			&usable, "region", &region, "report", &h->report_fd, "listen", &fds,
			"status", &h->status_fd, "control", &h->control_fd) < 0)
		return error_set(e, EINVAL, "heritage: incomplete");
	h->role = (enum role)role;
	h->log_level = (enum log_level)level;
	h->manager_pid = pid;
	h->feeder = -1;
	r = read_cores(cores, (size_t)usable, &o->cpus);
	if (r < 0)
		return error_errno(e, -r, "heritage: cores");
	r = read_plan(o, text, len, &origin, e);
	if (r == 0)
		r = read_listen(h, fds, e);
	if (r == 0)
		r = read_work(o, json_object_get(o->doc, "work"), e);
	return r < 0 ? r : region_attach(&h->region, region, e);
}

int heritage_read(int fd, struct heritage **ret, struct error *e)
{
	AUTO_BUF struct buf text = BUF_INIT(HERITAGE_BYTES_MAX);
	struct heritage_owned *o = calloc(1, sizeof(*o));
	int r = fd_read_all(fd, &text);

	close(fd);
	if (o == NULL)
		return error_set(e, ENOMEM, "heritage: out of memory");
	if (r == 0)
		o->doc = json_loadb(buf_text(&text), text.len, 0, NULL);
	r = o->doc != NULL ? read_document(o, e) : error_set(e, EINVAL, "heritage: not readable");
	if (r < 0) {
		heritage_free(&o->heritage);
		return r;
	}
	*ret = &o->heritage;
	return 0;
}

void heritage_free(struct heritage *h)
{
	struct heritage_owned *o = (struct heritage_owned *)h;

	if (o == NULL)
		return;
	if (h->region.base != NULL)
		region_detach(&h->region);
	free(h->listen_fds);
	free(o->tool_fds);
	plan_free(o->plan);
	config_free(o->config);
	cpus_release(&o->cpus);
	json_decref(o->doc);
	free(o);
}

int heritage_read_config(int fd, struct config **ret, pid_t *ret_manager_pid, struct error *e)
{
	AUTO_BUF struct buf text = BUF_INIT(HERITAGE_BYTES_MAX);
	struct problems problems = { 0 };
	struct config_origin origin;
	json_auto_t *doc = NULL;
	const char *config;
	size_t len;
	int pid, r = fd_read_all(fd, &text);

	close(fd);
	doc = r == 0 ? json_loadb(buf_text(&text), text.len, 0, NULL) : NULL;
	if (doc == NULL || json_unpack(doc, "{s:i, s:s, s:i, s:s%}", "manager_pid", &pid,
				       "base_dir", &origin.base_dir, "status_port",
				       &origin.status_port, "text", &config, &len) < 0)
		return error_set(e, EINVAL, "heritage: not readable");
	*ret = config_from_text(config, len, &origin, &problems);
	problems_release(&problems);
	*ret_manager_pid = pid;
	return *ret != NULL ? 0 : error_set(e, EINVAL, "heritage: the config reads otherwise");
}
