/* csv_number.h - numbers as people write them, as JSON has them. */
#ifndef WORK_CSV_NUMBER_H
#define WORK_CSV_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

struct row;

/* A decimal number, blanks around it, a '+', zeros in front, "5." and ".5" and
 * an exponent allowed. No digit is lost: it stays text. False, and nothing
 * added, when it is none. */
bool csv_number_add(struct row *row, const char *text, size_t len);

#endif
