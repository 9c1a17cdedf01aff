/* load_rounds.c - see load_rounds.h. */
#include "launcher/load_rounds.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/error.h"
#include "launcher/load_show.h"
#include "load/report.h"

#include <poll.h>
#include <stdbool.h>

struct rounds {
	const struct load_rounds_wish *wish;
	int stop_fd;
	struct load_show *show;
	json_t **runs; /* owned: [layout][round]; NULL: not run yet */
	bool interrupted;
};

static json_t **run_at(const struct rounds *r, size_t layout, unsigned round)
{
	return &r->runs[layout * r->wish->rounds + round];
}

/* Asked to stop between two runs? */
static bool is_stopped(const struct rounds *r)
{
	struct pollfd p = { .fd = r->stop_fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1; /* of a descriptor of -1 there is nothing */
}

static int run_one(struct rounds *r, size_t layout, unsigned round, struct error *e)
{
	const char *file = r->wish->files[layout];
	const struct load_source source = { .file = file };
	json_t **run = run_at(r, layout, round);
	uint64_t start = clock_mono_ns();
	int err;

	r->show->round = round + 1;
	r->show->name = file;
	load_show_start(r->show, file);
	err = r->wish->run(&source, r->wish->wish, r->stop_fd, load_show, r->show, run, e);
	if (err == -EINTR) {
		r->interrupted = true;
		return 0;
	}
	if (err < 0) {
		error_prefix(e, "round %u of %u", round + 1, r->wish->rounds);
		return err;
	}
	r->interrupted = json_is_true(json_object_get(*run, "interrupted"));
	r->show->runs_ns += clock_mono_ns() - start;
	r->show->runs_done++;
	return 0;
}

static int run_round(struct rounds *r, unsigned round, struct error *e)
{
	size_t count = r->wish->count;
	int err = 0;

	for (size_t i = 0; i < count && err == 0 && !r->interrupted; i++) {
		r->interrupted = is_stopped(r);
		if (!r->interrupted)
			err = run_one(r, round % 2 == 0 ? i : count - 1 - i, round, e);
	}
	return err;
}

/* The whole rounds only, one layout's behind the other's. */
static int compare(const struct rounds *r, unsigned whole, json_t **ret, struct error *e)
{
	size_t count = r->wish->count, n = 0;
	AUTO_FREE json_t **runs = calloc(count * whole, sizeof(json_t *));

	if (runs == NULL)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		for (unsigned k = 0; k < whole; k++)
			runs[n++] = *run_at(r, i, k);
	return report_compare(runs, count, whole, ret, e);
}

static int run_all(struct rounds *r, json_t **ret, unsigned *ret_rounds, struct error *e)
{
	unsigned whole = 0;
	int err = 0;

	while (whole < r->wish->rounds && err == 0) {
		err = run_round(r, whole, e);
		if (r->interrupted || err < 0)
			break;
		whole++;
	}
	load_show_end(r->show);
	if (whole == 0 && err == 0)
		return error_set(e, EINTR, "interrupted before the first round was whole");
	if (whole == 0)
		return err;
	*ret_rounds = whole;
	if (err < 0) { /* that is the error to tell */
		compare(r, whole, ret, NULL);
		return err;
	}
	return compare(r, whole, ret, e);
}

int load_rounds(const struct load_rounds_wish *wish, int stop_fd, struct load_show *show,
		json_t **ret, unsigned *ret_rounds, struct error *e)
{
	size_t runs = wish->count * wish->rounds;
	struct rounds r = { .wish = wish, .stop_fd = stop_fd, .show = show };
	int err;

	r.runs = calloc(runs, sizeof(json_t *));
	if (r.runs == NULL)
		return error_set(e, ENOMEM, "out of memory");
	show->rounds = wish->rounds;
	show->runs = runs;
	err = run_all(&r, ret, ret_rounds, e);
	for (size_t i = 0; i < runs; i++)
		json_decref(r.runs[i]);
	free(r.runs);
	return err;
}
