/* status.c - the status role: the status endpoint and the control socket.
 *
 * A process of its own, so that whoever asks for the state of things cannot
 * slow or harm a worker or the manager. Both sockets serve the same API; only
 * the control socket may ask for changes, which go to the manager as reports.
 * Each has a loop of its own: however many keep the status port busy, our
 * user's 'eisen stop' gets in.
 */
#include "common/error.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "launcher/role.h"
#include "launcher/serving.h"
#include "portmap/board.h"
#include "portmap/deaths.h"
#include "portmap/ports.h"
#include "servers/api.h"
#include "servers/loop.h"

#include <limits.h>
#include <string.h>

/* A reply may be large (16 MiB for 65536 servers), and its reader slow. */
#define STATUS_CONNECTIONS_MAX 256

static int ask_stop(void *arg, struct error *e ATTR_UNUSED)
{
	heritage_report(arg, REPORT_STOP);
	return 0;
}

/* The folder of the welcome site, absolute, once its first page is there. */
static const char *find_site(char *ret)
{
	const char *dir = getenv("EISEN_STATIC_PATH");
	char path[PATH_MAX];

	if (dir == NULL || dir[0] == '\0')
		dir = PKGDATADIR "/static";
	snprintf(path, sizeof(path), "%s/welcome/index.html", dir);
	if (access(path, R_OK) < 0)
		return NULL;
	*strrchr(path, '/') = '\0';
	return realpath(path, ret);
}

/* What the endpoint shows of the work; all empty where there is none. */
struct work_view {
	struct queues queues;
	struct api_feeder *feeders; /* owned */
};

static void describe_feeder(const struct heritage *h, size_t index, struct api_feeder *ret)
{
	const struct config_feeder *feeder = &h->config->work.feeders[index];
	const json_t *rows = json_object_get(json_array_get(h->feeders, index), "rows");

	*ret = (struct api_feeder) {
		.name = feeder->name,
		.queue = feeder->queue,
		.generator = json_object_iter_key(json_object_iter(feeder->generator)),
		.rows = json_is_integer(rows) ? (uint64_t)json_integer_value(rows)
					      : API_ROWS_UNKNOWN,
	};
}

static int open_work(const struct heritage *h, struct work_view *work, struct api_context *ret,
		     struct error *e)
{
	size_t count = h->config->work.feeder_count;
	int r;

	if (h->owner == 0)
		return 0;
	r = queues_attach(&work->queues, &h->region, h->owner, NULL, e);
	if (r < 0)
		return r;
	work->feeders = calloc(MAX(count, 1), sizeof(*work->feeders));
	if (work->feeders == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		describe_feeder(h, i, &work->feeders[i]);
	ret->queues = &work->queues;
	ret->feeders = work->feeders;
	ret->feeder_count = count;
	ret->results_db = h->results_db;
	ret->result_label = h->config->work.result_label;
	return 0;
}

static void close_work(struct work_view *work)
{
	queues_detach(&work->queues);
	free(work->feeders);
}

static int fill_context(const struct heritage *h, struct api_context *ret, struct error *e)
{
	*ret = (struct api_context) {
		.name = h->name,
		.plan = h->plan,
		.board = board_attach(&h->region),
		.ports = ports_attach(&h->region),
		.deaths = deaths_attach(&h->region),
		.hosts = (const char *const *)h->config->status.hosts,
		.stop = ask_stop,
		.stop_arg = (void *)h,
	};
	if (ret->board == NULL || ret->ports == NULL || ret->deaths == NULL)
		return error_set(e, EINVAL, "the shared region is incomplete");
	return 0;
}

static int add_endpoints(struct serving *s, const struct heritage *h, const struct site *site,
			 const struct api_context *http, const struct api_context *control,
			 struct error *e)
{
	/* No cell: its own requests are nobody's load, they stay off the board. */
	struct server_options options = {
		.listen_fd = h->status_fd, .site = site, .kind = &api_app_kind, .context = http
	};
	int r = serving_add(s, 0, &options, e);

	options.listen_fd = h->control_fd;
	options.context = control;
	return r < 0 ? r : serving_add(s, 1, &options, e);
}

int status_run(const struct heritage *h)
{
	struct site site = { .group = "status",
			     .ip = h->config->status.ip,
			     .port = h->config->status.port,
			     .start_sequence_num = -1,
			     .core = -1 };
	struct config limited = *h->config;
	struct heritage mine = *h;
	struct api_context http, control;
	struct work_view work = { 0 };
	char site_dir[PATH_MAX];
	struct serving *s = NULL;
	struct error e = { 0 };
	int status = EXIT_FAILURE;
	int r = fill_context(h, &http, &e);

	limited.access_log.file = NULL; /* what watches is no visit */
	limited.connections_max = MIN(limited.connections_max, STATUS_CONNECTIONS_MAX);
	mine.config = &limited;

	if (r == 0)
		r = open_work(h, &work, &http, &e);
	control = http;
	control.control = true;
	http.site_dir = find_site(site_dir);
	if (r == 0)
		r = serving_new(&mine, 2, &s, &e);
	if (r == 0)
		r = add_endpoints(s, h, &site, &http, &control, &e);
	if (r < 0)
		log_error("status endpoint: %s", e.text);
	else
		status = serving_run(s);
	serving_free(s);
	close_work(&work);
	return status;
}
