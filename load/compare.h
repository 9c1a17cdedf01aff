/* compare.h - is one faster than the other, or is it noise?
 *
 * Rounds are paired: what disturbs the machine disturbs both of a pair. The
 * logarithms of the ratios are taken to be samples of a t distribution
 * (Student 1908); its 99 % interval says how sure the mean is. A difference is
 * one only when the whole interval lies beyond a margin that nobody would care
 * about: so that two runs of the same are called different less than once in
 * a hundred times. An interval that is wide says neither "different" nor "the
 * same". A value of 0 is a result, not a gap: it has no ratio, but where there
 * is one, nothing is called the same.
 */
#ifndef LOAD_COMPARE_H
#define LOAD_COMPARE_H

#include <stddef.h>

#define COMPARE_ROUNDS_MIN 3 /* fewer say nothing */
#define COMPARE_ROUNDS_MAX 1000
#define COMPARE_MARGIN 0.01
#define COMPARE_SPREAD_MAX 2.0 /* high / low: beyond, "the same" would mean nothing */

enum compare_verdict {
	COMPARE_TOO_FEW, /* rounds */
	COMPARE_SAME,    /* no difference beyond the noise */
	COMPARE_HIGHER,  /* b is above a */
	COMPARE_LOWER,
	COMPARE_NOISY,  /* neither: the interval is wider than COMPARE_SPREAD_MAX */
	COMPARE_FAILED, /* a value of a or b is 0; the rest is of the other pairs */
};

struct compare_result { /* all finite */
	enum compare_verdict verdict;
	double ratio;              /* b / a: geometric mean; 0 when there is no pair */
	double low, high;          /* 99 % interval of it; 0 of too few rounds */
	size_t rounds;             /* pairs in which both are above 0, and finite */
	size_t failed_a, failed_b; /* values that are 0 */
};

/* a[i] and b[i] are of one round; count: at most COMPARE_ROUNDS_MAX are looked
 * at. Any thread. */
void compare_pairs(const double *a, const double *b, size_t count, struct compare_result *ret);

#endif
