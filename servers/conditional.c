/* conditional.c - see conditional.h. */
#include "servers/conditional.h"

#include "servers/http_date.h"

#include <string.h>

#define DATE_MAX 64 /* bytes; the longest form has 33 */

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/* libmicrohttpd 0.9.75 leaves the blanks behind a header's value. */
static bool is_just(const char *header, const char *text)
{
	size_t len = strlen(text);

	return strncmp(header, text, len) == 0 && *skip_blanks(header + len) == '\0';
}

static bool read_date(const char *header, time_t now, time_t *ret)
{
	size_t len = strlen(header);
	char text[DATE_MAX];

	while (len > 0 && (header[len - 1] == ' ' || header[len - 1] == '\t'))
		len--;
	if (header[len] == '\0')
		return http_date_parse(header, now, ret);
	if (len >= sizeof(text))
		return false;
	memcpy(text, header, len);
	text[len] = '\0';
	return http_date_parse(text, now, ret);
}

/* The end of an entity-tag's opaque part at p (RFC 9110, 8.8.3), behind the
 * second quote; NULL: there is none. */
static const char *tag_end(const char *p)
{
	if (*p++ != '"')
		return NULL;
	while ((unsigned char)*p > 0x20 && *p != '"' && *p != 0x7f)
		p++;
	return *p == '"' ? p + 1 : NULL;
}

/* Is etag on the list? weak: a W/ before one that is listed does not matter
 * (8.8.3.2). What is malformed ends the list. */
static bool listed(const char *list, const char *etag, bool weak)
{
	size_t len = strlen(etag);

	for (const char *p = list;; p++) {
		bool is_weak, same;
		const char *end;

		p = skip_blanks(p);
		if (*p == ',')
			continue;
		is_weak = p[0] == 'W' && p[1] == '/';
		p += is_weak ? 2 : 0;
		end = tag_end(p);
		if (end == NULL)
			return false;
		same = (weak || !is_weak) && (size_t)(end - p) == len && memcmp(p, etag, len) == 0;
		p = skip_blanks(end);
		if (same || *p != ',')
			return same && (*p == ',' || *p == '\0');
	}
}

static bool matches(const char *header, const struct validators *v, bool weak)
{
	if (is_just(header, v->etag))
		return true; /* what nearly all clients send */
	return is_just(header, "*") || listed(header, v->etag, weak);
}

/* Modified since the date? A header that is no date: no opinion. */
static bool modified_since(const char *header, const struct validators *v, bool no_date)
{
	time_t since;

	if (!read_date(header, v->now, &since))
		return no_date;
	return v->modified > since;
}

enum conditional conditional_evaluate(const struct conditions *c, const struct validators *v,
				      bool reads)
{
	if (c->if_match != NULL) {
		if (!matches(c->if_match, v, false))
			return CONDITIONAL_FAILED;
	} else if (c->if_unmodified_since != NULL) {
		if (modified_since(c->if_unmodified_since, v, false))
			return CONDITIONAL_FAILED;
	}
	if (c->if_none_match != NULL) {
		if (matches(c->if_none_match, v, true))
			return reads ? CONDITIONAL_NOT_MODIFIED : CONDITIONAL_FAILED;
	} else if (c->if_modified_since != NULL && reads) {
		if (!modified_since(c->if_modified_since, v, true))
			return CONDITIONAL_NOT_MODIFIED;
	}
	return CONDITIONAL_GO;
}

bool conditional_range_holds(const struct conditions *c, const struct validators *v)
{
	time_t date;

	if (c->if_range == NULL)
		return true;
	if (c->if_range[0] == '"')
		return is_just(c->if_range, v->etag);
	return read_date(c->if_range, v->now, &date) && date == v->modified && v->modified < v->now;
}
