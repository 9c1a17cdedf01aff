/* gunzip.h - a gzip stream (RFC 1952) out of a descriptor, as it comes.
 *
 * Why not gzread(): it waits for the whole of what was asked for, so the lines
 * of a pipe would come late. Several members behind each other are one text,
 * zeros behind them are padding; anything else there, and a stream that is cut
 * short, is an error.
 */
#ifndef WORK_GUNZIP_H
#define WORK_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct gunzip;

#define GUNZIP_MAGIC "\x1f\x8b"

/* fd is borrowed; begun[0..len) has been read from it already, at most
 * GUNZIP_BEGUN_BYTES_MAX. */
#define GUNZIP_BEGUN_BYTES_MAX 65536
int gunzip_open(int fd, const char *begun, size_t len, struct gunzip **ret, struct error *e);

/* Some bytes at least, 0 at the end, -errno. */
ssize_t gunzip_read(struct gunzip *g, char *to, size_t len, struct error *e);

void gunzip_close(struct gunzip *g);

#endif
