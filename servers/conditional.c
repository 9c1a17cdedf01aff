/* conditional.c - see conditional.h. */
#include "servers/conditional.h"

#include "servers/http_date.h"

#include <string.h>

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
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
		bool is_weak;
		const char *end;

		p = skip_blanks(p);
		if (*p == ',')
			continue;
		is_weak = p[0] == 'W' && p[1] == '/';
		p += is_weak ? 2 : 0;
		end = tag_end(p);
		if (end == NULL)
			return false;
		if ((weak || !is_weak) && (size_t)(end - p) == len && memcmp(p, etag, len) == 0)
			return true;
		p = skip_blanks(end);
		if (*p != ',')
			return false;
	}
}

static bool matches(const char *header, const struct validators *v, bool weak)
{
	if (strcmp(header, v->etag) == 0)
		return true; /* what nearly all clients send */
	return strcmp(header, "*") == 0 || listed(header, v->etag, weak);
}

/* Modified since the date? A header that is no date: no opinion. */
static bool modified_since(const char *header, const struct validators *v, bool no_date)
{
	time_t since;

	if (!http_date_parse(header, v->now, &since))
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
		return strcmp(c->if_range, v->etag) == 0;
	return http_date_parse(c->if_range, v->now, &date) && date == v->modified &&
	       v->modified < v->now;
}
