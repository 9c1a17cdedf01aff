/* harness.h - start eisen as a user does, and see it end.
 *
 * Each test has a folder and four loopback addresses of its own, by its pid,
 * so that no port of one test is another's. harness_setup() and
 * harness_teardown() stand around every test: the teardown stops what still
 * runs and fails the test when a process or a listening socket is left.
 */
#ifndef TESTS_E2E_HARNESS_H
#define TESTS_E2E_HARNESS_H

#include "tests/add_unless.h"
#include "tests/e2e/kernel.h"

#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define HARNESS_ARGS_MAX 12
#define HARNESS_ADDRESSES 4
#define HARNESS_STATUS_PORT 12321

/* Threads of ThreadSanitizer's own in a process under test: one that fork()
 * starts in the child, before anything is pinned, and one more. */
#if defined(__SANITIZE_THREAD__)
#define HARNESS_FOREIGN_THREADS 2
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HARNESS_FOREIGN_THREADS 2
#endif
#endif
#ifndef HARNESS_FOREIGN_THREADS
#define HARNESS_FOREIGN_THREADS 0
#endif

/* For main(): the folder that holds the tests' folders. */
bool harness_open(void);
const char *harness_root(void);

void harness_setup(void);
void harness_teardown(void);

/* A test case with both, for suites. */
TCase *harness_case(Suite *suite, const char *name);

/* The n-th address of this test, "127.80.4.9"; kept. */
const char *harness_address(unsigned n);

/* A connection to a port of it. */
int harness_connect(unsigned n, unsigned port);

/* This test's folder; a path in it, kept. */
const char *harness_path(const char *name);

/* $EISEN_BUILDDIR/eisen and a file of $EISEN_SRCDIR; kept. */
const char *harness_program(void);
const char *harness_source(const char *path);

/* Programs that run to their end ------------------------------------------- */

struct command {
	const char *args[HARNESS_ARGS_MAX]; /* behind "eisen"; ends with NULL */
	const char *env[4];                 /* "NAME=VALUE", or "NAME" to take it away */
	const char *input;                  /* its stdin; NULL: /dev/null */
	int out_fd;                         /* instead of a file; 0: a file */
	void (*prepare)(void);              /* in the child, before the exec */
};

struct outcome {
	int status;      /* exit status; 128 + the signal that killed it */
	const char *out; /* kept; "" when it went to out_fd */
	const char *err; /* kept */
};

void command_run(const struct command *command, struct outcome *ret);

/* Instances ----------------------------------------------------------------- */

struct instance {
	pid_t pid; /* the manager */
	int pid_fd;
	int notify_fd;
	char mark[32];       /* see kernel.h */
	const char *run_dir; /* kept, as all here */
	const char *out, *err;
	int out_fd, err_fd; /* of a pipe that the test reads, else -1 */
	bool running;
};

struct start {
	const char *config; /* its text; NULL: no FILE argument */
	const char *args[HARNESS_ARGS_MAX];
	const char *env[4];
	bool pipes;            /* stdout and stderr are pipes, not files */
	int out_fd;            /* stdout instead of a file; 0: a file */
	const char *name;      /* no --run-dir: it is by XDG_RUNTIME_DIR and this name */
	void (*prepare)(void); /* in the child, before the exec */
};

/* For start.name and the commands that shall find it: "XDG_RUNTIME_DIR=…" in
 * this test's folder; kept. */
const char *harness_runtime_dir(void);

/* Run it; instance_start waits until it says READY=1. */
struct instance *instance_launch(const struct start *start);
struct instance *instance_start(const struct start *start);
void instance_await_ready(struct instance *in);

/* The end: its exit status, 128 + the signal that killed it. */
int instance_wait(struct instance *in);

/* It must end with that status and leave nothing behind. */
void instance_expect_end(struct instance *in, int status);

/* SIGTERM, and exit status 0 it must be. */
void instance_stop(struct instance *in);

void instance_signal(const struct instance *in, int signal);

/* No process and no listening socket of it is left, by a generous time. */
void instance_expect_nothing_left(const struct instance *in);

/* Kept; what it has written so far. */
const char *instance_out(const struct instance *in);
const char *instance_err(const struct instance *in);

/* What it says of itself, over the control socket ---------------------------- */

const char *instance_control(const struct instance *in); /* the socket's path */
json_t *instance_get(const struct instance *in, const char *path);
json_t *instance_worker(const struct instance *in, int slot);
long instance_worker_number(const struct instance *in, int slot, const char *key);
bool instance_worker_is(const struct instance *in, int slot, const char *state);

/* Ready, as a process other than the one before. */
bool instance_worker_is_new(const struct instance *in, int slot, pid_t before);
bool instance_all_ready(const struct instance *in);

/* Signal the worker's process, once there is one; its pid. */
pid_t instance_kill_worker(const struct instance *in, int slot, int signal);

/* Make it fail each time that it is ready, until its next try is at least
 * wait_ms away. */
void instance_push_into_backoff(const struct instance *in, int slot, int wait_ms);

#endif
