/* fuzz_response.c - any bytes as responses, one behind the other: read as a plain reader
 * of RFC 9112 reads them, wherever the reads are cut.
 *
 * The reader below has all bytes at hand and goes over them once, by lines, fields and
 * lists. Input: a byte whose bits are 1: asked with HEAD, 2: the connection ends; a byte
 * that says how to cut; the responses.
 */
#include "common/cc.h"
#include "load/response.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fine)
{
	if (!fine)
		abort();
}

struct plain {
	const char *text;
	size_t len, at;
	unsigned code; /* of the head at hand */
	bool old, close, keep, sized, coded, chunked, chunked_last;
	uint64_t length;
	/* What comes out: */
	unsigned status;
	uint64_t body_bytes;
	bool keep_alive, until_close;
};

/* Is the text from "at" on used up? */
static bool over(const struct plain *p)
{
	return p->at == p->len;
}

/* How many bytes from "from" on are among those of set. */
static size_t span(const struct plain *p, size_t from, const char *set)
{
	size_t n = 0;

	while (from + n < p->len && memchr(set, p->text[from + n], strlen(set)) != NULL)
		n++;
	return n;
}

static enum response_step status_line(struct plain *p)
{
	const char *lf = memchr(p->text + p->at, '\n', p->len - p->at);
	size_t n = lf != NULL ? (size_t)(lf - p->text) - p->at : p->len - p->at;
	char line[14] = "";

	memcpy(line, p->text + p->at, MIN(n, (size_t)13));
	for (size_t i = 0; i < MIN(n, (size_t)12); i++)
		if (i == 7 || i > 8 ? line[i] < '0' || line[i] > '9' : line[i] != "HTTP/1.. "[i])
			return RESPONSE_BAD;
	if (n >= 12)
		must(sscanf(line + 9, "%3u", &p->code) == 1);
	if ((n >= 12 && p->code < 100) || (n > 12 && strchr(" \t\r", line[12]) == NULL) ||
	    (n > 12 && line[12] == '\0') || (n < 12 && lf != NULL))
		return RESPONSE_BAD;
	p->old = line[7] == '0';
	p->at += lf != NULL ? n + 1 : n;
	return lf != NULL ? RESPONSE_DONE : RESPONSE_MORE;
}

/* What digits stand for; false: above INT64_MAX. */
static bool number(const char *digits, size_t len, bool hex, uint64_t *ret)
{
	char text[24] = "0";

	for (; len > 0 && *digits == '0'; digits++)
		len--;
	if (len > 19)
		return false;
	memcpy(text + 1, digits, len);
	if (hex && len > 16)
		return false;
	must(sscanf(text, hex ? "%" SCNx64 : "%" SCNu64, ret) == 1);
	return *ret <= INT64_MAX;
}

static enum response_step length_element(struct plain *p, const char *element, size_t len,
					 bool closed)
{
	uint64_t value;

	for (size_t i = 0; i < len; i++)
		if (element[i] < '0' || element[i] > '9')
			return RESPONSE_BAD;
	if (!number(element, len, false, &value))
		return RESPONSE_BAD;
	if (!closed)
		return RESPONSE_DONE;
	if (len == 0 || (p->sized && p->length != value))
		return RESPONSE_BAD;
	p->sized = true;
	p->length = value;
	return RESPONSE_DONE;
}

static bool same(const char *a, size_t len, const char *b)
{
	return len == strlen(b) && strncasecmp(a, b, len) == 0;
}

/* closed: nothing can be added to it. */
static enum response_step element(struct plain *p, const char *name, size_t name_len,
				  const char *text, size_t len, bool closed)
{
	while (len > 0 && memchr(" \t\r\n", text[0], 4) != NULL)
		text++, len--;
	while (len > 0 && memchr(" \t\r\n", text[len - 1], 4) != NULL)
		len--;
	if (same(name, name_len, "Content-Length"))
		return length_element(p, text, len, closed);
	if (!closed || len == 0)
		return RESPONSE_DONE;
	if (same(name, name_len, "Connection")) {
		p->close |= same(text, len, "close");
		p->keep |= same(text, len, "keep-alive");
		return RESPONSE_DONE;
	}
	p->chunked_last = same(text, len, "chunked");
	if (p->chunked && p->chunked_last)
		return RESPONSE_BAD;
	p->chunked |= p->chunked_last;
	return RESPONSE_DONE;
}

