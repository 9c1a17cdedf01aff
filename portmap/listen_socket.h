/* listen_socket.h - one listening socket. For listen.c alone.
 *
 * All return 0 or -errno and set *ret_* on success only.
 */
#ifndef PORTMAP_LISTEN_SOCKET_H
#define PORTMAP_LISTEN_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

struct address;

enum listen_kind {
	LISTEN_EXCLUSIVE,
	LISTEN_SHARED_FIRST, /* the first socket of a shared port */
	LISTEN_SHARED_NEXT,
	LISTEN_FREE, /* bound only */
};

struct listen_file { /* a Unix socket's file, to unlink that one only */
	dev_t device;
	ino_t inode; /* 0: none */
};

int listen_ip(const struct address *address, enum listen_kind kind, int *ret_fd);

/* -EEXIST: there is a file that is no socket. -EADDRINUSE: somebody has the
 * socket that is there. */
int listen_unix(const struct address *address, int mode, enum listen_kind kind, int *ret_fd,
		struct listen_file *ret_file);

/* Unlink address's file if it is still the one we made. */
void listen_file_unlink(const struct address *address, const struct listen_file *file);

#endif
