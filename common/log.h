/* log.h - one line per event: time, level, role, pid, text.
 *
 * Only launcher/ logs; libraries return errors. In a child the lines go to
 * its stderr pipe with a "<N>" priority in front (sd-daemon(3)); the manager
 * reads them and formats each with log_format(), so that the lines of all
 * processes come out whole, in one form, in order. Not for signal handlers.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/cc.h"

#include <stdbool.h>

struct buf;

/* The numbers are syslog(3)'s. */
#define LOG_LEVELS(X) \
	X(ERROR, 3, "error") \
	X(WARNING, 4, "warning") \
	X(INFO, 6, "info") \
	X(DEBUG, 7, "debug")
#define X(id, number, name) LOG_LEVEL_##id = (number),
enum log_level { LOG_LEVELS(X) };
#undef X

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Who speaks: "manager", "worker-2", "status". Borrowed. */
struct log_source {
	const char *role;
	int pid;
};

/* Append one formatted line, newline included. Control characters of text are
 * escaped, so that a line stays a line. */
void log_format(struct buf *ret, enum log_format format, enum log_level level,
		const struct log_source *source, const char *text);

/* Take "<N>" off the front of a child's line; fallback when there is none. */
enum log_level log_level_strip(const char **text, enum log_level fallback);
const char *log_level_name(enum log_level level);

/* The process's own log: sink gets each text, unformatted; NULL sink is a
 * child's, which writes "<N>text\n" to stderr in one write(2). Call once,
 * before any thread; sink_arg is borrowed. */
typedef void log_sink_fn(void *arg, enum log_level level, const char *text);
void log_open(enum log_level max, log_sink_fn *sink, void *sink_arg);

void log_at(enum log_level level, const char *fmt, ...) ATTR_PRINTF(2, 3);
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
