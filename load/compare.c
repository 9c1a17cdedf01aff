/* compare.c - see compare.h. */
#include "load/compare.h"

#include "common/cc.h"

#include <math.h>
#include <stdbool.h>

#define CONFIDENCE 0.99
#define LOG_MAX 700.0 /* exp() of it is finite, of minus it above 0 */

/* The share of Student's t distribution within -t..t, for t = tan(angle) *
 * sqrt(freedom): the finite series for whole degrees of freedom (Abramowitz
 * and Stegun, 26.7.3 and 26.7.4). */
static double t_share(double angle, size_t freedom)
{
	bool odd = freedom % 2 == 1;
	double term = odd ? cos(angle) : 1, sum = 0;

	for (size_t k = odd ? 3 : 2; k <= freedom; k += 2) {
		sum += term;
		term *= cos(angle) * cos(angle) * (double)(k - 1) / (double)k;
	}
	return odd ? (angle + sin(angle) * sum) * M_2_PI : sin(angle) * sum;
}

/* How many standard errors to either side hold CONFIDENCE of the distribution. */
static double t_of(size_t freedom)
{
	double low = 0, high = M_PI_2;

	for (int i = 0; i < 60; i++) { /* more than a double has bits */
		double middle = (low + high) / 2;

		if (t_share(middle, freedom) < CONFIDENCE)
			low = middle;
		else
			high = middle;
	}
	return tan(low) * sqrt((double)freedom);
}

static bool is_usable(double a, double b)
{
	return a > 0 && b > 0 && isfinite(a) && isfinite(b);
}

/* Mean and variance in one pass that loses no digits (Welford 1962). */
struct moments {
	size_t count;
	double mean, squares; /* squares: sum of squared distances from the mean */
};

static void moments_add(struct moments *m, double value)
{
	double before = value - m->mean;

	m->count++;
	m->mean += before / (double)m->count;
	m->squares += before * (value - m->mean);
}

static double exp_of(double log)
{
	return exp(MAX(-LOG_MAX, MIN(log, LOG_MAX)));
}

static enum compare_verdict verdict_of(double low, double high)
{
	if (low > 1 + COMPARE_MARGIN)
		return COMPARE_HIGHER;
	if (high < 1 - COMPARE_MARGIN)
		return COMPARE_LOWER;
	return high > low * COMPARE_SPREAD_MAX ? COMPARE_NOISY : COMPARE_SAME;
}

void compare_pairs(const double *a, const double *b, size_t count, struct compare_result *ret)
{
	struct moments m = { 0 };
	double reach, n;

	*ret = (struct compare_result) { 0 };
	for (size_t i = 0; i < MIN(count, COMPARE_ROUNDS_MAX); i++) {
		ret->failed_a += a[i] == 0;
		ret->failed_b += b[i] == 0;
		if (is_usable(a[i], b[i]))
			moments_add(&m, log(b[i]) - log(a[i]));
	}
	ret->rounds = m.count;
	ret->ratio = m.count > 0 ? exp_of(m.mean) : 0;
	ret->verdict = ret->failed_a + ret->failed_b > 0 ? COMPARE_FAILED : COMPARE_TOO_FEW;
	if (m.count < COMPARE_ROUNDS_MIN)
		return;
	n = (double)m.count;
	reach = t_of(m.count - 1) * sqrt(m.squares / (n - 1) / n);
	ret->low = exp_of(m.mean - reach);
	ret->high = exp_of(m.mean + reach);
	if (ret->verdict != COMPARE_FAILED)
		ret->verdict = verdict_of(ret->low, ret->high);
}
