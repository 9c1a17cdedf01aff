/* kernel.h - what the kernel says of processes and sockets.
 *
 * The program under test may say of itself what it likes; this is what the
 * tests hold it to. All processes of an instance carry a mark in their
 * environment, which fork and exec hand down.
 */
#ifndef TESTS_E2E_KERNEL_H
#define TESTS_E2E_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define KERNEL_PIDS_MAX 512
#define KERNEL_MARK_NAME "EISEN_E2E_MARK"

struct kernel_pids {
	pid_t list[KERNEL_PIDS_MAX];
	size_t count;
};

/* Processes (no zombies) with the mark in their environment. */
void kernel_marked(const char *mark, struct kernel_pids *ret);

/* Processes, zombies too, whose parent is pid. */
void kernel_children(pid_t pid, struct kernel_pids *ret);

bool kernel_has_pid(const struct kernel_pids *pids, pid_t pid);

/* A line of /proc/PID/status, kept; NULL when the process is gone. */
const char *kernel_status_field(pid_t pid, const char *field);

/* The number behind it; -1 when the process is gone. */
long kernel_status_number(pid_t pid, const char *field);

/* The processors that the process may use, as "0" or "0-3". */
const char *kernel_affinity(pid_t pid);

/* A kept copy of /proc/PID/cmdline, blanks between the arguments. */
const char *kernel_command_line(pid_t pid);

struct kernel_listener {
	unsigned long inode;
	char *url; /* kept; "http://127.0.0.1:80/", "http://[::1]:80/", "unix:/run/a.sock" */
};

struct kernel_listeners {
	struct kernel_listener *list; /* kept; sorted by url */
	size_t count;
};

/* Every listening socket whose url starts with prefix. */
void kernel_listening(const char *prefix, struct kernel_listeners *ret);
void kernel_sort_listeners(struct kernel_listeners *listeners);

/* /proc/PID/fd: what a descriptor is, kept; NULL when it is not open. */
const char *kernel_fd(pid_t pid, int fd);

/* The numbers of all open descriptors; returns how many, at most max. */
size_t kernel_fds(pid_t pid, int *ret, size_t max);

#endif
