/* program.h - a program that is run for what it writes to its standard output.
 *
 * No shell. Standard input is /dev/null, standard error ours. It leads a
 * process group of its own, so that program_kill() ends what it has started,
 * too; the kernel kills it when the thread that has started it dies.
 */
#ifndef WORK_PROGRAM_H
#define WORK_PROGRAM_H

#include <sys/types.h>

struct error;

struct program {
	pid_t pid; /* 0: none, or it has been waited for */
};

/* argv ends with NULL and is copied. argv[0] is looked up in PATH, or has a
 * slash and starts at dir, where the program is run (NULL: where we are).
 * *ret_fd is the end to read from, the caller's. */
int program_start(char *const argv[], const char *dir, struct program *ret, int *ret_fd,
		  struct error *e);

/* Wait for its end. An exit status other than 0 and a signal are an error. */
int program_wait(struct program *p, struct error *e);

/* SIGKILL, and wait. Nothing when it has been waited for. */
void program_kill(struct program *p);

/* For a signal handler that ends the process: SIGKILL to the program that was
 * started last, unless it has been waited for, and to what it has started. */
void program_kill_last(void);

#endif
