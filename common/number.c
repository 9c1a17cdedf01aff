/* number.c - see number.h. */
#include "common/number.h"

bool number_take(const char **text, uint64_t *ret)
{
	const char *t = *text;
	uint64_t n = 0;

	for (; *t >= '0' && *t <= '9'; t++) {
		unsigned digit = (unsigned)(*t - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (t == *text)
		return false;
	*text = t;
	*ret = n;
	return true;
}

bool number_take_decimal(const char **text, double *ret)
{
	uint64_t whole, fraction = 0;
	const char *t = *text, *point;
	double scale = 1;

	if (!number_take(&t, &whole) || whole > NUMBER_DECIMAL_MAX)
		return false;
	if (*t == '.') {
		point = t++;
		if (!number_take(&t, &fraction) || t - point > NUMBER_FRACTION_DIGITS_MAX + 1)
			return false;
		while (++point < t)
			scale *= 10;
	}
	*text = t;
	*ret = (double)whole + (double)fraction / scale;
	return true;
}

bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;

	if (!number_take(&text, &n) || *text != '\0')
		return false;
	if (n < min || n > max)
		return false;
	*ret = n;
	return true;
}
