/* spawn.h - a child of the test that ends with the test, whatever happens. */
#ifndef TESTS_E2E_SPAWN_H
#define TESTS_E2E_SPAWN_H

#include <sys/types.h>

#define SPAWN_ENV_MAX 4

struct spawn {
	const char *const *args;   /* behind the program's name; ends with NULL */
	const char *const *env;    /* SPAWN_ENV_MAX of "NAME=VALUE", or "NAME" to take it away */
	const char *mark, *notify; /* KERNEL_MARK_NAME and NOTIFY_SOCKET; NULL: unset */
	int in_fd, out_fd, err_fd;
	void (*prepare)(void); /* before the exec */
};

/* Start the program under test; *ret_pid_fd is readable when it has ended. */
pid_t spawn_program(const struct spawn *spawn, int *ret_pid_fd);

/* Wait for the end, the test's failure when it never comes. The exit status,
 * 128 + the signal that killed it. */
int spawn_wait(pid_t pid, int pid_fd);

#endif
