/* problems.c - see problems.h. */
#include "common/problems.h"

#include "common/buf.h"
#include "common/utf8.h"

#include <stdarg.h>
#include <string.h>

#define PROBLEM_BYTES_MAX 4096 /* of a path or a text, escaped */

/* Escaped; NULL when memory ran out. What does not fit is cut. */
static char *problem_text(const char *text)
{
	AUTO_BUF struct buf b = BUF_INIT(PROBLEM_BYTES_MAX);

	utf8_escape(&b, text);
	b.failed = false;
	return buf_take(&b);
}

static struct problem *problems_room(struct problems *p, bool warning)
{
	struct problem *list;

	if (p->kept < PROBLEMS_MAX) {
		list = realloc(p->list, (p->kept + 1) * sizeof(*list));
		if (list == NULL)
			return NULL;
		p->list = list;
		return &p->list[p->kept];
	}
	/* What stops a start must not hide behind what does not. */
	for (size_t i = p->kept; !warning && i-- > 0;)
		if (p->list[i].warning) {
			free(p->list[i].path);
			free(p->list[i].text);
			p->kept--;
			memmove(&p->list[i], &p->list[i + 1], (p->kept - i) * sizeof(*list));
			return &p->list[p->kept];
		}
	return NULL;
}

static void problems_vadd(struct problems *p, bool warning, const char *path, const char *fmt,
			  va_list args) ATTR_PRINTF(4, 0);

static void problems_vadd(struct problems *p, bool warning, const char *path, const char *fmt,
			  va_list args)
{
	struct problem *problem = problems_room(p, warning);
	AUTO_BUF struct buf b = BUF_INIT(PROBLEM_BYTES_MAX);

	if (warning)
		p->warnings++;
	else
		p->errors++;
	if (problem == NULL)
		return;
	buf_vaddf(&b, fmt, args);
	problem->path = problem_text(path);
	problem->text = problem_text(b.failed ? "(text too long)" : buf_text(&b));
	problem->warning = warning;
	if (problem->path != NULL && problem->text != NULL) {
		p->kept++;
		return;
	}
	free(problem->path);
	free(problem->text);
}

void problems_error(struct problems *p, const char *path, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	problems_vadd(p, false, path, fmt, args);
	va_end(args);
}

void problems_warning(struct problems *p, const char *path, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	problems_vadd(p, true, path, fmt, args);
	va_end(args);
}

bool problems_has(const struct problems *p, const char *path)
{
	for (size_t i = 0; i < p->kept; i++)
		if (strcmp(p->list[i].path, path) == 0)
			return true;
	return false;
}

void problems_format(const struct problems *p, const char *prefix, struct buf *ret)
{
	const char *colon = prefix != NULL ? ": " : "";
	size_t errors = p->errors, warnings = p->warnings;

	prefix = prefix != NULL ? prefix : "";
	for (size_t i = 0; i < p->kept; i++) {
		const struct problem *problem = &p->list[i];

		buf_addf(ret, "%s%s%s%s%s%s\n", prefix, colon, problem->warning ? "warning: " : "",
			 problem->path, problem->path[0] != '\0' ? ": " : "", problem->text);
		if (problem->warning)
			warnings--;
		else
			errors--;
	}
	if (errors + warnings > 0)
		buf_addf(ret, "%s%s… and %zu more errors, %zu more warnings\n", prefix, colon,
			 errors, warnings);
}

void problems_release(struct problems *p)
{
	for (size_t i = 0; i < p->kept; i++) {
		free(p->list[i].path);
		free(p->list[i].text);
	}
	free(p->list);
	*p = (struct problems) { 0 };
}
