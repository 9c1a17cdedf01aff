/* step.h - run a function in a child, one instruction at a time.
 *
 * Only instructions of the program itself count: what the C library and the
 * kernel do between two of them is passed over.
 */
#ifndef TESTS_KILL_STEP_H
#define TESTS_KILL_STEP_H

#include <stdbool.h>
#include <sys/types.h>

struct stepper {
	pid_t pid; /* 0: it has ended */
	long steps;
};

/* Why there can be no single steps here; NULL: there can. */
const char *step_impossible(void);

/* The child stands before run(arg). It exits with 0 behind it. */
void stepper_start(struct stepper *s, void (*run)(void *arg), void *arg);

/* To the program's next instruction. False: it has ended. */
bool stepper_step(struct stepper *s);

/* SIGKILL, and gone. Fine when it has ended. */
void stepper_kill(struct stepper *s);

/* Let it run to its end. Fine when it has ended. */
void stepper_resume(struct stepper *s);

#endif