/* Of one of the three fields. */
static enum response_step list(struct plain *p, const char *name, size_t name_len,
			       const char *value, size_t len, bool complete)
{
	const char *comma;

	while ((comma = memchr(value, ',', len)) != NULL) {
		size_t n = (size_t)(comma - value);

		if (element(p, name, name_len, value, n, true) == RESPONSE_BAD)
			return RESPONSE_BAD;
		value += n + 1;
		len -= n + 1;
	}
	return element(p, name, name_len, value, len, complete);
}

/* A field with all lines that belong to it, from "at" to end. */
static enum response_step field(struct plain *p, size_t end, bool complete, bool trailers)
{
	const char *name = p->text + p->at;
	size_t name_len = span(p, p->at,
			       "!#$%&'*+-.^_`|~0123456789"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	size_t colon = p->at + name_len;
	bool coding = same(name, name_len, "Transfer-Encoding");

	if (span(p, p->at, " \t") > 0)
		return RESPONSE_DONE;
	if (colon < p->len && name_len == 0)
		return RESPONSE_BAD;
	if (colon < p->len)
		colon += span(p, colon, " \t");
	if (colon < p->len && p->text[colon] != ':')
		return RESPONSE_BAD;
	if (colon == p->len || trailers)
		return RESPONSE_DONE;
	p->coded |= coding;
	if (!coding && !same(name, name_len, "Content-Length") &&
	    !same(name, name_len, "Connection"))
		return RESPONSE_DONE;
	colon++;
	return list(p, name, name_len, p->text + colon, end - colon, complete);
}

/* Up to the empty line, that included. */
static enum response_step fields(struct plain *p, bool trailers)
{
	for (;;) {
		size_t end = p->at;
		bool complete = false;

		if (over(p))
			return RESPONSE_MORE;
		if (p->text[p->at] == '\r' && p->at + 1 == p->len)
			return RESPONSE_MORE;
		if (p->text[p->at] == '\r' && p->text[p->at + 1] != '\n')
			return RESPONSE_BAD;
		if (p->text[p->at] == '\r' || p->text[p->at] == '\n') {
			p->at += p->text[p->at] == '\r' ? 2 : 1;
			return RESPONSE_DONE;
		}
		while (!complete && end < p->len) {
			const char *lf = memchr(p->text + end, '\n', p->len - end);

			end = lf != NULL ? (size_t)(lf - p->text) + 1 : p->len;
			complete = end < p->len && span(p, end, " \t") == 0;
		}
		if (field(p, end, complete, trailers) == RESPONSE_BAD)
			return RESPONSE_BAD;
		p->at = end;
		if (!complete)
			return RESPONSE_MORE;
	}
}

/* The text that is wanted here, or as much as there is of it. */
static enum response_step literal(struct plain *p, const char *want)
{
	for (; *want != '\0'; want++, p->at++) {
		if (over(p))
			return RESPONSE_MORE;
		if (p->text[p->at] != *want)
			return RESPONSE_BAD;
	}
	return RESPONSE_DONE;
}

static enum response_step size_line(struct plain *p, uint64_t *ret_size)
{
	size_t n = span(p, p->at, "0123456789abcdefABCDEF");

	if (!number(p->text + p->at, n, true, ret_size))
		return RESPONSE_BAD;
	p->at += n;
	if (over(p))
		return RESPONSE_MORE;
	if (n == 0)
		return RESPONSE_BAD;
	p->at += span(p, p->at, " \t");
	if (!over(p) && p->text[p->at] == ';')
		while (!over(p) && p->text[p->at] != '\r' && p->text[p->at] != '\n')
			p->at++;
	return literal(p, "\r\n");
}

static enum response_step chunks(struct plain *p)
{
	for (;;) {
		enum response_step step;
		uint64_t size, n;

		step = size_line(p, &size);
		if (step != RESPONSE_DONE)
			return step;
		if (size == 0)
			return fields(p, true);
		n = MIN(size, p->len - p->at);
		p->body_bytes += n;
		p->at += n;
		step = literal(p, "\r\n");
		if (step != RESPONSE_DONE)
			return step;
	}
}

static enum response_step plain_body(struct plain *p, bool head)
{
	if (head || p->status == 204 || p->status == 304)
		return RESPONSE_DONE;
	if (p->coded && p->chunked_last)
		return chunks(p);
	p->until_close = p->coded || !p->sized;
	p->keep_alive &= !p->until_close;
	p->body_bytes = p->len - p->at;
	if (!p->until_close)
		p->body_bytes = MIN(p->length, p->body_bytes);
	p->at += p->body_bytes;
	return !p->until_close && p->body_bytes == p->length ? RESPONSE_DONE : RESPONSE_MORE;
}

static enum response_step plain_read(struct plain *p, bool head)
{
	enum response_step step;

