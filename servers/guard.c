/* guard.c - see guard.h: RFC 9110, 5.1, 7.2 and 9.1; RFC 9112, 3 and 6. */
#include "servers/guard.h"

#include "common/number.h"
#include "servers/wire_head.h"

#include <string.h>
#include <strings.h>

static void fail(struct guard *guard, unsigned status)
{
	if (guard->verdict == 0)
		guard->verdict = (uint16_t)status;
}

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(wire_class[(uint8_t)text[i]] & WIRE_TOKEN))
			return false;
	return len > 0;
}

/* Bytes beyond ASCII are let pass, as most servers do. */
static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((uint8_t)*text <= ' ' || *text == 0x7f)
			return true;
	return false;
}

void guard_begin(struct guard *guard, bool alone, const char *method, const char *path,
		 const char *version)
{
	*guard = (struct guard) { .alone = alone };
	guard->http_1_0 = strcmp(version, "HTTP/1.0") == 0;
	if (!guard->http_1_0 && strcmp(version, "HTTP/1.1") != 0)
		fail(guard, strncmp(version, "HTTP/", 5) == 0 ? 505 : 400);
	if (strstr(path, "%00") != NULL)
		fail(guard, 400);
	if (alone && (!is_token(method, strlen(method)) || path[0] == '\0' || has_control(path)))
		fail(guard, 400);
}

/* Trailing blanks are no part of a value (RFC 9110, 5.5); MHD keeps them. */
static size_t trim(const char *value, size_t len)
{
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	return len;
}

static void take_host(struct guard *guard, const char *value, size_t len)
{
	const uint8_t *p = (const uint8_t *)value, *end = p + trim(value, len);
	struct wire_host host = { 0 };

	if (guard->has_host)
		fail(guard, 400);
	guard->has_host = true;
	if (!guard->alone)
		return;
	p = wire_host_take(&host, p, end);
	if (p != end || !wire_host_whole(&host))
		fail(guard, 400);
}

static void take_length(struct guard *guard, const char *value, size_t len)
{
	char digits[32];

	/* Blanks behind it are refused here: MHD takes them as part of it. */
	if (guard->has_length || len >= sizeof(digits)) {
		fail(guard, 400);
		return;
	}
	guard->has_length = true;
	memcpy(digits, value, len);
	digits[len] = '\0';
	if (!number_parse(digits, 0, INT64_MAX, &guard->length))
		fail(guard, 400);
}

static void take_coding(struct guard *guard, const char *value, size_t len)
{
	if (guard->has_coding)
		fail(guard, 400);
	guard->has_coding = true;
	if (len != strlen("chunked") || strcasecmp(value, "chunked") != 0)
		fail(guard, 501);
}

void guard_header(struct guard *guard, const char *name, size_t name_len, const char *value,
		  size_t value_len)
{
	if (guard->alone && !is_token(name, name_len))
		fail(guard, 400);
	switch (name_len) {
	case 4:
		if (strcasecmp(name, "Host") == 0)
			take_host(guard, value, value_len);
		break;
	case 10:
		if (guard->connection == NULL && strcasecmp(name, "Connection") == 0)
			guard->connection = value;
		break;
	case 14:
		if (strcasecmp(name, "Content-Length") == 0)
			take_length(guard, value, value_len);
		break;
	case 17:
		if (strcasecmp(name, "Transfer-Encoding") == 0)
			take_coding(guard, value, value_len);
		break;
	default:
		break;
	}
}

unsigned guard_end(struct guard *guard)
{
	if (guard->has_coding && (guard->has_length || guard->http_1_0))
		fail(guard, 400);
	if (!guard->has_host && !guard->http_1_0)
		fail(guard, 400);
	return guard->verdict;
}
