/* accesslog_line.c - see accesslog_line.h. */
#include "servers/accesslog_line.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/utf8.h"
#include "servers/app.h"

#include <string.h>
#include <time.h>

#define ESCAPE_BYTES_MAX 6 /* of one byte: "\u001f" */
#define ELLIPSIS "…"

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Where a text goes, and how much of it. */
struct field {
	char *at;
	const char *end; /* ELLIPSIS fits behind it */
	enum accesslog_format format;
};

static char *put(char *at, const char *text, size_t len)
{
	memcpy(at, text, len);
	return at + len;
}

#define put_literal(at, text) put(at, text, sizeof(text) - 1)

static char *put_number(char *at, uint64_t value)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return put(at, digits + i, sizeof(digits) - i);
}

/* The last count digits of value. */
static char *put_digits(char *at, unsigned value, unsigned count)
{
	for (unsigned i = count; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + count;
}

static char *put_hex(char *at, unsigned char byte, const char *digits)
{
	*at++ = digits[byte >> 4];
	*at++ = digits[byte & 15];
	return at;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Has the word a byte that is zero? Bytes above such a one may count too. */
static uint64_t zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/* is_plain() of eight bytes at once. */
static bool are_plain(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return ((word & EACH_BYTE(0x80)) | ((word - EACH_BYTE(0x20)) & ~word & EACH_BYTE(0x80)) |
		zero_bytes(word ^ EACH_BYTE('"')) | zero_bytes(word ^ EACH_BYTE('\\')) |
		zero_bytes(word ^ EACH_BYTE(0x7f))) == 0;
}

/* How many bytes of text, at most len, go as they are. */
static size_t plain_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n + sizeof(uint64_t) <= len && are_plain(text + n))
		n += sizeof(uint64_t);
	while (n < len && is_plain((unsigned char)text[n]))
		n++;
	return n;
}

static char *escape(char *at, unsigned char c, enum accesslog_format format)
{
	if (format == ACCESSLOG_COMBINED)
		return put_hex(put_literal(at, "\\x"), c, "0123456789ABCDEF");
	if (c == '"' || c == '\\') {
		*at++ = '\\';
		*at++ = (char)c;
		return at;
	}
	/* Few parsers take "\u0000". */
	at = c != 0 && c < 0x80 ? put_literal(at, "\\u00") : put_literal(at, "\\\\x");
	return put_hex(at, c, "0123456789abcdef");
}

/* One character that is not plain, or one byte that is none; returns how many
 * bytes of text it was, 0: there is no room for it. */
static size_t put_odd(struct field *f, const char *text, size_t len)
{
	size_t n = utf8_sequence(text, MIN(len, (size_t)UTF8_BYTES_MAX));

	if (f->end - f->at < ESCAPE_BYTES_MAX)
		return 0;
	if (n > 1 && !utf8_is_harmful(text, n)) {
		f->at = put(f->at, text, n);
		return n;
	}
	f->at = escape(f->at, (unsigned char)text[0], f->format);
	return 1;
}

/* False: it did not fit, and ends with an ellipsis. */
static bool put_text(struct field *f, const struct accesslog_text *text)
{
	const char *from = text->text;
	size_t left = text->len;

	while (left > 0) {
		size_t room = (size_t)(f->end - f->at);
		size_t n = plain_length(from, MIN(left, room));

		f->at = put(f->at, from, n);
		from += n;
		left -= n;
		if (left == 0)
			break;
		n = put_odd(f, from, left);
		if (n == 0) {
			f->at = put_literal(f->at, ELLIPSIS);
			return false;
		}
		from += n;
		left -= n;
	}
	return true;
}

static char *put_field(char *at, size_t max, enum accesslog_format format,
		       const struct accesslog_text *text)
{
	struct field f = { at, at + max, format };

	put_text(&f, text);
	return f.at;
}

static char *put_target(char *at, enum accesslog_format format, const struct accesslog_entry *e)
{
	static const struct accesslog_text mark = { "?", 1 };
	struct field f = { at, at + ACCESSLOG_TARGET_MAX, format };

	if (put_text(&f, &e->path) && e->query.text != NULL && put_text(&f, &mark))
		put_text(&f, &e->query);
	return f.at;
}

/* Combined ----------------------------------------------------------------- */

static char *put_or_dash(char *at, size_t max, const struct accesslog_text *text)
{
	if (text->text == NULL)
		return put_literal(at, "-");
	return put_field(at, max, ACCESSLOG_COMBINED, text);
}

/* "-" alone when nothing is known of it, as Apache httpd and nginx have it. */
static char *put_request(char *at, const struct accesslog_entry *e)
{
	if (e->method.text == NULL && e->path.text == NULL)
		return put_literal(at, "-");
	at = put_or_dash(at, ACCESSLOG_METHOD_MAX, &e->method);
	*at++ = ' ';
	at = e->path.text != NULL ? put_target(at, ACCESSLOG_COMBINED, e) : put_literal(at, "-");
	if (e->version.text == NULL)
		return at;
	*at++ = ' ';
	return put_field(at, ACCESSLOG_METHOD_MAX, ACCESSLOG_COMBINED, &e->version);
}

