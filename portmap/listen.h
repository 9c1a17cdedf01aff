/* listen.h - every listening socket, bound by the manager before any fork.
 *
 * Ports are exclusive (no SO_REUSEPORT), except in a shared group, where each
 * worker of the group has a socket of its own per port; the manager holds
 * them all, so a crash refuses no connection: what comes in waits in the
 * backlog for the respawned worker. Sockets are close-on-exec, non-blocking.
 * Ports without a server are bound but do not listen.
 *
 * What holds against other processes:
 * - An exclusive or free port: nobody else can bind it, whatever the options.
 *   (Free, with connections of an earlier run still in TIME_WAIT: a process
 *   that sets SO_REUSEADDR can bind it too; the first to listen has it.)
 * - A shared port: its first socket is bound alone, so a start fails when any
 *   other process listens there. Afterwards a process of the same user that
 *   sets SO_REUSEPORT can join the kernel's set of sockets (socket(7)). It
 *   stands behind ours there and gets no connection once listeners_steer()
 *   has run, as that chooses by place; run it right after the open.
 * - Processes of other users can join nothing.
 */
#ifndef PORTMAP_LISTEN_H
#define PORTMAP_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

struct listen_file;
struct plan;
struct problems;

#define LISTEN_BACKLOG 4096 /* connections; the kernel caps it at somaxconn */

struct listeners { /* { 0 } is empty */
	int *fds;  /* owned; by index into the plan's servers[]; -1: closed */
	size_t count;
	struct listen_file *files; /* owned; by index: the Unix sockets we made */
};

/* Bind and listen on all of the plan. All that fails is reported, each with
 * port, group, address and, where a process holds it, its pid and program;
 * then nothing is left open. Many ports of a group that fail alike (no right,
 * no such address) are one message. A stale Unix socket (nobody has it open)
 * is replaced, a file that is no socket never. Changes the umask for a
 * moment: for a process without threads. */
bool listeners_open(const struct plan *plan, struct listeners *ret, struct problems *p);

/* Close all, and unlink the Unix sockets that we made. */
void listeners_close(struct listeners *l, const struct plan *plan);

/* Warnings from this machine's state, one of a kind per group: ports within
 * net.ipv4.ip_local_port_range, ports below ip_unprivileged_port_start
 * without CAP_NET_BIND_SERVICE, an address that this machine has not (those
 * two will fail at the start; `check` says so beforehand). */
void listeners_preflight(const struct plan *plan, struct problems *p);

/* Shared groups: let the kernel choose among the sockets of live slots only
 * (SO_ATTACH_REUSEPORT_CBPF, socket(7)); live[slot]. With no live slot every
 * socket gets its share and the connections wait. Nothing to do for other
 * groups. Of live slots that are scattered over more than 400 runs, those
 * beyond get no new connection: the program has a bound. 0 or -errno. */
int listeners_steer(const struct listeners *l, const struct plan *plan, unsigned group,
		    const bool *live);

/* Before a stop: let no new connection in, while those already established
 * stay in the accept queue, and those half-way come in. What would open one
 * is dropped (seal.c says how), so nobody is connected and then reset; after
 * the close they are refused. Unix sockets are unlinked instead. */
void listeners_seal(const struct listeners *l, const struct plan *plan);

/* For each connection accepted from a port that may be sealed: one that was
 * half-way has inherited what keeps others out, and would hear nothing any
 * more. Does nothing to the others. */
void listen_unseal_accepted(int fd);

#endif
