/* recovery.h - after a process's death: what it held goes back, and is told. */
#ifndef LAUNCHER_RECOVERY_H
#define LAUNCHER_RECOVERY_H

struct queues;

/* What a death counts against. */
enum recovery_guilt {
	RECOVERY_NONE,    /* nothing: somebody else caused it */
	RECOVERY_BEGUN,   /* each chunk that it had begun: one of them did it */
	RECOVERY_OVERDUE, /* the chunks that took too long, and no others */
};

/* The process with this number, name and pid has been reaped; how it died is
 * told, and is what its chunks failed by. */
void recovery_run(struct queues *queues, unsigned owner, const char *name, int pid, const char *how,
		  enum recovery_guilt guilt);

#endif
