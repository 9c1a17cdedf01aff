/* load_fixture.c - see load_fixture.h. */
#include "tests/unit/load_fixture.h"

#include "common/cc.h"
#include "common/error.h"

#include <check.h>

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
	struct load_times times = { .start_ns = clock_mono_ns() };
	struct error e = { 0 };

	load_fixture_make(f, server);
	ck_assert_msg(load_engine_run(f->engine, &times, &e) == 0, "%s", e.text);
}

void load_fixture_release(struct load_fixture *f)
{
	load_engine_free(f->engine);
	load_request_free(f->request);
}
