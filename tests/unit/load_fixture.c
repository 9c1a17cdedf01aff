/* load_fixture.c - see load_fixture.h. */
#include "tests/unit/load_fixture.h"

#include "common/cc.h"
#include "common/error.h"

#include <check.h>
#include <poll.h>

void load_fixture_init(struct load_fixture *f, const struct address *address)
{
	*f = (struct load_fixture) {
		.job = {
			.group_count = 1,
			.connections = 1,
			.threads = 1,
			.duration_ns = 60 * CLOCK_NS_PER_S,
			.timeout_ns = 60 * CLOCK_NS_PER_S,
			.interval_ns = CLOCK_NS_PER_S,
		},
	};
	load_fixture_add(f, address);
}

void load_fixture_add(struct load_fixture *f, const struct address *address)
{
	struct load_target *t = &f->targets[f->job.target_count++];

	ck_assert_uint_le(f->job.target_count, LOAD_FIXTURE_TARGETS_MAX);
	t->address = *address;
	address_format(address, t->host, sizeof(t->host));
	if (address->any.sa_family == AF_UNIX)
		snprintf(t->host, sizeof(t->host), "localhost");
}

void load_fixture_request(struct load_fixture *f)
{
	struct error e = { 0 };

	f->job.targets = f->targets;
	f->options.close = f->job.close;
	ck_assert_msg(load_request_new(&f->request, &f->options, &e) == 0, "%s", e.text);
	f->job.request = f->request;
}

static void stop(void *engine)
{
	load_engine_stop(engine);
}

void load_fixture_make(struct load_fixture *f, struct scripted_server *server)
{
	struct error e = { 0 };

	load_fixture_request(f);
	ck_assert_msg(load_engine_new(&f->engine, &f->job, 0, &e) == 0, "%s", e.text);
	f->stats = load_engine_stats(f->engine);
	f->target = &f->stats->targets[0];
	if (server == NULL)
		return;
	server->stop_arg = f->engine;
	server->stop = stop;
}

void load_fixture_run(struct load_fixture *f, struct scripted_server *server)
{
	struct load_times times;
	struct error e = { 0 };

	load_fixture_make(f, server);
	times.start_ns = clock_mono_ns();
	ck_assert_msg(load_engine_run(f->engine, &times, &e) == 0, "%s", e.text);
}

struct load_drive *load_fixture_start(struct load_fixture *f)
{
	struct load_drive *drive;
	struct error e = { 0 };

	load_fixture_request(f);
	ck_assert_msg(load_drive_start(&drive, &f->job, &e) == 0, "%s", e.text);
	return drive;
}

struct load_progress load_fixture_progress(const struct load_drive *drive)
{
	struct pollfd p = { .fd = load_drive_fd(drive), .events = POLLIN };
	struct load_progress progress;

	ck_assert_int_ge(poll(&p, 1, 1), 0);
	load_drive_progress(drive, &progress);
	return progress;
}

void load_fixture_finish(struct load_fixture *f, struct load_drive *drive)
{
	struct error e = { 0 };

	ck_assert_msg(load_drive_finish(drive, &f->sums, &e) == 0, "%s", e.text);
	f->stats = &f->sums;
	f->target = &f->stats->targets[0];
	load_drive_free(drive);
}

void load_fixture_until(struct load_fixture *f, uint64_t answered, uint64_t errors)
{
	struct load_drive *drive = load_fixture_start(f);
	struct load_progress progress;

	do
		progress = load_fixture_progress(drive);
	while (progress.answered < answered || progress.errors < errors);
	load_drive_stop(drive);
	load_fixture_finish(f, drive);
}

void load_fixture_release(struct load_fixture *f)
{
	load_stats_release(&f->sums);
	load_engine_free(f->engine);
	load_request_free(f->request);
}
