/* accept.c - see accept.h. */
#include "servers/accept.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define QUALITY_MAX 1000

/* The end of a list's element: a comma or semicolon outside quotes, or NUL. */
static const char *element_end(const char *p, const char *stops)
{
	for (; *p != '\0' && strchr(stops, *p) == NULL; p++) {
		if (*p != '"')
			continue;
		for (p++; *p != '\0' && *p != '"'; p++)
			if (*p == '\\' && p[1] != '\0')
				p++;
		if (*p == '\0')
			break;
	}
	return p;
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* qvalue of RFC 9110, 12.4.2, in thousandths; what is none counts as 1. */
static unsigned qvalue(const char *p)
{
	unsigned q = 0, unit = QUALITY_MAX / 10;

	if (*p == '1' || (*p != '0' && *p != '.'))
		return QUALITY_MAX;
	p += *p == '0';
	if (*p++ != '.')
		return 0;
	for (; unit > 0 && isdigit((unsigned char)*p); p++, unit /= 10)
		q += (unsigned)(*p - '0') * unit;
	return q;
}

/* The q parameter of one element, whose parameters begin at p. */
static unsigned element_quality(const char *p)
{
	while (*p == ';') {
		p = skip_blanks(p + 1);
		if ((*p == 'q' || *p == 'Q') && *skip_blanks(p + 1) == '=')
			return qvalue(skip_blanks(skip_blanks(p + 1) + 1));
		p = element_end(p, ";,");
	}
	return QUALITY_MAX;
}

/* 3: the type itself, 2: its family, 1: anything, 0: something else. */
static unsigned match_type(const char *range, size_t len, const char *type)
{
	size_t family = strcspn(type, "/") + 1;

	if (len == strlen(type) && strncasecmp(range, type, len) == 0)
		return 3;
	if (len == family + 1 && range[family] == '*' && strncasecmp(range, type, family) == 0)
		return 2;
	return len == 3 && memcmp(range, "*/*", 3) == 0;
}

int accept_weight(const char *header, const char *what, accept_match_fn *match)
{
	unsigned best = 0;
	int weight = -1;
	const char *p = header;

	while (*p != '\0') {
		const char *element = skip_blanks(p);
		const char *end = element_end(element, ";,");
		size_t len = (size_t)(end - element);
		unsigned how;

		while (len > 0 && (element[len - 1] == ' ' || element[len - 1] == '\t'))
			len--;
		how = match(element, len, what);
		if (how > best) {
			best = how;
			weight = (int)element_quality(end);
		}
		p = element_end(end, ",");
		p += *p == ',';
	}
	return weight;
}

unsigned accept_quality(const char *header, const char *type)
{
	int weight;

	if (header == NULL || *skip_blanks(header) == '\0')
		return QUALITY_MAX;
	weight = accept_weight(header, type, match_type);
	return weight < 0 ? 0 : (unsigned)weight;
}
