/* load_board.c - see load_board.h. */
#include "launcher/load_board.h"

#include "common/clock.h"
#include "common/error.h"
#include "launcher/client.h"
#include "launcher/load_layout.h"

#include <poll.h>

#define LOOK_AGAIN_MS 20
#define SETTLE_NS (5 * CLOCK_NS_PER_S)

int load_board_read(const struct rundir *rd, json_t **ret, struct error *e)
{
	json_t *workers = NULL;
	int r = client_call(rd, "GET", "/api/workers", &workers, e);

	if (r < 0)
		return r;
	if (!json_is_array(workers)) {
		json_decref(workers);
		return error_set(e, EPROTO, "the instance's workers are no list");
	}
	*ret = workers;
	return 0;
}

static uint64_t count_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static const json_t *server_at(const json_t *workers, size_t worker, size_t server)
{
	return json_array_get(json_object_get(json_array_get(workers, worker), "servers"), server);
}

static bool worker_is_still(const struct load_layout *l, const json_t *earlier, const json_t *now,
			    size_t worker)
{
	const json_t *server, *before;

	for (size_t i = 0; (server = server_at(now, worker, i)) != NULL; i++) {
		before = server_at(earlier, worker, i);
		if (load_layout_target(l, server) != SIZE_MAX &&
		    (count_of(server, "active") > 0 ||
		     count_of(server, "requests") != count_of(before, "requests")))
			return false;
	}
	return true;
}

bool load_board_is_still(const struct load_layout *l, const json_t *earlier, const json_t *now)
{
	for (size_t i = 0; i < json_array_size(now); i++)
		if (!worker_is_still(l, earlier, now, i))
			return false;
	return true;
}

int load_board_settle(const struct load_layout *l, const struct rundir *rd, int pid_fd,
		      json_t **ret, struct error *e)
{
	uint64_t deadline = clock_mono_ns() + SETTLE_NS;
	json_t *earlier = NULL, *now = NULL;
	bool still = false;
	int r = load_board_read(rd, &now, e);

	while (r == 0 && !still && clock_mono_ns() < deadline) {
		struct pollfd end = { .fd = pid_fd, .events = POLLIN };

		poll(&end, 1, LOOK_AGAIN_MS);
		json_decref(earlier);
		earlier = now;
		now = NULL;
		r = load_board_read(rd, &now, e);
		still = r == 0 && load_board_is_still(l, earlier, now);
	}
	json_decref(earlier);
	if (r < 0)
		return r;
	*ret = now;
	return 0;
}

static uint64_t rise(const json_t *before, const json_t *after, const char *key)
{
	uint64_t from = count_of(before, key), to = count_of(after, key);

	return to > from ? to - from : 0;
}

/* Those of a worker; their sum. */
static uint64_t count_servers(struct load_layout *l, const json_t *before, const json_t *after,
			      size_t worker)
{
	const json_t *server;
	uint64_t sum = 0;

	for (size_t i = 0; (server = server_at(after, worker, i)) != NULL; i++) {
		uint64_t n = rise(server_at(before, worker, i), server, "requests");
		size_t target = load_layout_target(l, server);

		sum += n;
		if (target == SIZE_MAX)
			continue;
		l->ports[target].counted = true;
		l->ports[target].server_requests += n;
	}
	return sum;
}

static struct report_worker *find_worker(struct load_layout *l, const json_t *worker)
{
	json_int_t number = json_integer_value(json_object_get(worker, "START_SEQUENCE_NUM"));

	for (size_t i = 0; i < l->worker_count; i++)
		if (l->workers[i].number == number)
			return &l->workers[i];
	return NULL;
}

void load_board_difference(struct load_layout *l, const json_t *before, const json_t *after)
{
	const json_t *worker;
	size_t i;

	json_array_foreach(after, i, worker)
	{
		struct report_worker *w = find_worker(l, worker);
		uint64_t sum = count_servers(l, before, after, i);

		if (w == NULL)
			continue;
		w->counted = true;
		w->server_requests = sum;
		w->restarts = rise(json_array_get(before, i), worker, "restarts");
	}
}
