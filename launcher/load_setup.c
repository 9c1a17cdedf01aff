/* load_setup.c - see load_setup.h. */
#include "launcher/load_setup.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/load_layout.h"
#include "launcher/load_run.h"
#include "launcher/text.h"
#include "portmap/cpus.h"

#include <string.h>

#define INTERVAL_NS (100 * CLOCK_NS_PER_MS) /* of the time series, or longer */
#define FDS_OTHER 64                        /* for all but connections */
#define FDS_PER_THREAD 4

/* Paths ------------------------------------------------------------------------ */

/* A URL's "/" is a path when there is no other. */
static bool has_path(const struct load_layout *l)
{
	return l->path != NULL && strcmp(l->path, "/") != 0;
}

static int join_paths(struct load_setup *s, const struct load_layout *l,
		      const struct request_options *options, struct error *e)
{
	s->paths = calloc(options->path_count + 1, sizeof(*s->paths));
	if (s->paths == NULL)
		return error_set(e, ENOMEM, "out of memory");
	if (has_path(l))
		s->paths[s->path_count++] = l->path;
	for (size_t i = 0; i < options->path_count; i++)
		s->paths[s->path_count++] = options->paths[i];
	if (s->path_count == 0)
		s->paths[s->path_count++] = "/";
	return 0;
}

static int make_request(struct load_setup *s, const struct load_layout *l,
			const struct load_wish *wish, struct error *e)
{
	struct request_options options = wish->request;
	int r = join_paths(s, l, &options, e);

	options.paths = s->paths;
	options.path_count = s->path_count;
	return r < 0 ? r : load_request_new(&s->request, &options, e);
}

/* Connections ------------------------------------------------------------------ */

static int too_few(unsigned connections, size_t targets, bool groups, struct error *e)
{
	return error_set(e, EINVAL,
			 "%u connection%s for %zu ports: each wants one at least, so %zu or "
			 "more%s",
			 connections, text_plural(connections), targets, targets,
			 groups ? ", or fewer ports with --groups" : "");
}

static int choose_connections(unsigned *ret, const struct load_layout *l, unsigned wish, bool own,
			      struct error *e)
{
	size_t each = (LOAD_CONNECTIONS_DEFAULT + l->target_count - 1) / l->target_count;
	size_t connections = wish > 0 ? wish : each * l->target_count;

	if (connections < l->target_count)
		return too_few(wish, l->target_count, own && l->group_count > 1, e);
	if (connections > LOAD_CONNECTIONS_MAX)
		return error_set(e, EINVAL, "%zu connections: at most %d", connections,
				 LOAD_CONNECTIONS_MAX);
	*ret = (unsigned)connections;
	return 0;
}

/* Threads ---------------------------------------------------------------------- */

static int choose_cores(struct load_setup *s, const struct load_layout *l,
			const struct load_wish *wish, bool own, struct error *e)
{
	const struct load_cores_wish cores = {
		.threads = wish->threads,
		.targets = wish->threads_max > 0 ? MIN(l->target_count, (size_t)wish->threads_max)
						 : l->target_count,
		.occupied = own ? l->cores : NULL,
		.occupied_count = l->core_count,
	};
	struct cpus cpus;
	int r = cpus_detect(&cpus, NULL, NULL, e);

	if (r < 0)
		return r;
	r = load_cores_choose(&s->cores, &cpus, &cores, e);
	cpus_release(&cpus);
	return r;
}

static int raise_limit(const struct load_job *job, struct error *e)
{
	uint64_t need = job->connections + job->threads * FDS_PER_THREAD + FDS_OTHER;
	int r = fd_raise_limit(need, e);

	return r < 0 ? error_prefix(e, "%u connections", job->connections) : 0;
}

/* In no more than LOAD_INTERVALS_MAX parts. */
static uint64_t choose_interval(uint64_t duration_ns)
{
	uint64_t least = duration_ns / LOAD_INTERVALS_MAX + 1;

	return MIN(MAX(least, INTERVAL_NS), duration_ns);
}

static int make(struct load_setup *s, const struct load_layout *l, const struct load_wish *wish,
		bool own, struct error *e)
{
	unsigned connections = 0;
	int r = choose_connections(&connections, l, wish->connections, own, e);

	if (r == 0)
		r = make_request(s, l, wish, e);
	if (r == 0)
		r = choose_cores(s, l, wish, own, e);
	if (r < 0)
		return r;
	s->job = (struct load_job) {
		.targets = l->targets,
		.target_count = l->target_count,
		.group_count = l->group_count,
		.request = s->request,
		.connections = connections,
		.threads = s->cores.threads,
		.rate = wish->rate,
		.close = wish->request.close,
		.warm_up_ns = wish->warm_up_ns,
		.duration_ns = wish->duration_ns,
		.timeout_ns = wish->timeout_ns,
		.interval_ns = choose_interval(wish->duration_ns),
		.pin = s->cores.pin,
	};
	return raise_limit(&s->job, e);
}

int load_setup_make(struct load_setup *ret, const struct load_layout *l,
		    const struct load_wish *wish, bool own, struct error *e)
{
	struct load_setup s = { .paths = NULL };
	int r = make(&s, l, wish, own, e);

	if (r < 0) {
		load_setup_release(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void load_setup_release(struct load_setup *s)
{
	load_request_free(s->request);
	load_cores_release(&s->cores);
	free(s->paths);
	*s = (struct load_setup) { .paths = NULL };
}
