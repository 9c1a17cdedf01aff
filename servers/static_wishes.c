/* static_wishes.c - see static_wishes.h. */
#include "servers/static_wishes.h"

#include "servers/request.h"

#include <microhttpd.h>
#include <strings.h>

#define COPY_MAX (64u << 10) /* bytes: a request's head is shorter */

/* Where the value of a header goes; NULL: it does not matter. */
static const char **place_of(struct static_wishes *w, const char *name, size_t len)
{
	const char *want;
	const char **place;

	switch (len) {
	case 5:
		want = "Range";
		place = &w->range;
		break;
	case 8: /* two: they differ by their fourth letter */
		want = (name[3] | 0x20) == 'm' ? "If-Match" : "If-Range";
		place = (name[3] | 0x20) == 'm' ? &w->conditions.if_match : &w->conditions.if_range;
		break;
	case 13:
		want = "If-None-Match";
		place = &w->conditions.if_none_match;
		break;
	case 15:
		want = "Accept-Encoding";
		place = &w->accept_encoding;
		break;
	case 17:
		want = "If-Modified-Since";
		place = &w->conditions.if_modified_since;
		break;
	case 19:
		want = "If-Unmodified-Since";
		place = &w->conditions.if_unmodified_since;
		break;
	default:
		return NULL;
	}
	return strcasecmp(name, want) == 0 ? place : NULL;
}

static struct buf *copy_of(struct static_wishes *w, const char **place)
{
	struct static_wish_copy *copy = w->copies;

	for (size_t i = 0; i < w->copy_count; i++, copy++)
		if (copy->of == place)
			return &copy->text;
	w->copy_count++;
	*copy = (struct static_wish_copy) { .of = place, .text = BUF_INIT(COPY_MAX) };
	if (*place != NULL)
		buf_adds(&copy->text, *place);
	return &copy->text;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static enum MHD_Result note(void *cls, enum MHD_ValueKind kind ATTR_UNUSED, const char *name,
			    size_t name_len, const char *value, size_t len)
{
	const char **place = place_of(cls, name, name_len);
	struct buf *copy;

	if (place == NULL || value == NULL)
		return MHD_YES;
	if (*place == NULL && (len == 0 || !is_blank(value[len - 1]))) {
		*place = value;
		return MHD_YES;
	}
	while (len > 0 && is_blank(value[len - 1]))
		len--;
	copy = copy_of(cls, place);
	if (*place != NULL)
		buf_adds(copy, ", ");
	buf_add(copy, value, len);
	*place = buf_text(copy);
	return MHD_YES;
}

void static_wishes_find(const struct request *request, struct static_wishes *ret)
{
	ret->conditions = (struct conditions) { 0 };
	ret->range = ret->accept_encoding = NULL;
	ret->copy_count = 0;
	MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, note, ret);
}

void static_wishes_release(struct static_wishes *wishes)
{
	while (wishes->copy_count > 0)
		buf_release(&wishes->copies[--wishes->copy_count].text);
}
