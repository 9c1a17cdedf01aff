/* http_date.h - the dates of HTTP (RFC 9110, 5.6.7), without locale or zone. */
#ifndef SERVERS_HTTP_DATE_H
#define SERVERS_HTTP_DATE_H

#include <stdbool.h>
#include <time.h>

#define HTTP_DATE_BYTES 30 /* "Sun, 06 Nov 1994 08:49:37 GMT" and its NUL */

/* t as IMF-fixdate. The years 1970 to 9999; what lies outside becomes the
 * nearest second within. Takes no lock and no memory. Any thread. */
void http_date_format(time_t t, char ret[HTTP_DATE_BYTES]);

/* IMF-fixdate, RFC 850 with two digits for the year, or asctime. Of the years that
 * two digits may stand for it is the latest that is at most 50 years after now. The
 * day of the week must be one, not the right one; second 60 is the one that follows.
 * Years 1 to 9999. False: not a date, *ret is left alone. Any thread. */
bool http_date_parse(const char *text, time_t now, time_t *ret);

#endif
