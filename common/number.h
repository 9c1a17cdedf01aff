/* number.h - unsigned decimal numbers out of text.
 *
 * Digits, or with a fraction digits "." digits: no sign, no blanks, no base prefix, so that what a
 * person reads is what is meant. Nothing overflows; what is too large is refused.
 */
#ifndef COMMON_NUMBER_H
#define COMMON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The whole of text as a number within min..max. *ret is set on success
 * only. */
bool number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* Take a number off the front of *text and move *text behind its digits.
 * False, and nothing moved, when there is none or it passes 64 bits. */
bool number_take(const char **text, uint64_t *ret);

#define NUMBER_DECIMAL_MAX UINT64_C(1000000000000000) /* a double has these exactly */
#define NUMBER_FRACTION_DIGITS_MAX 18

/* The same of a number with or without a fraction, "5" or "0.25", whose whole
 * part is at most NUMBER_DECIMAL_MAX, with at most NUMBER_FRACTION_DIGITS_MAX
 * digits behind its point. Not strtod(3): it takes signs, exponents, "nan" and
 * the locale's point. *ret is set on success only. */
bool number_take_decimal(const char **text, double *ret);

#endif
