/* text.c - see text.h. */
#include "launcher/text.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

void text_duration(char *ret, size_t size, uint64_t ns)
{
	uint64_t s = ns / CLOCK_NS_PER_S;

	if (ns < CLOCK_NS_PER_MS)
		snprintf(ret, size, "%llu us", (unsigned long long)(ns / 1000));
	else if (ns < CLOCK_NS_PER_S)
		snprintf(ret, size, "%.1f ms", (double)ns / 1e6);
	else if (s < 60)
		snprintf(ret, size, "%.1f s", (double)ns / 1e9);
	else if (s < 3600)
		snprintf(ret, size, "%u min %u s", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		snprintf(ret, size, "%u h %u min", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		snprintf(ret, size, "%llu d %u h", (unsigned long long)(s / 86400),
			 (unsigned)(s / 3600 % 24));
}

void text_rate(char *ret, size_t size, double value)
{
	static const char *const units[] = { "", "k", "M", "G" };
	size_t unit = 0;

	for (; value >= 999.5 && unit < 3; unit++) /* what would be written as 1000 */
		value /= 1000;
	if (value == 0)
		snprintf(ret, size, "0");
	else
		snprintf(ret, size, "%.*f%s",
			 value >= 99.95   ? 0
			 : value >= 9.995 ? 1
					  : 2,
			 value, units[unit]);
}

void text_bytes(char *ret, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	for (; value >= 1023.95 && unit < 3; unit++)
		value /= 1024;
	snprintf(ret, size, "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
}

void text_signal(char *ret, size_t size, int signal)
{
	const char *name = sigabbrev_np(signal);

	if (name != NULL)
		snprintf(ret, size, "SIG%s", name);
	else
		snprintf(ret, size, "signal %d", signal);
}

void text_death(char *ret, size_t size, int exit_code, int signal, int core_dumped)
{
	char name[TEXT_BYTES];

	if (signal == 0) {
		snprintf(ret, size, "exit status %d", exit_code);
		return;
	}
	text_signal(name, sizeof(name), signal);
	snprintf(ret, size, "killed by %s%s", name, core_dumped ? ", core dumped" : "");
}

const char *text_plural(size_t n)
{
	return n == 1 ? "" : "s";
}
