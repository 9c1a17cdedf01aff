/* printer.h - write to a terminal, pipe or file without ever waiting for it.
 *
 * Supervision must not stop because nobody reads: `eisen run | less`. What
 * cannot be written at once waits in a bounded buffer; what does not fit is
 * dropped in whole lines and counted, and the count is written once there is
 * room. A file on a full disk is tried again with the next line. Pipes and
 * terminals are opened anew without O_NONBLOCK touching the descriptor that
 * we share with the shell.
 */
#ifndef LAUNCHER_PRINTER_H
#define LAUNCHER_PRINTER_H

#include "common/buf.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#define PRINTER_BUFFER_BYTES (1u << 20)

struct printer {
	struct ev_loop *loop; /* borrowed */
	ev_io watcher;        /* active while something waits */
	int fd;
	bool owned;  /* fd is ours to close */
	bool socket; /* send(2) with MSG_DONTWAIT */
	bool dead;   /* the reader is gone for good */
	bool terminal;
	struct buf waiting;
	uint64_t dropped;      /* lines, in all */
	uint64_t dropped_told; /* of those already reported */
	int no_room;           /* errno of the last write, when it was for room; else 0 */
	int dropped_for;       /* that of lines dropped since; 0: nobody read them */
	bool cut;              /* and one of them was begun */
};

void printer_init(struct printer *p, struct ev_loop *loop, int fd);

/* text is one or more whole lines; all of it goes out or none. */
void printer_write(struct printer *p, const char *text, size_t len);

/* At the end: write what waits, for at most timeout_ms. */
void printer_flush(struct printer *p, int timeout_ms);
void printer_release(struct printer *p);

#endif
