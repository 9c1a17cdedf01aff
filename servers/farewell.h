/* farewell.h - the last reply on a connection, sent past libmicrohttpd, and a
 * close that lets it arrive.
 *
 * Why: what breaks the rules or a limit is no request that libmicrohttpd could
 * answer, and a descriptor that is closed with input unread makes the kernel
 * send a reset, which may overtake the reply (RFC 9112, 9.6). So the reply goes
 * out by send(2) on the raw descriptor; then our half is shut and what still
 * comes is read and dropped: for FAREWELL_MS, FAREWELL_BYTES, until the client
 * closes.
 *
 * A client that reads slowly may have left no room for the reply behind those
 * before it. What does not fit is kept, and sent when there is room: for
 * FAREWELL_UNSENT_MS; only then does the rest above begin.
 *
 * Bounded: FAREWELL_MAX at once, beyond that a connection is closed without
 * waiting. All calls are for the loop's thread.
 */
#ifndef SERVERS_FAREWELL_H
#define SERVERS_FAREWELL_H

#include <stdbool.h>

struct loop;

#define FAREWELL_MAX 256            /* descriptors of a loop that linger */
#define FAREWELL_BYTES (256u << 10) /* that are dropped of each */
#define FAREWELL_MS 1000
#define FAREWELL_SHUT_MS 200    /* for those whose reading has been shut down */
#define FAREWELL_UNSENT_MS 5000 /* before either, when the reply waits for room */

void farewell_stop(struct loop *loop); /* close what lingers */

/* A whole reply with "Connection: close", now or never: what does not fit into
 * the socket's buffer is lost. For a descriptor that cannot linger. status: any
 * of 4xx, 5xx; 503 says when to try again. */
void farewell_say(int fd, unsigned status);

/* The same, but without loss while there is time; status 0: say nothing. Then
 * close fd, which is taken over, when the client is done. read_shut: shutdown(2)
 * with SHUT_RD was called on it. The kernel then answers input behind our FIN
 * with a reset, so that the FIN comes late. */
void farewell_linger(struct loop *loop, int fd, unsigned status, bool read_shut);

#endif
