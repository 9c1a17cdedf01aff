/* forkserver_wire.h - a request to the fork server: see forkserver.h. */
#ifndef LAUNCHER_FORKSERVER_WIRE_H
#define LAUNCHER_FORKSERVER_WIRE_H

#include <stddef.h>

/* In front of the heritage's: the document, standard output and error. */
#define FORKSERVER_OWN_FDS 3

/* 0 or -errno. */
int forkserver_send(int fd, const int *fds, size_t count);

/* Two arrays, owned by the caller: the descriptors, close-on-exec, and the
 * numbers that they had. 1, 0 when the other side is gone, -errno. */
int forkserver_receive(int fd, int **ret_fds, int **ret_numbers, size_t *ret_count);

/* Give the descriptors the numbers; whatever had them before is closed. For a
 * process that needs no other. 0 or -errno. */
int forkserver_place(int *fds, const int *numbers, size_t count);

#endif
