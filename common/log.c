/* log.c - see log.h. */
#include "common/log.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#define LOG_LINE_BYTES 2048

static struct {
	enum log_level max;
	log_sink_fn *sink;
	void *arg;
} log_state = { .max = LOG_LEVEL_INFO };

const char *log_level_name(enum log_level level)
{
	switch (level) {
#define X(id, number, name) \
	case LOG_LEVEL_##id: \
		return name;
		LOG_LEVELS(X)
#undef X
	}
	return "info";
}

/* One character, or one byte that is none (len 0), as the inside of a JSON
 * string (RFC 8259, 7 and 8.1). */
static void escape_json(struct buf *ret, const char *one, size_t len)
{
	unsigned char c = (unsigned char)one[0];

	if (len == 0)
		buf_addf(ret, "\\\\x%02x", c);
	else if (c == '"' || c == '\\')
		buf_addf(ret, "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		buf_addf(ret, "\\u%04x", c);
	else
		buf_add(ret, one, len);
}

/* In plain text tabs pass, and nothing that steers a terminal. */
static void log_escape(struct buf *ret, const char *text, bool json)
{
	while (*text != '\0') {
		size_t len = utf8_sequence(text, strnlen(text, UTF8_BYTES_MAX));
		size_t step = MAX(len, (size_t)1);
		char one[UTF8_BYTES_MAX + 1] = { 0 };

		memcpy(one, text, step);
		if (json)
			escape_json(ret, one, len);
		else if (one[0] == '\t')
			buf_adds(ret, one);
		else
			utf8_escape(ret, one);
		text += step;
	}
}

void log_format(struct buf *ret, enum log_format format, enum log_level level,
		const struct log_source *source, const char *text)
{
	char stamp[CLOCK_STAMP_BYTES];

	clock_stamp(stamp, sizeof(stamp));
	if (format == LOG_FORMAT_JSON) {
		buf_addf(ret, "{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"", stamp,
			 log_level_name(level));
		log_escape(ret, source->role, true);
		buf_addf(ret, "\",\"pid\":%d,\"text\":\"", source->pid);
		log_escape(ret, text, true);
		buf_adds(ret, "\"}\n");
		return;
	}
	buf_addf(ret, "%s %-7s %s[%d] ", stamp, log_level_name(level), source->role, source->pid);
	log_escape(ret, text, false);
	buf_adds(ret, "\n");
}

enum log_level log_level_strip(const char **text, enum log_level fallback)
{
	const char *t = *text;

	if (t[0] != '<' || !isdigit((unsigned char)t[1]) || t[2] != '>')
		return fallback;
	*text = t + 3;
	switch (t[1]) {
	case '4':
		return LOG_LEVEL_WARNING;
	case '5':
	case '6':
		return LOG_LEVEL_INFO;
	case '7':
		return LOG_LEVEL_DEBUG;
	default:
		return t[1] < '4' ? LOG_LEVEL_ERROR : fallback;
	}
}

void log_open(enum log_level max, log_sink_fn *sink, void *sink_arg)
{
	log_state.max = max;
	log_state.sink = sink;
	log_state.arg = sink_arg;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_BYTES];
	va_list args;
	size_t len;

	if (level > log_state.max)
		return;
	len = log_state.sink != NULL ? 0 : (size_t)snprintf(line, sizeof(line), "<%d>", level);
	va_start(args, fmt);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, args);
	va_end(args);
	if (log_state.sink != NULL) {
		log_state.sink(log_state.arg, level, line);
		return;
	}
	len = strlen(line);
	line[len] = '\n';
	(void)!fd_write_all(STDERR_FILENO, line, len + 1);
}
