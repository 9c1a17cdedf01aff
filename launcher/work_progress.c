/* work_progress.c - see work_progress.h. */
#include "launcher/work_progress.h"

#include "common/buf.h"
#include "common/clock.h"
#include "launcher/config.h"
#include "launcher/manager.h"
#include "launcher/output.h"
#include "launcher/prepare.h"
#include "launcher/rundir.h"
#include "portmap/board.h"

#include <string.h>

#define BAR_EVERY_S 0.25
#define LINE_EVERY_S 5.
#define LINE_BYTES_MAX 400

/* Of all feeders, when every one of them knows. */
static uint64_t rows_expected(const struct config_work *work, const struct prepared *prepared)
{
	uint64_t rows = 0;
	const json_t *feeder;
	size_t i;

	if (work->info_thread_max > 0)
		return work->info_thread_max;
	json_array_foreach(prepared->feeders, i, feeder)
	{
		const json_t *own = json_object_get(feeder, "rows");

		if (!json_is_integer(own))
			return 0;
		rows += (uint64_t)json_integer_value(own);
	}
	return rows;
}

static uint64_t rows_done(const struct work_progress *w)
{
	uint64_t rows = w->before;

	for (size_t i = 0; i < w->board->slot_count; i++)
		rows += board_get(&board_slot_work(w->board, i)->rows);
	return rows;
}

static bool speaks_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
	}
	return false;
}

static void show_bar(struct work_progress *w)
{
	AUTO_BUF struct buf bar = BUF_INIT(LINE_BYTES_MAX);
	const char *label = w->options->config->work.result_label;

	progress_bar(&w->figures, label != NULL ? label : w->options->rundir->name,
		     output_columns(w->output) - 1, speaks_utf8(), &bar);
	output_bar(w->output, buf_text(&bar));
}

static void show_line(struct work_progress *w)
{
	AUTO_BUF struct buf line = BUF_INIT(LINE_BYTES_MAX);

	progress_line(&w->figures, &line);
	log_info("progress: %s", buf_text(&line));
}

static void on_timer(struct ev_loop *loop ATTR_UNUSED, ev_timer *timer, int revents ATTR_UNUSED)
{
	struct work_progress *w = timer->data;

	progress_update(&w->figures, rows_done(w), w->total, clock_mono_ns());
	if (output_has_bar(w->output))
		show_bar(w);
	else
		show_line(w);
}

void work_progress_start(struct work_progress *w, const struct manager_options *options,
			 const struct prepared *prepared, struct board *board,
			 struct output *output, struct ev_loop *loop)
{
	double every = output_has_bar(output) ? BAR_EVERY_S : LINE_EVERY_S;

	if (!options->config->work.info_enable)
		return;
	*w = (struct work_progress) {
		.options = options,
		.board = board,
		.output = output,
		.loop = loop,
		.total = rows_expected(&options->config->work, prepared),
		.before = prepared->rows_stored,
	};
	progress_init(&w->figures, w->before, clock_mono_ns());
	ev_timer_init(&w->timer, on_timer, every, every);
	w->timer.data = w;
	ev_timer_start(loop, &w->timer);
}

void work_progress_finish(struct work_progress *w)
{
	if (w->loop == NULL)
		return;
	ev_timer_stop(w->loop, &w->timer);
	w->loop = NULL;
	output_bar(w->output, NULL);
	progress_update(&w->figures, rows_done(w), w->total, clock_mono_ns());
	show_line(w);
}
