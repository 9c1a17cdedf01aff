/* pace.h - when the requests of an open loop are due: arithmetic, no memory.
 *
 * Request n of all is due at start + n / rate and goes to target n modulo
 * their number. Of these an engine has those of its own targets; in its order
 * they are its first target's, its second's … and again from the first, a
 * round later. Own target k of thread t is target t + k * threads of the job.
 */
#ifndef LOAD_PACE_H
#define LOAD_PACE_H

#include <stddef.h>
#include <stdint.h>

struct load_job;

struct pace {
	uint64_t start_ns;
	double period_ns;      /* between two requests of all */
	size_t targets;        /* of all threads */
	size_t thread, stride; /* own targets: thread, thread + stride … */
	size_t own_count;
	/* The next of this engine: */
	size_t own;
	uint64_t round;
	uint64_t due_ns;
};

/* The number of targets that are thread's own. */
size_t pace_own_count(const struct load_job *job, unsigned thread);

void pace_init(struct pace *p, const struct load_job *job, unsigned thread, uint64_t start_ns);

/* When own target's request number round is due. */
uint64_t pace_due(const struct pace *p, size_t own, uint64_t round);

/* On to the next: own, round and due_ns. */
void pace_next(struct pace *p);

#endif
