/* send.h - replies as few and as cheap system calls and packets: one plain
 * send(2) for a small reply, where libmicrohttpd would make a sendmsg(2) of
 * head and body, and one segment for a last reply and its FIN.
 *
 * Why: the kernel's work for a vector of two (copying the msghdr and the
 * vector, checking each part) costs more than it costs us to join a few
 * hundred bytes; it is the largest single difference to a server that sends
 * one buffer. libmicrohttpd has no option for it, but calls sendmsg(2) through
 * the PLT, so a sendmsg() of the program's own is the one that it calls. It
 * does what sendmsg(2) does, for all callers; were it not called, replies
 * would be the same, and a little dearer.
 *
 * sendfile(2) is here for another reason: of a file that has shrunk it sends 0
 * bytes, and libmicrohttpd would wait for the socket to take more, which it
 * always could. It fails instead, and the connection is closed.
 */
#ifndef SERVERS_SEND_H
#define SERVERS_SEND_H

#include <stddef.h>

#define SEND_JOINED_MAX 4096 /* bytes of a vector that are worth joining */

/* Make the linker take the functions in. */
void send_install(void);

/* The next reply on fd is the last: libmicrohttpd closes fd behind it. A small
 * one is then held back by the kernel (MSG_MORE) for the moment until the
 * close, and its data and the FIN are one segment instead of two: a tenth of
 * what a connection with one request costs. libmicrohttpd sets TCP_NODELAY
 * between the two, which would send at once: for fd, that is left out. Only
 * this thread's calls are meant. */
void send_last(int fd);

/* The next reply on fd is a head, and a file by sendfile(2) behind it, which
 * libmicrohttpd would send in segments of their own. The head is held back
 * (MSG_MORE) for the file's first bytes. */
void send_file_follows(int fd);

/* fd is closed now, or does not close after all. */
void send_closed(int fd);

#endif
