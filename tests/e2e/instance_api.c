/* instance_api.c - what a running eisen says of itself; see harness.h. */
#include "tests/e2e/harness.h"

#include "tests/e2e/await.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"

#include <signal.h>
#include <string.h>

/* Its pid, 0 for none. */
static pid_t pid_of(const json_t *worker)
{
	return (pid_t)json_integer_value(json_object_get(worker, "pid"));
}

const char *instance_control(const struct instance *in)
{
	return keep_printf("%s/control.sock", in->run_dir);
}

json_t *instance_get(const struct instance *in, const char *path)
{
	const struct http_call call = {
		.url = keep_printf("http://localhost%s", path),
		.unix_path = instance_control(in),
	};
	struct http_reply reply;

	http_do(&call, &reply);
	ck_assert_msg(reply.result == CURLE_OK && reply.status == 200, "GET %s: %s, %ld %s", path,
		      curl_easy_strerror(reply.result), reply.status, reply.body);
	return keep_json(json_loads(reply.body, 0, NULL));
}

json_t *instance_worker(const struct instance *in, int slot)
{
	json_t *workers = instance_get(in, "/api/workers");

	return json_array_get(workers, (size_t)slot);
}

long instance_worker_number(const struct instance *in, int slot, const char *key)
{
	return (long)json_integer_value(json_object_get(instance_worker(in, slot), key));
}

bool instance_worker_is(const struct instance *in, int slot, const char *state)
{
	const json_t *now = json_object_get(instance_worker(in, slot), "state");

	return now != NULL && strcmp(json_string_value(now), state) == 0;
}

bool instance_all_ready(const struct instance *in)
{
	json_t *workers = instance_get(in, "/api/workers");
	json_t *worker;
	size_t i;

	json_array_foreach(workers, i, worker)
	{
		const char *state = json_string_value(json_object_get(worker, "state"));

		if (state == NULL || strcmp(state, "ready") != 0)
			return false;
	}
	return json_array_size(workers) > 0;
}

bool instance_worker_is_new(const struct instance *in, int slot, pid_t before)
{
	const json_t *worker = instance_worker(in, slot);
	pid_t now = pid_of(worker);

	return strcmp(json_string_value(json_object_get(worker, "state")), "ready") == 0 &&
	       now > 0 && now != before;
}

pid_t instance_kill_worker(const struct instance *in, int slot, int signal)
{
	pid_t pid;

	await((pid = pid_of(instance_worker(in, slot))) > 0);
	kill(pid, signal);
	return pid;
}

void instance_push_into_backoff(const struct instance *in, int slot, int wait_ms)
{
	uint64_t deadline = await_deadline(AWAIT_MS);

	for (;;) {
		const json_t *worker = instance_worker(in, slot);
		const char *state = json_string_value(json_object_get(worker, "state"));
		double next_s = json_number_value(json_object_get(worker, "next_try_s"));

		if (next_s * 1000 >= wait_ms)
			return;
		/* Not SIGSEGV, which a sanitizer takes for its own. */
		if (strcmp(state, "ready") == 0)
			kill(pid_of(worker), SIGABRT);
		await_again(deadline, "a long back-off", __FILE__, __LINE__);
	}
}
