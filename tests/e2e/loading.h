/* loading.h - 'eisen load' as a user runs it, the layout that it starts, and
 * what it reports.
 */
#ifndef TESTS_E2E_LOADING_H
#define TESTS_E2E_LOADING_H

#include "tests/e2e/harness.h"

struct loading {
	pid_t pid;
	int pid_fd;
	const char *out, *err, *json; /* kept: its files */
	struct instance layout;       /* of loading_await_layout() */
};

/* load ARGS --json FILE; more than HARNESS_ARGS_MAX of them is the test's bug. */
void loading_start(struct loading *l, const char *const *args);
void loading_start_from(struct loading *l, const char *const *args, int in_fd); /* its stdin */

/* Until it has started its layout, which need not be ready. */
void loading_await_start(struct loading *l);

/* Until each server of its layout has answered: it can be looked at with instance_get()
 * and what follows from it. */
struct instance *loading_await_layout(struct loading *l);

/* To it and to all of its process group, as a terminal does. */
void loading_signal(const struct loading *l, int signal);

/* The end, with this exit status, and nothing of it left: no process, no
 * folder. */
void loading_expect_end(struct loading *l, int status);

/* The same of one that fails since its manager was killed: what that leaves
 * behind ends by itself, a moment later. */
void loading_expect_failure(struct loading *l);

/* SIGKILL: all that it has started ends by itself. */
void loading_kill(struct loading *l);

/* All of it; the report, kept. */
const json_t *loading_run(const char *const *args, int status);
const json_t *loading_report(const struct loading *l);

/* Kept: what it wrote to stderr. */
const char *loading_err(const struct loading *l);

/* A member of a member: "total", "answered". */
long loading_count(const json_t *report, const char *part, const char *key);

/* Of "errors" in total. */
long loading_errors(const json_t *report, const char *kind);

/* A config in this test's folder; its path, kept. */
const char *loading_layout(const char *text);

#endif
