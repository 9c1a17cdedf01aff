/* prepare.c - see prepare.h.
 *
 * The process answers with one JSON document on a pipe: {"problems": [[path,
 * text], …], "feeders": [{fingerprint, rows}, …], "rows_stored": n}.
 */
#include "launcher/prepare.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "launcher/manager.h"
#include "launcher/rundir.h"
#include "launcher/text.h"
#include "work/generator.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ANSWER_BYTES_MAX (8u << 20)
#define FINGERPRINT_BYTES_MAX 65536

/* In the process -------------------------------------------------------- */

struct look {
	const struct manager_options *options;
	json_t *problems, *feeders;
	uint64_t rows_stored;
};

static void report(struct look *l, const char *path, const struct error *e)
{
	json_array_append_new(l->problems, json_pack("[s, s]", path, e->text));
}

/* One that cannot be read again is left alone: opening might begin it. */
static json_t *look_at_feeder(struct look *l, size_t index)
{
	const struct config *config = l->options->config;
	const struct config_feeder *feeder = &config->work.feeders[index];
	AUTO_BUF struct buf fingerprint = BUF_INIT(FINGERPRINT_BYTES_MAX);
	char at[FIELDS_PATH_BYTES], base[FIELDS_PATH_BYTES];
	struct generator *g = NULL;
	struct error e = { 0 };
	uint64_t rows;

	if (!config_feeder_replays(feeder))
		return json_pack("{s:n, s:n}", "fingerprint", "rows");
	if (generator_open(feeder->generator, config->base_dir, &g, &e) < 0) {
		fields_path_index(base, sizeof(base), "feeders", index);
		fields_path_key(at, sizeof(at), base, "generator");
		report(l, at, &e);
		return json_null();
	}
	generator_fingerprint(g, &fingerprint);
	rows = generator_rows(g);
	generator_close(g);
	return json_pack("{s:s, s:o}", "fingerprint", buf_text(&fingerprint), "rows",
			 rows == GENERATOR_ROWS_UNKNOWN ? json_null()
							: json_integer((json_int_t)rows));
}

static int look_at_queue(struct look *l, struct results *r, size_t index, struct error *e)
{
	struct results_queue queue;
	struct results_counts counts;
	int err = 0;

	prepared_queue(&l->options->config->work, index, l->feeders, &queue);
	if (l->options->results_mode == RESULTS_RESUME)
		err = results_resumable(r, &queue, e);
	if (err == 0)
		err = results_declare(r, (unsigned)index, &queue, e);
	if (err < 0)
		return err;
	results_count(r, (unsigned)index, &counts);
	l->rows_stored += counts.rows;
	return 0;
}

static void look_at_results(struct look *l)
{
	const struct manager_options *o = l->options;
	const struct results_options options = {
		.mode = o->results_mode,
		.instance = o->rundir->name,
		.label = o->config->work.result_label,
		.bytes_max = o->config->work.results_bytes_max,
	};
	struct results *r = NULL;
	struct error e = { 0 };
	uint64_t retried = 0;
	int err = results_open(&r, o->results_db, &options, &e);

	for (size_t i = 0; err == 0 && i < o->config->work.queue_count; i++)
		err = look_at_queue(l, r, i, &e);
	if (err == 0 && o->results_mode == RESULTS_RESUME)
		err = results_retry_dead(r, &retried, &e);
	if (err < 0)
		report(l, "results_db", &e);
	results_close(r);
}

static int look(const struct manager_options *o, int fd)
{
	struct look l = { .options = o, .problems = json_array(), .feeders = json_array() };
	json_auto_t *answer = NULL;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < o->config->work.feeder_count; i++)
		json_array_append_new(l.feeders, look_at_feeder(&l, i));
	if (json_array_size(l.problems) == 0 && o->results_db != NULL)
		look_at_results(&l);
	answer = json_pack("{s:o, s:o, s:I}", "problems", l.problems, "feeders", l.feeders,
			   "rows_stored", (json_int_t)l.rows_stored);
	return answer != NULL && json_dumpfd(answer, fd, JSON_COMPACT) == 0 ? EXIT_SUCCESS
									    : EXIT_FAILURE;
}

/* In the manager ---------------------------------------------------------- */

static bool take_answer(const struct buf *text, struct prepared *ret, struct problems *p)
{
	json_auto_t *answer = json_loadb(buf_text(text), text->len, 0, NULL);
	json_t *problems = json_object_get(answer, "problems"), *problem;
	json_t *feeders = json_object_get(answer, "feeders");
	size_t i;

	if (!json_is_array(problems) || !json_is_array(feeders)) {
		problems_error(p, "feeders", "the process that looked at them gave no answer");
		return false;
	}
	json_array_foreach(problems, i, problem)
		problems_error(p, json_string_value(json_array_get(problem, 0)), "%s",
			       json_string_value(json_array_get(problem, 1)));
	if (json_array_size(problems) > 0)
		return false;
	ret->feeders = json_incref(feeders);
	ret->rows_stored = (uint64_t)json_integer_value(json_object_get(answer, "rows_stored"));
	return true;
}

static bool take_end(pid_t pid, struct problems *p)
{
	char how[TEXT_BYTES];
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	text_death(how, sizeof(how), WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		   WIFSIGNALED(status) ? WTERMSIG(status) : 0, 0);
	problems_error(p, "feeders", "the process that opened their generators died: %s", how);
	return false;
}

bool prepare(const struct manager_options *o, struct prepared *ret, struct problems *p)
{
	AUTO_BUF struct buf text = BUF_INIT(ANSWER_BYTES_MAX);
	int ends[2];
	pid_t pid;

	if (o->config->work.feeder_count == 0 && o->results_db == NULL)
		return true;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		problems_error(p, "", "pipe: %s", strerror(errno));
		return false;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		exit(look(o, ends[1]));
	}
	close(ends[1]);
	if (pid < 0)
		problems_error(p, "", "fork: %s", strerror(errno));
	else
		fd_read_all(ends[0], &text);
	close(ends[0]);
	return pid > 0 && take_end(pid, p) && take_answer(&text, ret, p);
}

void prepared_release(struct prepared *prepared)
{
	json_decref(prepared->feeders);
	prepared->feeders = NULL;
}

void prepared_queue(const struct config_work *work, size_t queue, const json_t *feeders,
		    struct results_queue *ret)
{
	const struct config_queue *q = &work->queues[queue];
	bool input = strcmp(q->full, CONFIG_INPUT_QUEUE) == 0;

	/* The seed's name for its default queue. */
	*ret = (struct results_queue) {
		.name = input ? CONFIG_INPUT_QUEUE " (default)" : q->full,
		.alias = input ? q->full : NULL,
		.expected_rows = RESULTS_ROWS_UNKNOWN,
	};
	for (size_t i = 0; i < work->feeder_count; i++) {
		const json_t *feeder = json_array_get(feeders, i);
		const json_t *rows = json_object_get(feeder, "rows");

		if (strcmp(work->feeders[i].queue, q->full) != 0)
			continue;
		ret->rows_max = (uint32_t)work->feeders[i].rows_max;
		ret->fingerprint = json_string_value(json_object_get(feeder, "fingerprint"));
		if (json_is_integer(rows))
			ret->expected_rows = (uint64_t)json_integer_value(rows);
	}
}
