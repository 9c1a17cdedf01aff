/* api_fixture.c - see api_fixture.h. */
#include "tests/unit/api_fixture.h"

#include "common/clock.h"

#include <check.h>
#include <string.h>

static const char config[] =
	"{'PROCS_MAX': 4, 'port_groups': {"
	"'blue': {'START_SEQUENCE_NUM': 0, 'ports': '10-12', 'servers_per_worker': 2},"
	"'red': {'START_SEQUENCE_NUM': '1-2', 'ports': '20-21'}},"
	"'servers': [{'group': 'blue', 'app': {'kind': 'hello'}, 'threads': 2},"
	"{'group': 'red', 'app': {'kind': 'hello'}}]}";

static int stop(void *arg, struct error *e)
{
	struct api_fixture *f = arg;

	f->stops++;
	return f->stop_result == 0 ? 0 : error_set(e, -f->stop_result, "the manager is deaf");
}

void api_fixture_process(struct api_fixture *f, size_t slot, enum slot_state state, int pid)
{
	struct board_process *p = board_process(f->board, slot);

	p->state = state;
	p->pid = pid;
	if (pid != 0)
		board_set(&p->started_ns, clock_mono_ns());
}

void api_fixture_init(struct api_fixture *f)
{
	api_fixture_init_site(f, NULL);
}

void api_fixture_init_site(struct api_fixture *f, const char *site_dir)
{
	const struct api_context more = { .site_dir = site_dir };

	api_fixture_init_with(f, &more);
}

void api_fixture_init_with(struct api_fixture *f, const struct api_context *more)
{
	static const char *const hosts[] = { "panel.example", NULL };
	size_t server;

	*f = (struct api_fixture) { 0 };
	plan_fixture_init(&f->plan, config, 2); /* worker 3 is warned of */
	ck_assert_ptr_nonnull(f->plan.plan);
	f->plan.plan->input.feeder_count = more->feeder_count;
	ck_assert_int_eq(region_create(&f->region,
				       board_region_bytes(f->plan.plan) +
					       ports_region_bytes(f->plan.plan) +
					       deaths_region_bytes(),
				       NULL),
			 0);
	f->board = board_create(&f->region, f->plan.plan);
	f->ports = ports_create(&f->region, f->plan.plan);
	f->deaths = deaths_create(&f->region);
	ck_assert_int_eq(ports_take(f->ports, 0, 0, &server), PORTS_TAKEN);
	for (size_t i = 0; i < 4; i++)
		api_fixture_process(f, i, SLOT_READY, 100 + (int)i);
	f->context[API_HTTP] = (struct api_context) { .name = "test \"1\"",
						      .plan = f->plan.plan,
						      .board = f->board,
						      .ports = f->ports,
						      .deaths = f->deaths,
						      .queues = more->queues,
						      .feeders = more->feeders,
						      .feeder_count = more->feeder_count,
						      .results_db = more->results_db,
						      .result_label = more->result_label,
						      .hosts = hosts,
						      .stop = stop,
						      .stop_arg = f };
	f->context[API_CONTROL] = f->context[API_HTTP];
	f->context[API_CONTROL].control = true;
	f->context[API_HTTP].site_dir = more->site_dir;
	loop_fixture_init(&f->loop, 0, NULL);
	loop_fixture_add_kind(&f->loop, &api_app_kind, &f->context[API_HTTP]);
	loop_fixture_add_kind(&f->loop, &api_app_kind, &f->context[API_CONTROL]);
	loop_fixture_start(&f->loop);
	loop_fixture_connect(&f->loop, API_HTTP, &f->client);
}

void api_fixture_release(struct api_fixture *f)
{
	http_client_close(&f->client);
	loop_fixture_drain(&f->loop, 0);
	loop_fixture_release(&f->loop);
	region_detach(&f->region);
	plan_fixture_release(&f->plan);
}

void api_fixture_ask(struct api_fixture *f, int where, const char *method, const char *path,
		     const char *host, struct http_reply *ret)
{
	AUTO_BUF struct buf request = BUF_INIT(4096);

	http_client_close(&f->client);
	loop_fixture_connect(&f->loop, (size_t)where, &f->client);
	buf_addf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", method, path, host);
	http_client_send(&f->client, buf_text(&request));
	ck_assert(http_client_reply(&f->client, strcmp(method, "HEAD") == 0, ret));
}

long long api_fixture_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_integer(value), "no integer: %s", key);
	return json_integer_value(value);
}

const char *api_fixture_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	ck_assert_msg(json_is_string(value), "no string: %s", key);
	return json_string_value(value);
}
