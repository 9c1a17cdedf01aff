/* holder.h - which process holds an address, for "port is busy" messages.
 *
 * Reads /proc/net/{tcp,tcp6,unix} for the socket's inode and /proc/PID/fd for
 * its owner. Best effort: other users' processes are seen by root only.
 */
#ifndef PORTMAP_HOLDER_H
#define PORTMAP_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct address;

struct holder {
	pid_t pid;        /* 0: unknown */
	char program[64]; /* comm, "" when unknown */
};

/* True when a socket that conflicts with the address was found, also when its
 * process is unknown. */
bool holder_find(const struct address *address, struct holder *ret);

#endif
