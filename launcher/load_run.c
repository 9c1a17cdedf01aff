/* load_run.c - see load_run.h. */
#include "launcher/load_run.h"

#include "common/clock.h"
#include "common/error.h"
#include "launcher/client.h"
#include "launcher/load_board.h"
#include "launcher/load_instance.h"
#include "launcher/load_layout.h"
#include "launcher/load_sample.h"
#include "launcher/load_setup.h"
#include "launcher/load_watch.h"
#include "load/drive.h"
#include "load/report.h"
#include "load/stats.h"

#include <string.h>

struct run {
	const struct load_source *source;
	const struct load_wish *wish;
	bool has_instance;
	struct load_instance instance;
	struct load_layout layout;
	struct load_setup setup;
	struct load_drive *drive;
	struct load_samples samples;
	struct load_stats stats;
	struct load_watch watch;
	json_t *before; /* the board's workers */
	char started[CLOCK_STAMP_BYTES];
	uint64_t memory_bytes;
};

/* Who is driven ---------------------------------------------------------------- */

static int get_layout(struct run *run, struct error *e)
{
	const char *name;
	json_t *status;
	int r = client_call(&run->instance.rundir, "GET", "/api/status", &status, e);

	if (r < 0)
		return r;
	name = json_string_value(json_object_get(status, "name"));
	if (name == NULL)
		name = "layout";
	r = load_layout_read(&run->layout, name, json_object_get(status, "workers"),
			     run->wish->groups, run->wish->group_count, e);
	if (r < 0)
		error_prefix(e, "%s", name);
	json_decref(status);
	return r;
}

static int reach(struct run *run, struct error *e)
{
	const struct load_source *source = run->source;
	int r;

	if (source->url_count > 0)
		return load_layout_from_urls(&run->layout, source->urls, source->url_count, e);
	if (source->attach)
		r = load_instance_attach(&run->instance, &source->instance, e);
	else
		r = load_instance_start(&run->instance, source->file, run->watch.stop_fd, e);
	if (r < 0)
		return r;
	run->has_instance = true;
	return get_layout(run, e);
}

/* The drive -------------------------------------------------------------------- */

static int look_before(struct run *run, struct error *e)
{
	return run->has_instance ? load_board_read(&run->instance.rundir, &run->before, e) : 0;
}

static int start_samples(struct run *run, struct error *e)
{
	const struct load_job *job = &run->setup.job;
	struct load_progress progress;

	if (!run->has_instance)
		return 0;
	load_drive_progress(run->drive, &progress);
	run->watch.samples = &run->samples;
	return load_samples_init(&run->samples, &run->layout, run->before,
				 progress.measured_from_ns, job->duration_ns, job->interval_ns, e);
}

static int drive(struct run *run, struct error *e)
{
	int r;

	clock_stamp(run->started, sizeof(run->started));
	r = load_drive_start(&run->drive, &run->setup.job, e);
	if (r < 0)
		return r;
	run->watch.drive = run->drive;
	run->watch.instance = run->has_instance ? &run->instance : NULL;
	r = start_samples(run, e);
	if (r == 0)
		r = load_watch(&run->watch, e);
	if (r < 0)
		return r;
	run->memory_bytes = load_sample_rss(getpid());
	if (run->watch.lost)
		return load_instance_lost(&run->instance, e);
	return load_drive_finish(run->drive, &run->stats, e);
}

static int look_after(struct run *run, struct error *e)
{
	json_t *after;
	int r;

	if (!run->has_instance)
		return 0;
	r = load_board_settle(&run->layout, &run->instance.rundir, run->instance.pid_fd, &after, e);
	if (r < 0) { /* what was measured is ours all the same */
		load_samples_report(&run->samples, run->layout.workers);
		cli_error("%s: the servers' own counts are not in the report: %s", run->layout.name,
			  e->text);
		return 0;
	}
	load_board_difference(&run->layout, run->before, after);
	load_samples_find(&run->samples, after); /* for what they hold now */
	load_samples_report(&run->samples, run->layout.workers);
	json_decref(after);
	return 0;
}

/* The report ------------------------------------------------------------------- */

static int report(const struct run *run, json_t **ret, struct error *e)
{
	const struct load_setup *setup = &run->setup;
	const struct load_layout *l = &run->layout;
	const struct report_input input = {
		.name = l->name,
		.started = run->started,
		.version = PACKAGE_VERSION,
		.job = &setup->job,
		.stats = &run->stats,
		.method = load_request_method(setup->request),
		.paths = setup->paths,
		.path_count = setup->path_count,
		.body_bytes = run->wish->request.body_bytes,
		.group_names = l->group_names,
		.ports = l->ports,
		.workers = l->workers,
		.worker_count = l->worker_count,
		.sample_s = (double)setup->job.interval_ns / (double)CLOCK_NS_PER_S,
		.sample_count = load_samples_count(&run->samples),
		.interrupted = run->watch.interrupted,
		.engine_shares_cores = setup->cores.shared,
		.engine_cpus = setup->cores.numbers,
		.engine_cpu_count = setup->cores.count,
		.engine_memory_bytes = run->memory_bytes,
	};

	*ret = report_make(&input);
	return *ret != NULL ? 0 : error_set(e, ENOMEM, "out of memory");
}

static int measure(struct run *run, json_t **ret, struct error *e)
{
	int r = reach(run, e);

	if (r == 0)
		r = load_setup_make(&run->setup, &run->layout, run->wish, run->has_instance, e);
	if (r == 0)
		r = look_before(run, e);
	if (r == 0)
		r = drive(run, e);
	if (r == 0)
		r = look_after(run, e);
	return r < 0 ? r : report(run, ret, e);
}

/* In the order in which they borrow from each other; the threads end first. */
static void release(struct run *run)
{
	load_drive_free(run->drive);
	load_instance_release(&run->instance);
	load_stats_release(&run->stats);
	load_samples_release(&run->samples);
	load_setup_release(&run->setup);
	load_layout_release(&run->layout);
	json_decref(run->before);
}

int load_run(const struct load_source *source, const struct load_wish *wish, int stop_fd,
	     load_show_fn *show, void *arg, json_t **ret, struct error *e)
{
	struct run run = {
		.source = source,
		.wish = wish,
		.instance = LOAD_INSTANCE_NONE,
		.watch = { .stop_fd = stop_fd, .show = show, .arg = arg },
	};
	json_t *document = NULL;
	int r = measure(&run, &document, e);

	release(&run);
	if (r < 0)
		return r;
	*ret = document;
	return 0;
}
