/* module_ports.c - see module_ports.h. */
#include "launcher/module_ports.h"

#include "common/error.h"
#include "common/log.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/serving.h"
#include "portmap/board.h"
#include "portmap/listen.h"
#include "portmap/plan.h"
#include "portmap/ports.h"
#include "servers/app_module.h"
#include "servers/loop.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

enum port_state {
	PORT_NOT_OURS,
	PORT_TAKEN,  /* by a module of this process */
	PORT_SERVED, /* or being opened */
};

struct module_port {
	enum port_state state;
	struct site site;
	struct module_context context;
	char *path; /* owned; of a Unix socket */
};

struct module_ports {
	const struct heritage *heritage; /* borrowed */
	struct serving *serving;         /* borrowed */
	struct board *board;
	struct ports *ports; /* in the region */
	pthread_mutex_t lock;
	struct module_port *list; /* owned; of the plan's free servers, in order */
	size_t first, count;      /* which those are, in servers[] */
};

bool module_ports_wanted(const struct config *config)
{
	return config->work.module_count > 0 || config_apps_work(config);
}

int module_ports_new(const struct heritage *h, struct serving *serving, struct module_ports **ret,
		     struct error *e)
{
	struct module_ports *mp = calloc(1, sizeof(*mp));

	if (mp == NULL)
		return error_set(e, ENOMEM, "ports for modules: out of memory");
	pthread_mutex_init(&mp->lock, NULL);
	mp->heritage = h;
	mp->serving = serving;
	mp->board = board_attach(&h->region);
	mp->ports = ports_attach(&h->region);
	mp->first = h->plan->served_count;
	mp->count = h->plan->server_count - mp->first;
	mp->list = calloc(mp->count + 1, sizeof(*mp->list));
	if (mp->board == NULL || mp->ports == NULL || mp->list == NULL) {
		module_ports_free(mp);
		return error_set(e, ENOMEM, "ports for modules: out of memory");
	}
	*ret = mp;
	return 0;
}

void module_ports_free(struct module_ports *mp)
{
	if (mp == NULL)
		return;
	for (size_t i = 0; mp->list != NULL && i < mp->count; i++)
		free(mp->list[i].path);
	free(mp->list);
	pthread_mutex_destroy(&mp->lock);
	free(mp);
}

/* Taking ------------------------------------------------------------------ */

/* PLAN_FREE: there is none of that name, or it is another worker's. */
static int own_group(const struct module_ports *mp, const char *name)
{
	const struct plan *plan = mp->heritage->plan;
	int own = plan->slots[mp->heritage->slot].group;

	if (own != PLAN_FREE && strcmp(plan->input.groups[own].name, name) == 0)
		return own;
	log_error("eisen_port_take(\"%.60s\"): %s%s%s", name,
		  own == PLAN_FREE ? "this worker is in no port group"
				   : "this worker's port group is \"",
		  own == PLAN_FREE ? "" : plan->input.groups[own].name,
		  own == PLAN_FREE ? "" : "\"");
	return PLAN_FREE;
}

/* What the process before this one had comes first, then the next free one. */
static bool take(struct module_ports *mp, int group, size_t *ret_server)
{
	const struct plan *plan = mp->heritage->plan;
	int slot = mp->heritage->slot;

	for (size_t i = 0; i < mp->count; i++) {
		if (plan->servers[mp->first + i].group == group &&
		    mp->list[i].state == PORT_NOT_OURS &&
		    ports_holder(mp->ports, mp->first + i) == slot) {
			*ret_server = mp->first + i;
			return true;
		}
	}
	return ports_take(mp->ports, (unsigned)group, slot, ret_server) == PORTS_TAKEN;
}

static void fill_port(const struct module_ports *mp, size_t server, struct eisen_port *ret)
{
	const struct plan *plan = mp->heritage->plan;
	const struct group *group = &plan->input.groups[plan->servers[server].group];

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->group, sizeof(ret->group), "%s", group->name);
	snprintf(ret->ip, sizeof(ret->ip), "%s", group->ip != NULL ? group->ip : "");
	ret->port = plan->servers[server].port;
	ret->index = server;
}

