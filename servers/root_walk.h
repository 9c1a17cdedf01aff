/* root_walk.h - what openat2(2) does with RESOLVE_BENEATH, for kernels without. */
#ifndef SERVERS_ROOT_WALK_H
#define SERVERS_ROOT_WALK_H

#include <stdbool.h>

/* Open path, relative, with flags, beneath the directory root_fd. The
 * descriptor, or -errno as openat2(2) has it: -EXDEV for what leads out,
 * -ELOOP for a link that is not to be followed; -ENAMETOOLONG also for more than
 * 64 directories, each of which takes a descriptor meanwhile. */
int root_walk(int root_fd, const char *path, int flags, bool follow);

#endif