	do {
		*p = (struct plain) { .text = p->text, .len = p->len, .at = p->at };
		step = status_line(p);
		if (step == RESPONSE_DONE)
			step = fields(p, false);
		if (step == RESPONSE_DONE && p->code == 101)
			step = RESPONSE_BAD;
		if (step != RESPONSE_DONE)
			return step;
	} while (p->code < 200);
	p->status = p->code;
	p->keep_alive = !p->close && (!p->old || p->keep) && !(p->coded && (p->sized || p->old));
	step = plain_body(p, head);
	if (step == RESPONSE_BAD)
		p->keep_alive = false;
	return step;
}

struct seen {
	enum response_step step;
	size_t used;
	struct response response;
};

/* How many bytes the next read has: by cut, from one each to all at once. */
static size_t next_read(uint32_t *seed, uint8_t cut, size_t left)
{
	if (cut == 0)
		return left;
	*seed = *seed * 1664525 + 1013904223;
	return MIN(left, 1 + (*seed >> 16) % cut);
}

static void read_cut(const char *text, size_t len, uint8_t cut, bool head, struct seen *ret)
{
	uint32_t seed = cut;

	*ret = (struct seen) { .step = RESPONSE_MORE };
	response_begin(&ret->response, head);
	while (ret->used < len && ret->step == RESPONSE_MORE) {
		size_t n = next_read(&seed, cut, len - ret->used), used;
		/* Of its own length, so that a look beyond it is seen. */
		AUTO_FREE char *copy = n > 0 ? malloc(n) : NULL;

		must(copy != NULL);
		memcpy(copy, text + ret->used, n);
		ret->step = response_feed(&ret->response, copy, n, &used);
		must(used <= n && (used == n || ret->step != RESPONSE_MORE));
		ret->used += used;
	}
}

static void check_same(const struct seen *a, const struct seen *b)
{
	must(a->step == b->step && a->used == b->used);
	must(a->response.status == b->response.status);
	must(a->response.body_bytes == b->response.body_bytes);
	must(a->response.keep_alive == b->response.keep_alive);
	must(a->response.fault == b->response.fault);
	must((a->step == RESPONSE_BAD) == (a->response.fault != NULL));
}

static void check_plain(const struct seen *seen, const struct plain *p, enum response_step step)
{
	must(seen->step == step);
	must(seen->response.status == p->status);
	must(seen->response.body_bytes == p->body_bytes);
	must(step == RESPONSE_BAD || seen->used == (step == RESPONSE_MORE ? p->len : p->at));
	must(seen->response.keep_alive == p->keep_alive);
}

/* *ret_used: where the next one begins. */
static enum response_step check_response(const char *text, size_t len, uint8_t cut, bool head,
					 bool end, size_t *ret_used)
{
	struct plain p = { .text = text, .len = len };
	struct seen whole, cut_up, bytewise;
	enum response_step step = plain_read(&p, head);

	read_cut(text, len, 0, head, &whole);
	read_cut(text, len, 1, head, &bytewise);
	read_cut(text, len, cut, head, &cut_up);
	check_same(&whole, &bytewise);
	check_same(&whole, &cut_up);
	check_plain(&whole, &p, step);
	*ret_used = whole.used;
	if (end) {
		bool fine = step == RESPONSE_DONE || (step == RESPONSE_MORE && p.until_close);

		must(response_end(&whole.response) == (fine ? RESPONSE_DONE : RESPONSE_BAD));
		must(fine || whole.response.fault != NULL);
	}
	return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes + 2;
	enum response_step step = RESPONSE_DONE;
	size_t used;

	if (len < 3 || len > RESPONSE_HEAD_MAX)
		return 0;
	for (len -= 2; len > 0 && step == RESPONSE_DONE; text += used, len -= used)
		step = check_response(text, len, bytes[1], bytes[0] & 1, bytes[0] & 2, &used);
	return 0;
}
