/* wire_recv.c - see wire_recv.h.
 *
 * The table has a place for every descriptor that the process may have; its
 * pages are the kernel's zeros until one is used. A place is written and read
 * by the thread that has the descriptor; the descriptor's number passes from
 * one thread to another through the kernel alone, hence the atomics.
 */
#include "servers/wire_recv.h"

#include "common/cc.h"
#include "common/error.h"
#include "servers/wire.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define FDS_MAX (1u << 22)
#define PROBE_TURNS 4

static struct {
	_Atomic(struct wire *) *wires; /* by descriptor */
	_Atomic size_t count;          /* 0: not installed */
	struct error error;            /* of the one installation */
} table;

static ssize_t receive(int fd, void *bytes, size_t len, int flags)
{
	return recvfrom(fd, bytes, len, flags, NULL, NULL);
}

/* What libmicrohttpd is to see of the len bytes that were read. */
static size_t pass_on(int fd, struct wire *wire, const void *bytes, size_t len)
{
	size_t good = wire_feed(wire, bytes, len);

	if (wire->verdict == 0)
		return len;
	if (good == 0) {
		wire->status = wire->verdict;
	} else {
		wire->read_shut = true;
		shutdown(fd, SHUT_RD);
	}
	return good;
}

/* A descriptor's place; NULL: it has none. */
static _Atomic(struct wire *) *place(int fd)
{
	size_t count = atomic_load_explicit(&table.count, memory_order_acquire);

	return (size_t)fd < count ? &table.wires[fd] : NULL;
}

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
	_Atomic(struct wire *) *at = flags == 0 ? place(fd) : NULL;
	struct wire *wire;
	ssize_t n;

	wire = at != NULL ? atomic_load_explicit(at, memory_order_relaxed) : NULL;
	if (wire == NULL)
		return receive(fd, bytes, len, flags);
	if (wire->verdict != 0) {
		wire->status = wire->verdict;
		return 0;
	}
	n = receive(fd, bytes, len, flags);
	return n > 0 ? (ssize_t)pass_on(fd, wire, bytes, (size_t)n) : n;
}

int wire_attach(int fd, struct wire *wire)
{
	_Atomic(struct wire *) *at = place(fd);

	if (at == NULL)
		return -EMFILE;
	atomic_store_explicit(at, wire, memory_order_relaxed);
	return 0;
}

void wire_detach(int fd)
{
	_Atomic(struct wire *) *at = place(fd);

	if (at != NULL)
		atomic_store_explicit(at, NULL, memory_order_relaxed);
}

static int make_table(struct error *e)
{
	struct rlimit limit;
	size_t count = FDS_MAX;
	void *pages;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < FDS_MAX)
		count = limit.rlim_max;
	pages = mmap(NULL, count * sizeof(*table.wires), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages == MAP_FAILED)
		return error_errno(e, errno, "a table of %zu descriptors", count);
	table.wires = pages;
	atomic_store_explicit(&table.count, count, memory_order_release);
	return 0;
}

static enum MHD_Result refuse(void *cls ATTR_UNUSED, struct MHD_Connection *connection ATTR_UNUSED,
			      const char *url ATTR_UNUSED, const char *method ATTR_UNUSED,
			      const char *version ATTR_UNUSED, const char *body ATTR_UNUSED,
			      size_t *body_len ATTR_UNUSED, void **con_cls ATTR_UNUSED)
{
	return MHD_NO;
}

/* A malformed byte on a connection of a daemon like ours is a violation when,
 * and only when, its read comes here. fd is taken over. */
static int probe(struct MHD_Daemon *daemon, int fd, struct error *e)
{
	static const struct wire_limits limits = { 1, 1, 1 };
	static const struct sockaddr nobody = { .sa_family = AF_UNIX };
	struct wire wire;

	wire_init(&wire, &limits);
	if (wire_attach(fd, &wire) < 0) {
		close(fd);
		return error_set(e, EMFILE, "descriptor %d is beyond the limit", fd);
	}
	if (MHD_add_connection(daemon, fd, &nobody, sizeof(nobody)) == MHD_YES)
		for (int i = 0; i < PROBE_TURNS && wire.status == 0; i++)
			MHD_run(daemon);
	wire_detach(fd);
	if (wire.status == 0)
		return error_set(e, ENOTSUP,
				 "libmicrohttpd %s does not read with this program's recv(2)",
				 MHD_get_version());
	return 0;
}

static int prove_on(int reader, int writer, struct error *e)
{
	struct MHD_Daemon *daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
				 NULL, refuse, NULL, MHD_OPTION_CONNECTION_LIMIT, 2u,
				 MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
	int r;

	if (daemon == NULL || write(writer, "\n", 1) != 1) {
		close(reader);
		r = error_set(e, EIO, "libmicrohttpd does not start");
	} else {
		r = probe(daemon, reader, e);
	}
	if (daemon != NULL)
		MHD_stop_daemon(daemon);
	return r;
}

static int prove(struct error *e)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(e, errno, "socketpair");
	r = prove_on(pair[0], pair[1], e);
	close(pair[1]);
	return r;
}

static void install(void)
{
	struct error *e = &table.error;

	if (make_table(e) < 0 || prove(e) < 0)
		error_prefix(e, "the filter for malformed requests (\"wire\": false goes without)");
}

int wire_install(struct error *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
	if (table.error.code != 0)
		return error_set(e, table.error.code, "%s", table.error.text);
	return 0;
}
