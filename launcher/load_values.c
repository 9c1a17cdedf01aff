/* load_values.c - see load_values.h. */
#include "launcher/load_values.h"

#include "common/cc.h"
#include "common/number.h"

#include <string.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit times[] = { { "", 1e9 },     { "us", 1e3 }, { "ms", 1e6 },  { "s", 1e9 },
				     { "min", 6e10 }, { "m", 6e10 }, { "h", 3.6e12 } };
static const struct unit rates[] = { { "", 1 },      { "/s", 1 },  { "k", 1e3 },
				     { "k/s", 1e3 }, { "M", 1e6 }, { "M/s", 1e6 } };

static bool parse(const char *text, const struct unit *units, size_t count, double *ret)
{
	double value;

	if (!number_take_decimal(&text, &value))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		*ret = value * units[i].factor;
		return true;
	}
	return false;
}

bool load_value_time(const char *text, uint64_t *ret)
{
	double ns;

	if (!parse(text, times, ARRAY_SIZE(times), &ns) || ns >= 0x1p63)
		return false;
	*ret = (uint64_t)(ns + 0.5);
	return true;
}

bool load_value_rate(const char *text, double *ret)
{
	return parse(text, rates, ARRAY_SIZE(rates), ret);
}