static char *put_combined(char *at, const struct accesslog_clock *clock,
			  const struct accesslog_entry *e)
{
	at = put(at, e->addr.text, e->addr.len);
	at = put(at, clock->combined, clock->combined_len);
	at = put_request(at, e);
	at = put_literal(at, "\" ");
	at = put_digits(at, e->status, 3);
	*at++ = ' ';
	if (e->bytes == ACCESSLOG_UNKNOWN)
		*at++ = '-';
	else
		at = put_number(at, e->bytes);
	at = put_literal(at, " \"");
	at = put_or_dash(at, ACCESSLOG_REFERER_MAX, &e->referer);
	at = put_literal(at, "\" \"");
	at = put_or_dash(at, ACCESSLOG_AGENT_MAX, &e->user_agent);
	return put_literal(at, "\"\n");
}

/* JSON --------------------------------------------------------------------- */

static char *put_or_null(char *at, size_t max, const struct accesslog_text *text)
{
	if (text->text == NULL)
		return put_literal(at, "null");
	*at++ = '"';
	at = put_field(at, max, ACCESSLOG_JSON, text);
	*at++ = '"';
	return at;
}

static char *put_site(char *at, const struct site *site)
{
	at = put_literal(at, ",\"group\":\"");
	at = put(at, site->group, strlen(site->group));
	at = put_literal(at, "\",\"port\":");
	at = put_number(at, (uint64_t)site->port);
	at = put_literal(at, ",\"START_SEQUENCE_NUM\":");
	if (site->start_sequence_num < 0)
		return put_literal(at, "null");
	return put_number(at, (uint64_t)site->start_sequence_num);
}

static char *put_json_request(char *at, const struct accesslog_entry *e)
{
	at = put_literal(at, ",\"method\":");
	at = put_or_null(at, ACCESSLOG_METHOD_MAX, &e->method);
	at = put_literal(at, ",\"target\":");
	if (e->path.text == NULL) {
		at = put_literal(at, "null");
	} else {
		*at++ = '"';
		at = put_target(at, ACCESSLOG_JSON, e);
		*at++ = '"';
	}
	at = put_literal(at, ",\"version\":");
	return put_or_null(at, ACCESSLOG_METHOD_MAX, &e->version);
}

static char *put_json(char *at, const struct accesslog_clock *clock, uint64_t now_ns,
		      const struct accesslog_entry *e)
{
	unsigned ms = (unsigned)((now_ns - clock->second_ns) / CLOCK_NS_PER_MS);

	at = put_literal(at, "{\"time\":\"");
	at = put(at, clock->json, clock->json_len);
	at = put_digits(at, ms, 3);
	at = put_literal(at, "Z\",\"addr\":\"");
	at = put(at, e->addr.text, e->addr.len);
	*at++ = '"';
	at = put_json_request(put_site(at, e->site), e);
	at = put_literal(at, ",\"status\":");
	at = put_number(at, e->status);
	at = put_literal(at, ",\"bytes\":");
	if (e->bytes == ACCESSLOG_UNKNOWN)
		at = put_literal(at, "null");
	else
		at = put_number(at, e->bytes);
	at = put_literal(at, ",\"duration_us\":");
	at = put_number(at, e->duration_us);
	at = put_literal(at, ",\"referer\":");
	at = put_or_null(at, ACCESSLOG_REFERER_MAX, &e->referer);
	at = put_literal(at, ",\"user_agent\":");
	at = put_or_null(at, ACCESSLOG_AGENT_MAX, &e->user_agent);
	return put_literal(at, "}\n");
}

/* Time --------------------------------------------------------------------- */

void accesslog_clock_update(struct accesslog_clock *clock, uint64_t now_ns)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	clock->second_ns = now_ns - (uint64_t)t.tv_nsec;
	clock->combined_len = (uint8_t)snprintf(clock->combined, sizeof(clock->combined),
						" - - [%02d/%s/%04d:%02d:%02d:%02d +0000] \"",
						tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
						tm.tm_hour, tm.tm_min, tm.tm_sec);
	clock->json_len = (uint8_t)snprintf(
		clock->json, sizeof(clock->json), "%04d-%02d-%02dT%02d:%02d:%02d.",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

size_t accesslog_line(char *ret, enum accesslog_format format, struct accesslog_clock *clock,
		      uint64_t now_ns, const struct accesslog_entry *entry)
{
	const char *end;

	if (now_ns - clock->second_ns >= CLOCK_NS_PER_S || clock->json_len == 0)
		accesslog_clock_update(clock, now_ns);
	end = format == ACCESSLOG_COMBINED ? put_combined(ret, clock, entry)
					   : put_json(ret, clock, now_ns, entry);
	return (size_t)(end - ret);
}
