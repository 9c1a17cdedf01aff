/* load_instance.h - the instance that is driven: one of our own, or one that runs.
 *
 * Our own is 'eisen run' in a child of ours, in a folder that nobody else
 * knows, so that it neither meets another instance nor is found by one. It has
 * a process group of its own (Ctrl-C is for us, we stop it) and ends with us
 * whatever happens: PR_SET_PDEATHSIG, prctl(2).
 */
#ifndef LAUNCHER_LOAD_INSTANCE_H
#define LAUNCHER_LOAD_INSTANCE_H

#include "common/buf.h"
#include "launcher/rundir.h"

struct cli_instance;
struct error;

#define LOAD_INSTANCE_DIR_BYTES 64
#define LOAD_INSTANCE_WORDS_MAX (256u << 10) /* bytes of its stderr that are kept */

struct load_instance {
	struct rundir rundir;
	pid_t pid;  /* of its manager */
	int pid_fd; /* readable when it has ended */
	bool own;
	/* Of our own: */
	char dir[LOAD_INSTANCE_DIR_BYTES];
	int dir_fd;       /* the folder itself */
	int words_fd;     /* its stderr: read it when it is readable */
	struct buf words; /* so far */
};

#define LOAD_INSTANCE_NONE \
	{ \
		.pid_fd = -1, .dir_fd = -1, .words_fd = -1, \
		.words = BUF_INIT(LOAD_INSTANCE_WORDS_MAX) \
	}

/* 'eisen run file' (NULL: the demo), until all its servers are ready. When it
 * does not get so far its own words go to stderr, whole, and the error says
 * that it did not: -EINVAL when they are about the config or its ports. -EINTR:
 * stop_fd (-1: none) became readable. Only while single-threaded. */
int load_instance_start(struct load_instance *ret, const char *file, int stop_fd, struct error *e);

/* One that runs already: it is left running. */
int load_instance_attach(struct load_instance *ret, const struct cli_instance *which,
			 struct error *e);

/* Take what it has written, so that it never waits for us. */
void load_instance_read_words(struct load_instance *in);

/* The error of an instance that ended before it was told to; its words go to
 * stderr. */
int load_instance_lost(struct load_instance *in, struct error *e);

/* Stop and await our own, and remove its folder; let go of another's. No-op
 * for none, and for one that was released. */
void load_instance_release(struct load_instance *in);

#endif
