/* load_child.h - 'eisen run' as a child of ours. */
#ifndef LAUNCHER_LOAD_CHILD_H
#define LAUNCHER_LOAD_CHILD_H

#include <sys/types.h>

struct error;

/* run_dir: where its control socket goes; file NULL: the demo, "-": a config
 * from our stdin. ready_name: the datagram socket for its READY=1; stderr_fd:
 * its stderr. It is quiet, in a process group of its own, without our signal
 * mask and descriptors, and gets SIGTERM when we die. *ret: its pid; await it. */
int load_child_start(pid_t *ret, const char *run_dir, const char *file, const char *ready_name,
		     int stderr_fd, struct error *e);

#endif
