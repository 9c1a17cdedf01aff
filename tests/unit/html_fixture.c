/* html_fixture.c - see html_fixture.h. */
#include "tests/unit/html_fixture.h"

#include "common/buf.h"
#include "load/html.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define DEPTH_MAX 64
#define NAME_BYTES 16

static char wrong[256];

struct reader {
	const char *at;
	char open[DEPTH_MAX][NAME_BYTES];
	size_t depth;
};

json_t *html_document(const char *name)
{
	AUTO_BUF struct buf path = BUF_INIT(4096);
	const char *top = getenv("EISEN_SRCDIR");
	json_error_t e;
	json_t *document;

	buf_addf(&path, "%s/tests/data/load/%s", top != NULL ? top : ".", name);
	document = json_load_file(buf_text(&path), 0, &e);
	ck_assert_msg(document != NULL, "%s: %s", buf_text(&path), e.text);
	return document;
}

size_t html_count(const char *page, const char *what)
{
	size_t n = 0;

	for (const char *p = strstr(page, what); p != NULL; p = strstr(p + 1, what))
		n++;
	return n;
}

static const char *fault(const char *what, const char *at)
{
	snprintf(wrong, sizeof(wrong), "%s: %.80s", what, at);
	return wrong;
}

static bool is_void(const char *name)
{
	return strcmp(name, "meta") == 0 || strcmp(name, "link") == 0;
}

/* Digits, points, signs and the letters of paths: no "nan", no "inf". */
static bool is_geometry(const char *value, size_t len)
{
	return strspn(value, "0123456789.-+ %MLHVZmlhvaz") >= len;
}

static const char *check_attribute(const char *name, size_t name_len, const char *value, size_t len)
{
	static const char *const places[] = { "d", "x", "y", "x1", "x2", "y1", "y2", "viewBox" };
	static const char *const loading[] = { "src", "srcset", "action", "background" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (strlen(places[i]) == name_len && memcmp(places[i], name, name_len) == 0 &&
		    (len == 0 || !is_geometry(value, len)))
			return fault("no place", name);
	for (size_t i = 0; i < ARRAY_SIZE(loading); i++)
		if (strlen(loading[i]) == name_len && memcmp(loading[i], name, name_len) == 0)
			return fault("something is loaded", name);
	if (name_len > 2 && memcmp(name, "on", 2) == 0)
		return fault("a handler", name);
	if (name_len == 4 && memcmp(name, "href", 4) == 0 && *value != '#' &&
	    strncmp(value, "data:,\"", 7) != 0)
		return fault("a link that leads elsewhere", name);
	return NULL;
}

static const char *read_attribute(struct reader *r)
{
	const char *name = r->at, *value, *end;
	size_t name_len = strcspn(name, "= />");

	if (name_len == 0 || name[name_len] != '=') {
		r->at += MAX(name_len, 1);
		return name_len == 0 && *name == '=' ? fault("a stray =", name) : NULL;
	}
	value = name + name_len + 1;
	if (*value == '"') {
		end = strchr(++value, '"');
		if (end == NULL)
			return fault("an open quote", name);
		r->at = end + 1;
		if (strchr(" />", *r->at) == NULL)
			return fault("text behind a quote", name);
	} else {
		end = value + strcspn(value, " >\"'<=");
		r->at = end;
	}
	if (memchr(value, '<', (size_t)(end - value)) != NULL)
		return fault("a < in a value", name);
	return check_attribute(name, name_len, value, (size_t)(end - value));
}

static const char *close_element(struct reader *r, const char *name)
{
	if (r->depth == 0 || strcmp(r->open[r->depth - 1], name) != 0)
		return fault("closes what is not open", name);
	r->depth--;
	return NULL;
}

/* At the "<". */
static const char *read_tag(struct reader *r)
{
	const char *start = r->at++, *found = NULL;
	bool closes = *r->at == '/', alone;
	char name[NAME_BYTES];
	size_t len;

	r->at += closes;
	len = strcspn(r->at, " />\n");
	if (len == 0 || len >= sizeof(name) || !isalpha((unsigned char)*r->at))
		return fault("no tag", start);
	memcpy(name, r->at, len);
	name[len] = '\0';
	r->at += len;
	while (found == NULL && *r->at != '>' && *r->at != '\0')
		found = read_attribute(r);
	if (found != NULL || *r->at == '\0')
		return found != NULL ? found : fault("an open tag", start);
	alone = r->at[-1] == '/';
	r->at++;
	if (closes)
		return close_element(r, name);
	if (strcmp(name, "script") == 0 || strcmp(name, "img") == 0 || strcmp(name, "use") == 0)
		return fault("an element that may not be", start);
	if (alone || is_void(name))
		return NULL;
	if (r->depth == DEPTH_MAX)
		return fault("too deep", start);
	memcpy(r->open[r->depth++], name, sizeof(name));
	return NULL;
}

const char *html_check(const char *page)
{
	static const char doctype[] = "<!doctype html>\n";
	struct reader r = { .at = page };
	const char *found = NULL;

	if (strncmp(page, doctype, strlen(doctype)) != 0)
		return fault("no doctype", page);
	r.at += strlen(doctype);
	while (found == NULL && *r.at != '\0') {
		if (*r.at == '<')
			found = read_tag(&r);
		else
			r.at += strcspn(r.at, "<");
	}
	if (found == NULL && r.depth != 0)
		return fault("is not closed", r.open[r.depth - 1]);
	if (found == NULL && (strstr(page, "http-equiv=refresh") != NULL ||
			      strstr(page, "@import") != NULL || strstr(page, "url(") != NULL))
		return fault("something is loaded", "refresh, @import or url()");
	return found;
}

void html_render(const json_t *document, struct buf *ret)
{
	const char *found;

	html_write(document, ret);
	ck_assert(!ret->failed);
	found = html_check(buf_text(ret));
	ck_assert_msg(found == NULL, "%s", found);
}
