/* results_lock.h - one writer at a time, told clearly.
 *
 * Why a file of its own: SQLite holds fcntl locks on the database, which the
 * close of any other descriptor of it would drop; and its lock says neither
 * who holds it nor for how long. The kernel drops the flock when its holder
 * dies. Internal to work/results*.c.
 */
#ifndef WORK_RESULTS_LOCK_H
#define WORK_RESULTS_LOCK_H

struct error;

struct results_lock {
	char *path; /* of the lock file; owned */
	int fd;
};

/* Lock the database of this absolute path. -EBUSY: somebody has it. */
int results_lock_take(struct results_lock *ret, const char *path, struct error *e);

/* Fine for { .fd = -1 }. */
void results_lock_release(struct results_lock *lock);

#endif
