/* holder.h - which process holds an address, for "port is busy" messages.
 *
 * Reads /proc/net/{tcp,tcp6,unix} for the socket's inode and /proc/PID/fd for
 * its owner; of several processes that share it, the one with the lowest pid.
 * Best effort: other users' processes are seen by root only, and a port that
 * is bound without listening is in no file of /proc.
 */
#ifndef PORTMAP_HOLDER_H
#define PORTMAP_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct address;

struct holder {
	pid_t pid;        /* 0: unknown */
	char program[64]; /* comm, "" when unknown */
};

/* True when a socket that conflicts with the address was found, also when its
 * process is unknown. */
bool holder_find(const struct address *address, struct holder *ret);

/* The same for many addresses, with one pass over /proc; ret_found may be
 * NULL. */
void holder_find_all(const struct address *addresses, size_t count, struct holder *ret,
		     bool *ret_found);

#endif
