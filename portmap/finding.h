/* finding.h - numbers that have one thing wrong in common, told as one:
 * "11000 (and 5 more)".
 */
#ifndef PORTMAP_FINDING_H
#define PORTMAP_FINDING_H

#include <stddef.h>
#include <stdio.h>

struct finding { /* { 0 }: nothing found */
	size_t count;
	unsigned first;
};

static inline void finding_add(struct finding *f, unsigned number)
{
	if (f->count++ == 0)
		f->first = number;
}

struct finding_text {
	char text[64];
};

/* For printf: finding_text(&f).text, alive until the statement's end. */
static inline struct finding_text finding_text(const struct finding *f)
{
	struct finding_text ret;

	if (f->count > 1)
		snprintf(ret.text, sizeof(ret.text), "%u (and %zu more)", f->first, f->count - 1);
	else
		snprintf(ret.text, sizeof(ret.text), "%u", f->first);
	return ret;
}

#endif
