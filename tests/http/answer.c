/* answer.c - see answer.h. */
#include "tests/http/answer.h"

#include "common/number.h"

#include <string.h>

#define HEAD_MAX (64u << 10) /* bytes */

static bool is_token(const char *p, size_t len)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		bool alnum = (p[i] >= '0' && p[i] <= '9') ||
			     ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'z');

		if (!alnum && (p[i] == '\0' || strchr(others, p[i]) == NULL))
			return false;
	}
	return len > 0;
}

/* Visible ASCII and single blanks within. */
static bool is_value(const char *p, size_t len)
{
	if (len > 0 && (p[0] == ' ' || p[len - 1] == ' '))
		return false;
	for (size_t i = 0; i < len; i++)
		if (p[i] < 0x20 || p[i] == 0x7f)
			return false;
	return true;
}

/* 0: a digit, A and a: a letter of that case, others: themselves. */
static bool has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++) {
		bool fits = *form == '0'   ? *text >= '0' && *text <= '9'
			    : *form == 'A' ? *text >= 'A' && *text <= 'Z'
			    : *form == 'a' ? *text >= 'a' && *text <= 'z'
					   : *text == *form;

		if (!fits)
			return false;
	}
	return true;
}

/* The next line of a head that is one; NULL behind the last. */
static const char *next_line(const char *line)
{
	const char *next = strstr(line, "\r\n") + 2;

	return *next != '\0' ? next : NULL;
}

static const char *find(const char *line, const char *name, size_t len)
{
	for (; line != NULL; line = next_line(line))
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line;
	return NULL;
}

/* A header line with what comes behind it. */
static const char *line_fault(const char *line)
{
	size_t len = strcspn(line, "\r"), name = strcspn(line, ":");

	if (line[len + 1] != '\n')
		return "a carriage return ends no line";
	if (name >= len || line[name + 1] != ' ' || !is_token(line, name))
		return "a header line has no name";
	if (!is_value(line + name + 2, len - name - 2))
		return "a header's value is none";
	if (find(next_line(line), line, name) != NULL)
		return "a header comes twice";
	return NULL;
}

static bool has(const struct answer *a, const char *name)
{
	return find(next_line(buf_text(&a->head)), name, strlen(name)) != NULL;
}

static const char *head_fault(const struct answer *a)
{
	const char *fault = NULL;
	AUTO_BUF struct buf date = BUF_INIT(HEAD_MAX);

	for (const char *line = next_line(buf_text(&a->head)); line != NULL && fault == NULL;
	     line = next_line(line))
		fault = line_fault(line);
	if (fault != NULL || a->status < 200)
		return fault;
	if (!answer_header(a, "Date", &date) || date.len != 29 ||
	    !has_form(buf_text(&date), "Aaa, 00 Aaa 0000 00:00:00 GMT"))
		return "it has no right Date";
	if (has(a, "Transfer-Encoding"))
		return "it has a Transfer-Encoding, which no reply of ours needs";
	return NULL;
}

static bool has_length(int status)
{
	return status >= 200 && status != 204;
}

/* How long the body is; what comes back is a fault. */
static const char *body_length(const struct answer *a, bool to_head, size_t *ret_len)
{
	AUTO_BUF struct buf text = BUF_INIT(HEAD_MAX);
	bool there = answer_header(a, "Content-Length", &text);
	uint64_t len = 0;

	if (there && !has_length(a->status))
		return "it has a Content-Length where none may be";
	if (!there && has_length(a->status) && a->status != 304)
		return "it has no Content-Length";
	if (there && !number_parse(buf_text(&text), 0, ANSWER_MAX, &len))
		return "its Content-Length is no number";
	*ret_len = to_head || a->status == 304 ? 0 : (size_t)len;
	if (*ret_len > 0 && !has(a, "Content-Type"))
		return "its body has no type";
	return NULL;
}

static const char *status_fault(const struct answer *a)
{
	const char *line = buf_text(&a->head);

	if (!has_form(line, "HTTP/1.1 000 ") || line[9] == '0')
		return "it has no status line";
	return is_value(line + 13, strcspn(line + 13, "\r")) ? NULL : "its reason is none";
}

static int status_of(const char *line)
{
	return (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

enum answer_result answer_take(struct buf *in, bool to_head, struct answer *ret,
			       const char **ret_fault)
{
	struct answer a = { .head = BUF_INIT(HEAD_MAX), .body = BUF_INIT(ANSWER_MAX) };
	const char *end = memmem(buf_text(in), in->len, "\r\n\r\n", 4);
	size_t head = end != NULL ? (size_t)(end - buf_text(in)) + 2 : 0, len = 0;

	*ret_fault = "its head is too long";
	if (end == NULL)
		return in->len < HEAD_MAX ? ANSWER_MORE : ANSWER_BAD;
	buf_add(&a.head, buf_text(in), head);
	*ret_fault =
		memchr(buf_text(in), '\0', head) != NULL ? "it has a zero byte" : status_fault(&a);
	if (*ret_fault == NULL) {
		a.status = status_of(buf_text(&a.head));
		*ret_fault = head_fault(&a);
	}
	if (*ret_fault == NULL)
		*ret_fault = body_length(&a, to_head, &len);
	if (*ret_fault != NULL || in->len < head + 2 + len) {
		answer_release(&a);
		return *ret_fault != NULL ? ANSWER_BAD : ANSWER_MORE;
	}
	buf_add(&a.body, buf_text(in) + head + 2, len);
	buf_consume(in, head + 2 + len);
	answer_release(ret);
	*ret = a;
	return ANSWER_WHOLE;
}

void answer_release(struct answer *answer)
{
	buf_release(&answer->head);
	buf_release(&answer->body);
}

bool answer_header(const struct answer *answer, const char *name, struct buf *ret)
{
	const char *line = find(next_line(buf_text(&answer->head)), name, strlen(name));

	if (line == NULL)
		return false;
	line += strlen(name) + 2;
	buf_add(ret, line, strcspn(line, "\r"));
	return true;
}
