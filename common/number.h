/* number.h - unsigned decimal numbers out of text.
 *
 * Digits only: no sign, no blanks, no base prefix, so that what a person
 * reads is what is meant. Nothing overflows; what is too large is refused.
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

#endif