int module_ports_take(struct module_ports *mp, const char *group, struct eisen_port *ret)
{
	int own = own_group(mp, group);
	size_t server = 0;
	bool taken;

	if (own == PLAN_FREE)
		return -ENOENT;
	pthread_mutex_lock(&mp->lock);
	taken = take(mp, own, &server) && server >= mp->first;
	if (taken)
		mp->list[server - mp->first].state = PORT_TAKEN;
	pthread_mutex_unlock(&mp->lock);
	if (!taken)
		return -EAGAIN;
	fill_port(mp, server, ret);
	return 0;
}

/* Serving ----------------------------------------------------------------- */

static int fill_site(struct module_ports *mp, size_t server)
{
	const struct plan *plan = mp->heritage->plan;
	struct module_port *p = &mp->list[server - mp->first];
	const struct group *group = &plan->input.groups[plan->servers[server].group];
	struct address address;

	p->site = (struct site) {
		.group = group->name,
		.ip = group->ip,
		.port = plan->servers[server].port,
		.start_sequence_num = mp->heritage->slot,
		.core = plan->slots[mp->heritage->slot].core,
		.base_dir = mp->heritage->config->base_dir,
	};
	if (group->unix_path == NULL)
		return 0;
	plan_address(plan, server, &address);
	free(p->path);
	p->path = strdup(address.un.sun_path);
	p->site.ip = p->path;
	return p->path != NULL ? 0 : -ENOMEM;
}

static int open_port(struct module_ports *mp, size_t server, json_t *settings, struct error *e)
{
	struct module_port *p = &mp->list[server - mp->first];
	struct server_options options = {
		.listen_fd = mp->heritage->listen_fds[server],
		.site = &p->site,
		.kind = &module_app_kind,
		.settings = settings,
		.context = &p->context,
		.cell = board_cell(mp->board, mp->heritage->plan->servers[server].cell),
	};
	int r;

	if (listen(options.listen_fd, LISTEN_BACKLOG) < 0)
		return error_errno(e, errno, "%s:%d: listen", p->site.ip, p->site.port);
	r = serving_add_running(mp->serving, NULL, &options, e);
	if (r < 0)
		shutdown(options.listen_fd, SHUT_RDWR); /* nobody is to wait there */
	return r;
}

/* From TAKEN to SERVED, once. */
static int claim(struct module_ports *mp, size_t server)
{
	struct module_port *p;
	int r = 0;

	if (server < mp->first || server - mp->first >= mp->count)
		return -EINVAL;
	p = &mp->list[server - mp->first];
	pthread_mutex_lock(&mp->lock);
	if (p->state == PORT_NOT_OURS)
		r = -EINVAL;
	else if (p->state == PORT_SERVED)
		r = -EALREADY;
	else
		p->state = PORT_SERVED;
	pthread_mutex_unlock(&mp->lock);
	return r;
}

static void unclaim(struct module_ports *mp, size_t server)
{
	pthread_mutex_lock(&mp->lock);
	mp->list[server - mp->first].state = PORT_TAKEN;
	pthread_mutex_unlock(&mp->lock);
}

int module_ports_serve(struct module_ports *mp, eisen_toolbox *tb, const struct eisen_port *port,
		       const eisen_app *app, json_t *settings)
{
	struct error e = { 0 };
	int r = claim(mp, port->index);

	if (r < 0) {
		log_error("eisen_serve(): port %u %s", port->port,
			  r == -EALREADY ? "is served already"
					 : "was not given to this worker by eisen_port_take()");
		return r;
	}
	mp->list[port->index - mp->first].context =
		(struct module_context) { .toolbox = tb, .app = app };
	r = fill_site(mp, port->index);
	if (r < 0)
		error_set(&e, -r, "out of memory");
	else
		r = open_port(mp, port->index, settings, &e);
	if (r == 0)
		return 0;
	log_error("eisen_serve(): %s", e.text);
	unclaim(mp, port->index);
	return r;
}
