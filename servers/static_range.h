/* static_range.h - parts of a file: 206 (RFC 9110, 14 and 15.3.7). */
#ifndef SERVERS_STATIC_RANGE_H
#define SERVERS_STATIC_RANGE_H

struct byterange_set;
struct reply;
struct static_file;
struct static_site;

/* 0, or -errno: the file cannot be read right now, and nothing is answered yet. */
int static_range_send(const struct static_site *site, struct static_file *file,
		      const struct byterange_set *set, struct reply *reply);

#endif
