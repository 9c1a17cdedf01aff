/* fuzz_conditional.c - any bytes as conditional headers: the verdict is that of RFC
 * 9110's own steps, read one by one; a date is one for the C library too.
 *
 * The reader below cuts a list of tags at its commas first, knowing only quotes, and
 * looks at each element as a whole.
 */
#include "common/cc.h"
#include "servers/conditional.h"
#include "servers/http_date.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */

static void must(bool fine)
{
	if (!fine)
		abort();
}

/* A copy without the blanks at both ends. */
static char *trimmed(const char *text, size_t len)
{
	char *copy;

	while (len > 0 && strchr(" \t", *text) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(" \t", text[len - 1]) != NULL)
		len--;
	copy = strndup(text, len);
	must(copy != NULL);
	return copy;
}

/* RFC 9110, 8.8.3: DQUOTE *etagc DQUOTE */
static bool is_opaque_tag(const char *text)
{
	size_t len = strlen(text);

	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return false;
	for (size_t i = 1; i < len - 1; i++)
		if (text[i] == '"' || text[i] == 0x7f || (text[i] >= 0 && text[i] <= ' '))
			return false;
	return true;
}

static size_t element_len(const char *text)
{
	bool quoted = false;
	size_t n;

	for (n = 0; text[n] != '\0' && (quoted || text[n] != ','); n++)
		quoted ^= text[n] == '"';
	return n;
}

/* 13.1.1, 13.1.2; 8.8.3.2 */
static bool list_has(const char *list, const char *etag, bool weakly)
{
	for (;; list++) {
		size_t len = element_len(list);
		AUTO_FREE char *element = trimmed(list, len);
		bool weak = strncmp(element, "W/", 2) == 0;
		const char *tag = element + (weak ? 2 : 0);

		list += len;
		if (*element != '\0' && !is_opaque_tag(tag))
			return false;
		if (strcmp(tag, etag) == 0 && (weakly || !weak))
			return true;
		if (*list == '\0')
			return false;
	}
}

static bool any_or_listed(const char *header, const char *etag, bool weakly)
{
	AUTO_FREE char *whole = trimmed(header, strlen(header));

	/* Blanks before a value are not the filter's: they were taken off. */
	if (strcmp(whole, "*") == 0 && *header == '*')
		return true;
	return list_has(header, etag, weakly);
}

static bool is_date(const char *header, time_t *ret)
{
	AUTO_FREE char *rest = strdup(header);
	size_t len = strlen(header);

	must(rest != NULL);
	while (len > 0 && strchr(" \t", rest[len - 1]) != NULL)
		rest[--len] = '\0';
	return http_date_parse(rest, NOW, ret);
}

/* The steps of 13.2.2, by their numbers. */
static enum conditional read_conditions(const struct conditions *c, const struct validators *v,
					bool reads)
{
	time_t date;

	if (c->if_match != NULL) { /* 1 */
		if (!any_or_listed(c->if_match, v->etag, false))
			return CONDITIONAL_FAILED;
	}
	if (c->if_match == NULL && c->if_unmodified_since != NULL) { /* 2 */
		if (is_date(c->if_unmodified_since, &date) && date < v->modified)
			return CONDITIONAL_FAILED;
	}
	if (c->if_none_match != NULL) { /* 3 */
		if (any_or_listed(c->if_none_match, v->etag, true))
			return reads ? CONDITIONAL_NOT_MODIFIED : CONDITIONAL_FAILED;
	}
	if (reads && c->if_none_match == NULL && c->if_modified_since != NULL) { /* 4 */
		if (is_date(c->if_modified_since, &date) && date >= v->modified)
			return CONDITIONAL_NOT_MODIFIED;
	}
	return CONDITIONAL_GO;
}

/* 13.1.5 */
static bool range_holds(const struct conditions *c, const struct validators *v)
{
	AUTO_FREE char *whole = NULL;
	time_t date;

	if (c->if_range == NULL)
		return true;
	whole = trimmed(c->if_range, strlen(c->if_range));
	if (is_opaque_tag(whole) && c->if_range[0] == '"')
		return strcmp(whole, v->etag) == 0;
	return is_date(c->if_range, &date) && date == v->modified && v->now - v->modified >= 1;
}

static bool same_in_year(const struct tm *a, const struct tm *b)
{
	return a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday && a->tm_hour == b->tm_hour &&
	       a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* What is a date for us is one for strptime(3), and comes back as it was written. */
static void check_date(const char *text)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT",
					     "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y" };
	char again[HTTP_DATE_BYTES];
	time_t date, theirs, back;
	bool found = false;

	if (!http_date_parse(text, NOW, &date))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 }, ours;
		const char *end = strptime(text, forms[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		/* Two digits may be of another century for strptime(3). */
		theirs = timegm(&tm);
		gmtime_r(&date, &ours);
		found = i == 1 ? (ours.tm_year - tm.tm_year) % 100 == 0 && same_in_year(&ours, &tm)
			       : theirs == date;
	}
	must(found);
	if (date < 0)
		return;
	http_date_format(date, again);
	must(http_date_parse(again, NOW, &back) && back == date);
}

/* The next line of *rest; NULL for "-" or none: there is no such header. */
static const char *next_header(char **rest)
{
	const char *line = strsep(rest, "\n");

	return line == NULL || strcmp(line, "-") == 0 ? NULL : line;
}

static void check(const struct conditions *c)
{
	static const char *const etags[] = { "\"\"", "\"a\"", "\"a,b\"", "\"18c-5f3-9b\"",
					     "\"\xff!\"" };
	static const time_t times[] = { -1, 0, 784111777, NOW - 1, NOW, NOW + 1 };

	for (size_t i = 0; i < ARRAY_SIZE(etags) * ARRAY_SIZE(times); i++) {
		const struct validators v = { etags[i % ARRAY_SIZE(etags)],
					      times[i / ARRAY_SIZE(etags)], NOW };

		must(conditional_evaluate(c, &v, true) == read_conditions(c, &v, true));
		must(conditional_evaluate(c, &v, false) == read_conditions(c, &v, false));
		must(conditional_range_holds(c, &v) == range_holds(c, &v));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = strndup((const char *)bytes, len);
	struct conditions c;
	char *rest = text;

	must(text != NULL);
	c.if_match = next_header(&rest);
	c.if_none_match = next_header(&rest);
	c.if_modified_since = next_header(&rest);
	c.if_unmodified_since = next_header(&rest);
	c.if_range = next_header(&rest);
	check(&c);
	if (c.if_modified_since != NULL)
		check_date(c.if_modified_since);
	if (c.if_range != NULL)
		check_date(c.if_range);
	return 0;
}
