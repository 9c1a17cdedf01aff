/* seal.c - a listening port lets nobody new in: listen.h.
 *
 * The first choice is a classic BPF program that drops segments with SYN. New
 * kernels let only CAP_NET_ADMIN attach one to a TCP socket; the second choice
 * then is a minimal TTL of 255 (ip(7)), which only a sender that asks for it
 * reaches: the kernel drops everything else that is for the listener itself.
 * A handshake that is half-way then still completes in both cases.
 */
#include "portmap/listen.h"

#include "common/cc.h"
#include "portmap/listen_socket.h"
#include "portmap/plan.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#define TCP_FLAGS_OFFSET 13
#define TCP_FLAG_SYN 0x02
#define TTL_MAX 255

/* The program sees the segment from its TCP header on. Sockets accepted later
 * inherit it, where it does nothing: their peers send no SYN any more. */
static int drop_syns(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TCP_FLAG_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ? -errno : 0;
}

static void set_min_ttl(int fd, int ttl)
{
	socklen_t len = sizeof(int);
	int domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		return;
	if (domain == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_MINTTL, &ttl, sizeof(ttl));
	else if (domain == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &ttl, sizeof(ttl));
}

void listeners_seal(const struct listeners *l, const struct plan *plan)
{
	struct address address;

	for (size_t i = 0; i < l->count; i++) {
		if (l->fds[i] < 0)
			continue;
		if (l->files[i].inode != 0) {
			plan_address(plan, i, &address);
			listen_file_unlink(&address, &l->files[i]);
		} else if (drop_syns(l->fds[i]) < 0) {
			set_min_ttl(l->fds[i], TTL_MAX);
		}
	}
}

void listen_unseal_accepted(int fd)
{
	set_min_ttl(fd, 0);
}
