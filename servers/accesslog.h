/* accesslog.h - one line for every reply, into a file that several write.
 *
 * Each loop has a buffer of its own and a description of the file of its own,
 * opened for appending. What goes out in one write(2) is whole lines, so that
 * the lines of several loops and processes do not mix. The buffer is written
 * when it is nearly full, a second after a line came into an empty one, and
 * at the end: a process that is killed loses at most that.
 *
 * Nothing here waits: what cannot be written is dropped and counted. A pipe
 * takes pieces of PIPE_BUF bytes, which it takes whole or not at all
 * (pipe(7)).
 *
 * All calls are for the loop's thread, but accesslog_reopen().
 */
#ifndef SERVERS_ACCESSLOG_H
#define SERVERS_ACCESSLOG_H

#include "servers/accesslog_line.h"

#include <stddef.h>
#include <stdint.h>

struct accesslog;
struct conn;
struct error;
struct ev_loop;

#define ACCESSLOG_STDOUT "-"
#define ACCESSLOG_BUFFER_MIN 4096 /* bytes: a line has room */
#define ACCESSLOG_BUFFER_MAX (1 << 20)
#define ACCESSLOG_BUFFER_DEFAULT (64 << 10)

enum accesslog_event {
	ACCESSLOG_FAILS,        /* lines are dropped from now on, for code */
	ACCESSLOG_DROPPED,      /* so many are missing; it is written again, or at its end */
	ACCESSLOG_NOT_REOPENED, /* for code: it goes on in the old file */
};

/* On the loop's thread, at a change only. code is an errno value. */
typedef void accesslog_tell_fn(void *arg, enum accesslog_event event, int code, uint64_t dropped);

struct accesslog_options {
	const char *file; /* borrowed for the log's life; ACCESSLOG_STDOUT: the process's */
	enum accesslog_format format;
	size_t buffer_bytes;     /* 0: the default */
	accesslog_tell_fn *tell; /* NULL: nobody listens */
	void *arg;               /* borrowed */
};

/* Can the file be opened, as accesslog_new() will? It is made where it is not
 * there. 0 or -errno, with words. ACCESSLOG_STDOUT always can. Any thread. */
int accesslog_try(const char *file, struct error *e);

/* The same without making it: is there a folder for it, that may be written? */
int accesslog_check(const char *file, struct error *e);

int accesslog_new(const struct accesslog_options *options, struct ev_loop *ev,
		  struct accesslog **ret, struct error *e);

/* Entries of lines that were dropped are forgotten, but counted. */
void accesslog_add(struct accesslog *log, const struct accesslog_entry *entry);

/* Write what waits. */
void accesslog_flush(struct accesslog *log);

/* Any thread: write what waits to the old file, then open it anew by its name,
 * as after a rename. */
void accesslog_reopen(struct accesslog *log);

/* Lines that were dropped so far. */
uint64_t accesslog_dropped(const struct accesslog *log);

/* Flushes; NULL is fine. */
void accesslog_free(struct accesslog *log);

/* For http.c: the request of a connection whose loop keeps a log has had its
 * reply, whole or not; and a connection had a last reply that was not its
 * app's (status; what is not known of its request is shown as "-"). */
void accesslog_request(struct conn *conn, bool whole);
void accesslog_refusal(struct conn *conn, unsigned status);

#endif
