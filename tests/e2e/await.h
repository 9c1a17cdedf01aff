/* await.h - wait for what must come; time only ever means failure.
 *
 * A deadline is generous: it is reached when the awaited never comes, not
 * when the machine is slow.
 */
#ifndef TESTS_E2E_AWAIT_H
#define TESTS_E2E_AWAIT_H

#include <stdbool.h>
#include <stdint.h>

#define AWAIT_MS 30000

/* Monotonic nanoseconds. */
uint64_t await_deadline(unsigned ms);

/* Does fd become readable (or its peer go) before the deadline? fd -1 is
 * never ready. Returns the index of the first that is, -1 when none is. */
int await_readable(const int *fds, int count, uint64_t deadline);

/* The test's failure when it is too late. */
void await_check(uint64_t deadline, const char *what, const char *file, int line);

/* For await(): the same, then a short pause. */
void await_again(uint64_t deadline, const char *what, const char *file, int line);

/* Look again until the expression is true; fail the test when it never is. */
#define await(expr) await_within(AWAIT_MS, expr)
#define await_within(ms, expr) \
	do { \
		uint64_t deadline_ = await_deadline(ms); \
\
		while (!(expr)) \
			await_again(deadline_, #expr, __FILE__, __LINE__); \
	} while (0)

/* The same with something to do instead of a pause; the step is any statement,
 * an empty one looks again at once. */
#define await_doing(step, expr) \
	do { \
		uint64_t deadline_ = await_deadline(AWAIT_MS); \
\
		while (!(expr)) { \
			step; \
			await_check(deadline_, #expr, __FILE__, __LINE__); \
		} \
	} while (0)

#endif
