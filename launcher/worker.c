/* worker.c - the worker role: the servers of one slot, on its core.
 *
 * A slot without servers and without modules has nothing to do: it says so and
 * ends. Modules run on the main thread, the servers then beside it.
 */
#include "common/error.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/kept.h"
#include "launcher/module_ports.h"
#include "launcher/role.h"
#include "launcher/serving.h"
#include "launcher/working.h"
#include "portmap/board.h"
#include "portmap/cpus.h"
#include "portmap/plan.h"
#include "servers/loop.h"

#include <string.h>

/* What the servers borrow for their life. */
struct worker {
	const struct heritage *heritage;
	const struct plan_slot *slot;
	struct serving *serving;
	struct working *working; /* NULL: none is needed */
	struct kept *kept;       /* the same */
	struct site *sites;      /* one per server */
	char **paths;            /* of Unix sockets; NULL for the others */
};

/* The loops; modules may serve later, on the shared one. */
static size_t count_threads(const struct config *config, const struct plan *plan,
			    const struct plan_slot *slot)
{
	size_t threads = 0, shared = module_ports_wanted(config);

	for (size_t i = 0; i < slot->count; i++) {
		unsigned own = plan->servers[slot->first + i].threads;

		threads += own;
		if (own == 0)
			shared = 1;
	}
	return threads + shared;
}

/* With a connection for each of its loops, or it would serve nobody. */
size_t worker_fds_min(const struct config *config, const struct plan *plan, size_t slot)
{
	struct heritage h = {
		.role = ROLE_WORKER, .slot = (int)slot, .config = config, .plan = plan
	};
	size_t threads = count_threads(config, plan, &plan->slots[slot]);

	return serving_fd_count(heritage_fd_count(&h), threads) + threads;
}

static int fill_site(struct worker *w, size_t i, struct error *e)
{
	const struct plan *plan = w->heritage->plan;
	const struct plan_server *server = &plan->servers[w->slot->first + i];
	const struct group *group = &plan->input.groups[server->group];
	struct site *site = &w->sites[i];
	struct address address;

	site->group = group->name;
	site->port = server->port;
	site->start_sequence_num = w->heritage->slot;
	site->core = w->slot->core;
	site->ip = group->ip;
	site->base_dir = w->heritage->config->base_dir;
	if (group->unix_path == NULL)
		return 0;
	plan_address(plan, w->slot->first + i, &address);
	w->paths[i] = strdup(address.un.sun_path);
	site->ip = w->paths[i];
	return w->paths[i] != NULL ? 0 : error_set(e, ENOMEM, "out of memory");
}

static int add_server(struct worker *w, struct board *board, size_t i, struct error *e)
{
	const struct plan *plan = w->heritage->plan;
	const struct plan_server *server = &plan->servers[w->slot->first + i];
	const json_t *settings = plan->input.entries[server->entry].app;
	struct server_options options = {
		.listen_fd = w->heritage->listen_fds[w->slot->first + i],
		.site = &w->sites[i],
		.kind = app_kind_find(json_string_value(json_object_get(settings, "kind"))),
		.settings = settings,
		.context = w->working != NULL ? working_context(w->working) : NULL,
		.cell = board_cell(board, server->cell),
	};
	const char *queue = app_work(settings);
	int r = fill_site(w, i, e);

	if (r == 0 && queue != NULL)
		r = kept_add(w->kept, queue, (unsigned)i, server->threads, &w->sites[i], &options,
			     e);
	else if (r == 0)
		r = serving_add(w->serving, server->threads, &options, e);
	if (r < 0)
		error_prefix(e, "port %u of group %s", server->port, w->sites[i].group);
	return r;
}

static int add_servers(struct worker *w, struct error *e)
{
	struct board *board = board_attach(&w->heritage->region);
	int r = 0;

	w->sites = calloc(w->slot->count + 1, sizeof(*w->sites));
	w->paths = calloc(w->slot->count + 1, sizeof(*w->paths));
	if (board == NULL || w->sites == NULL || w->paths == NULL) {
		error_set(e, ENOMEM, "out of memory, or no board in the shared region");
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < w->slot->count; i++)
		r = add_server(w, board, i, e);
	return r;
}

static int open_serving(struct worker *w, struct error *e)
{
	const struct heritage *h = w->heritage;
	struct serving_place place;
	int r = serving_new(h, count_threads(h->config, h->plan, w->slot), &w->serving, e);

	if (r == 0 && module_ports_wanted(h->config))
		r = serving_reserve(w->serving, 0, &place, e);
	return r;
}

/* A module that cannot be loaded could not be by another worker either. */
static int open_working(struct worker *w, struct error *e)
{
	int r = working_open(w->heritage, w->serving, &w->working, e);

	if (r < 0) {
		heritage_report(w->heritage, REPORT_FAILED);
		return r;
	}
	return kept_new(working_queues(w->working), w->serving, w->slot->count, &w->kept, e);
}

static int open_all(struct worker *w, struct error *e)
{
	int r = open_serving(w, e);

	if (r == 0 && working_wanted(w->heritage->config))
		r = open_working(w, e);
	if (r == 0)
		r = add_servers(w, e);
	return r == 0 && w->kept != NULL ? kept_start(w->kept, e) : r;
}

static void worker_release(struct worker *w)
{
	kept_stop(w->kept);
	working_stop(w->working);
	serving_free(w->serving);
	kept_free(w->kept);
	working_close(w->working);
	for (size_t i = 0; w->paths != NULL && i < w->slot->count; i++)
		free(w->paths[i]);
	free(w->paths);
	free(w->sites);
}

static void pin(const struct worker *w)
{
	int r = cpus_pin(&w->heritage->cpus->cores[w->slot->core_index]);

	if (r < 0)
		log_warning("cannot pin to core %d: %s", w->slot->core, strerror(-r));
}

static int run(struct worker *w)
{
	struct serving_beside beside;

	if (w->heritage->config->work.module_count == 0)
		return serving_run(w->serving);
	beside = working_beside(w->working);
	return serving_run_beside(w->serving, &beside);
}

int worker_run(const struct heritage *h)
{
	struct worker w = { .heritage = h, .slot = &h->plan->slots[h->slot] };
	bool has_modules = h->config->work.module_count > 0;
	struct error e = { 0 };
	int status;

	if (w.slot->count == 0 && !has_modules) {
		heritage_report(h, REPORT_FINISHED);
		return EXIT_SUCCESS;
	}
	if (h->config->pin)
		pin(&w);
	if (open_all(&w, &e) < 0) {
		log_error("%s", e.text);
		status = EXIT_FAILURE;
	} else {
		status = run(&w);
	}
	worker_release(&w);
	return status;
}
