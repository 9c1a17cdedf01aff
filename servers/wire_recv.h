/* wire_recv.h - the filter's place: recv(2) as libmicrohttpd calls it.
 *
 * libmicrohttpd reads plain sockets with recv(2) through the PLT, so a recv()
 * of the program's own is what it calls. Ours reads, lets the connection's
 * wire follow the bytes, and passes them on. All other descriptors and calls
 * with flags go straight to the kernel.
 *
 * On a violation libmicrohttpd sees the end of the input, as if the client had
 * closed behind its last complete request: it answers what is complete, in
 * order, and closes without a reply of its own. Then wire->status says which
 * reply is due, on the descriptor that is still open for writing. It is set
 * only once libmicrohttpd was told of the end: what follows a request that
 * ends the connection is nobody's violation.
 *
 * When complete requests came in the same read, reading is shut down on the
 * socket (shutdown(2), SHUT_RD), so that the edge-triggered epoll reports it
 * again; wire->read_shut says so. From then on the kernel answers input that
 * comes after our FIN with a reset: linger without SHUT_WR.
 */
#ifndef SERVERS_WIRE_RECV_H
#define SERVERS_WIRE_RECV_H

struct error;
struct wire;

/* Make the table of descriptors and prove that libmicrohttpd's reads come
 * here; once a process, later calls return the first one's result. Any thread.
 * 0 or -errno, with words. Takes about a millisecond. */
int wire_install(struct error *e);

/* Filter what is read from fd from now on; wire is borrowed until
 * wire_detach(), which comes before fd is closed. The calls for one fd, and
 * its reads, are of one thread. 0, or -EMFILE: beyond the table. */
int wire_attach(int fd, struct wire *wire);
void wire_detach(int fd); /* one that is not attached is fine */

#endif
