/* module_reply.h - what a module says of a reply, checked and collected.
 *
 * eisen_reply_status() and the others of eisen.h may be called in any order
 * and any number of times; the reply goes out when the module's handle() has
 * returned. Headers that belong to the connection or the framing (RFC 9110,
 * 7.6.1; RFC 9112, 6) are eisen's own: a module cannot break them.
 */
#ifndef SERVERS_MODULE_REPLY_H
#define SERVERS_MODULE_REPLY_H

#include "common/buf.h"
#include "include/eisen.h"
#include "servers/reply.h"

#define MODULE_HEADERS_BYTES_MAX 4096 /* all of a reply's, as they are sent */
#define MODULE_BODY_BYTES_MAX (256u << 20)
#define MODULE_FAULT_BYTES 160

struct eisen_reply {
	bool open;                      /* a handle() runs */
	unsigned status;                /* 0: not said */
	struct reply_body body;         /* owned */
	struct buf headers;             /* name NUL value NUL … */
	char fault[MODULE_FAULT_BYTES]; /* the first one; "" : none */
};

/* An empty one for the next handle(). */
void module_reply_begin(eisen_reply *r);

/* Answer with what it holds; nothing of it is left. r->fault stays. */
void module_reply_send(eisen_reply *r, struct reply *reply);

void module_reply_release(eisen_reply *r);

#endif
