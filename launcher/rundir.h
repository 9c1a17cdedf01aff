/* rundir.h - where an instance keeps its pid and its control socket.
 *
 *   --run-dir DIR, else $XDG_RUNTIME_DIR/eisen/NAME, else /tmp/eisen-UID/NAME
 *     pid            the manager's pid; locked (flock(2)) for as long as it lives
 *     control.sock   the status API with its control calls, mode 0600
 *
 * All directories that we make are 0700; one that belongs to somebody else or
 * that others may write to is refused, since /tmp is everybody's.
 */
#ifndef LAUNCHER_RUNDIR_H
#define LAUNCHER_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

#define RUNDIR_PATH_BYTES 256 /* control.sock below it must fit sun_path */
#define RUNDIR_NAME_MAX 64

struct rundir {
	char name[RUNDIR_NAME_MAX + 1];
	char path[RUNDIR_PATH_BYTES];
	bool given;  /* path is --run-dir's: the name alone does not find it */
	int lock_fd; /* close-on-exec; -1: not ours */
};

/* A name from a config file's: its last part without ".json", bytes other
 * than letters, digits, ".", "_" and "-" replaced by "-". */
void rundir_name_from_file(char *ret, size_t size, const char *file);

/* Fit for --name: such a name, not empty, no leading dot. */
bool rundir_name_valid(const char *name);

/* Make and lock it. dir NULL: the default for name. -EALREADY with the other
 * manager's pid in the text when it is taken. */
int rundir_open(struct rundir *ret, const char *dir, const char *name, struct error *e);

/* Remove what we made, give the lock back. */
void rundir_close(struct rundir *rd);

/* Find a running instance: by dir, by name, or, with both NULL, the only one
 * there is. The error says which there are. *ret_pid is its manager's. */
int rundir_find(struct rundir *ret, const char *dir, const char *name, pid_t *ret_pid,
		struct error *e);

/* What 'eisen stop' has to be given to find it: "NAME" or "--run-dir PATH". */
#define RUNDIR_ARGUMENT_BYTES (RUNDIR_PATH_BYTES + 16)
void rundir_argument(const struct rundir *rd, char *ret, size_t size);

/* PATH/control.sock */
void rundir_control_path(const struct rundir *rd, char *ret, size_t size);

#endif
