/* static_range.h - parts of a file: 206 and 416 (RFC 9110, 14 and 15.3.7). */
#ifndef SERVERS_STATIC_RANGE_H
#define SERVERS_STATIC_RANGE_H

struct byterange_set;
struct reply;
struct static_file;
struct static_site;

void static_range_send(const struct static_site *site, const struct static_file *file,
		       const struct byterange_set *set, struct reply *reply);
void static_range_refuse(const struct static_file *file, struct reply *reply);

#endif
