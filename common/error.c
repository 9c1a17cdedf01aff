/* error.c - see error.h. */
#include "common/error.h"

#include <stdarg.h>
#include <string.h>

int error_set(struct error *e, int code, const char *fmt, ...)
{
	va_list args;

	if (e == NULL)
		return -code;
	e->code = code;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	return -code;
}

int error_errno(struct error *e, int code, const char *fmt, ...)
{
	va_list args;
	size_t len;

	if (e == NULL)
		return -code;
	e->code = code;
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", strerror(code));
	return -code;
}

int error_prefix(struct error *e, const char *fmt, ...)
{
	char cause[sizeof(e->text)];
	va_list args;
	size_t len;

	if (e == NULL)
		return -EINVAL;
	memcpy(cause, e->text, sizeof(cause));
	va_start(args, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, args);
	va_end(args);
	len = strlen(e->text);
	snprintf(e->text + len, sizeof(e->text) - len, ": %s", cause);
	return -e->code;
}
