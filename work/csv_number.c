/* csv_number.c - see csv_number.h. */
#include "work/csv_number.h"

#include "work/row.h"

/* Text from one place to another. */
struct part {
	const char *from, *to;
};

struct number {
	bool negative;
	struct part whole, fraction, exponent; /* digits; the exponent with its sign */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *take_digits(const char *at, const char *end, struct part *ret)
{
	ret->from = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	ret->to = at;
	return at;
}

static bool is_empty(const struct part *p)
{
	return p->from == p->to;
}

static bool parse(const char *at, const char *end, struct number *n)
{
	struct part digits;

	while (end > at && is_blank(end[-1]))
		end--;
	while (at < end && is_blank(*at))
		at++;
	*n = (struct number) { .negative = at < end && *at == '-' };
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	at = take_digits(at, end, &n->whole);
	if (at < end && *at == '.')
		at = take_digits(at + 1, end, &n->fraction);
	if (is_empty(&n->whole) && is_empty(&n->fraction))
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		n->exponent.from = ++at;
		at += at < end && (*at == '-' || *at == '+');
		at = take_digits(at, end, &digits);
		n->exponent.to = at;
		if (is_empty(&digits))
			return false;
	}
	return at == end;
}

static void add_part(struct row *row, const char *before, const struct part *p)
{
	if (is_empty(p))
		return;
	row_add(row, before, 1);
	row_add(row, p->from, (size_t)(p->to - p->from));
}

bool csv_number_add(struct row *row, const char *text, size_t len)
{
	struct number n;

	if (!parse(text, text + len, &n))
		return false;
	if (n.negative)
		row_add(row, "-", 1);
	while (n.whole.to - n.whole.from > 1 && *n.whole.from == '0')
		n.whole.from++;
	if (is_empty(&n.whole))
		row_add(row, "0", 1);
	row_add(row, n.whole.from, (size_t)(n.whole.to - n.whole.from));
	add_part(row, ".", &n.fraction);
	add_part(row, "e", &n.exponent);
	return true;
}
