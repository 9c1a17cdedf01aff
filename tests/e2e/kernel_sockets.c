/* kernel_sockets.c - the listening sockets, out of /proc/net; see kernel.h. */
#include "tests/e2e/kernel.h"

#include "common/cc.h"
#include "tests/e2e/files.h"
#include "tests/e2e/keep.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#define LISTENERS_MAX 65536
#define LISTENERS_STEP 256
#define LISTENING " 0A " /* TCP_LISTEN, in nearly no line */
#define TCP_LISTENING 0x0a
#define UNIX_LISTENING 0x10000u /* __SO_ACCEPTCON */

static void add(struct kernel_listeners *l, const char *prefix, char *url, unsigned long inode)
{
	if (strncmp(url, prefix, strlen(prefix)) != 0)
		return;
	ck_assert_uint_lt(l->count, LISTENERS_MAX);
	if (l->count % LISTENERS_STEP == 0)
		l->list = realloc(l->list, (l->count + LISTENERS_STEP) * sizeof(*l->list));
	ck_assert_ptr_nonnull(l->list);
	l->list[l->count++] = (struct kernel_listener) { .inode = inode, .url = url };
}

/* One line of /proc/net/tcp; the address is as it lies in memory. */
static void add_tcp(struct kernel_listeners *l, const char *prefix, const char *line)
{
	unsigned port, state;
	unsigned long inode;
	in_addr_t address;

	if (strstr(line, LISTENING) == NULL)
		return;
	if (sscanf(line, " %*u: %x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &address, &port,
		   &state, &inode) != 4 ||
	    state != TCP_LISTENING)
		return;
	add(l, prefix, keep_printf("http://%s:%u/", inet_ntoa((struct in_addr) { address }), port),
	    inode);
}

static void add_tcp6(struct kernel_listeners *l, const char *prefix, const char *line)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	unsigned port, state;
	unsigned long inode;

	if (strstr(line, LISTENING) == NULL)
		return;
	if (sscanf(line, " %*u: %8x%8x%8x%8x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
		   &address.s6_addr32[0], &address.s6_addr32[1], &address.s6_addr32[2],
		   &address.s6_addr32[3], &port, &state, &inode) != 7 ||
	    state != TCP_LISTENING)
		return;
	inet_ntop(AF_INET6, &address, text, sizeof(text));
	add(l, prefix, keep_printf("http://[%s]:%u/", text, port), inode);
}

static void add_unix(struct kernel_listeners *l, const char *prefix, const char *line)
{
	unsigned long inode;
	unsigned flags;
	int path = 0;

	if (sscanf(line, "%*x: %*x %*x %x %*x %*x %lu %n", &flags, &inode, &path) != 2 ||
	    path == 0 || line[path] != '/' || (flags & UNIX_LISTENING) == 0)
		return;
	add(l, prefix, keep_printf("unix:%s", line + path), inode);
}

static void add_all(struct kernel_listeners *l, const char *prefix, const char *file,
		    void (*add_line)(struct kernel_listeners *, const char *, const char *))
{
	char *text = files_read(file, NULL);
	char *line;

	while (text != NULL && (line = strsep(&text, "\n")) != NULL)
		add_line(l, prefix, line);
}

static int by_url(const void *a, const void *b)
{
	return strcmp(((const struct kernel_listener *)a)->url,
		      ((const struct kernel_listener *)b)->url);
}

void kernel_sort_listeners(struct kernel_listeners *l)
{
	qsort(l->list, l->count, sizeof(*l->list), by_url);
}

/* The kernel writes the tables page by page: a line comes again when others
 * open sockets meanwhile. The list is sorted. */
static void drop_repeats(struct kernel_listeners *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		bool again = false;

		for (size_t j = kept; j-- > 0 && strcmp(l->list[j].url, l->list[i].url) == 0;)
			again = again || l->list[j].inode == l->list[i].inode;
		if (!again)
			l->list[kept++] = l->list[i];
	}
	l->count = kept;
}

void kernel_listening(const char *prefix, struct kernel_listeners *ret)
{
	*ret = (struct kernel_listeners) { .list = NULL };
	add_all(ret, prefix, "/proc/net/tcp", add_tcp);
	add_all(ret, prefix, "/proc/net/tcp6", add_tcp6);
	add_all(ret, prefix, "/proc/net/unix", add_unix);
	if (ret->list == NULL)
		return;
	keep(ret->list);
	kernel_sort_listeners(ret);
	drop_repeats(ret);
}
