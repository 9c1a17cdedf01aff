/* output.h - what the manager writes: log lines, modules' lines, progress.
 *
 * Log lines go to standard error, the rest to standard output. A bar of
 * progress stands in the last line of a terminal: it is taken away before a
 * line is written, and drawn again with the next figures, so that it garbles
 * none.
 */
#ifndef LAUNCHER_OUTPUT_H
#define LAUNCHER_OUTPUT_H

#include "common/log.h"
#include "launcher/printer.h"

struct board;
struct manager_options;

struct output {
	const struct manager_options *options; /* borrowed */
	struct board *board;                   /* counts what was dropped */
	struct printer out, err;
	bool bar; /* one is on the terminal */
};

void output_init(struct output *o, const struct manager_options *options, struct board *board,
		 struct ev_loop *loop);

/* A line of the log. */
void output_log(struct output *o, const struct log_source *source, enum log_level level,
		const char *text);

/* Whole lines to standard output, as they are. */
void output_text(struct output *o, const char *text, size_t len);

/* The same, waiting for the reader as long as it takes; for when the loop has
 * ended. 0 or -errno: -EPIPE, nobody reads; -ENOSPC and the like. */
int output_text_whole(struct output *o, const char *text, size_t len);

/* Lines of a slot's module, each with its end: in the group's colour on a
 * terminal, without control characters. */
void output_slot(struct output *o, int slot, const char *text, size_t len);

/* Can a bar be shown? And how wide may it be. */
bool output_has_bar(const struct output *o);
unsigned output_columns(const struct output *o);

/* Draw this bar; NULL takes it away. */
void output_bar(struct output *o, const char *text);

/* Write what waits, for at most timeout_ms, and close. */
void output_release(struct output *o, int timeout_ms);

#endif
