/* holder.c - see holder.h.
 *
 * /proc/net prints an address as hexadecimal words, so ours is printed the
 * same way once and compared as text.
 */
#include "portmap/holder.h"

#include "common/cc.h"
#include "common/number.h"
#include "portmap/address.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define HEX_IP_BYTES 33
#define HEX_IP_WIDTH "32" /* HEX_IP_BYTES - 1 */

struct target {
	char ip4[HEX_IP_BYTES]; /* as in /proc/net/tcp; "" for none */
	char ip6[HEX_IP_BYTES]; /* as in /proc/net/tcp6 */
	unsigned port;
	const char *path; /* Unix socket; NULL: IP */
	uint64_t inode;   /* 0: nobody found */
};

struct search {
	struct target *targets;
	size_t count;
	struct holder *holders;
};

typedef void line_fn(struct search *s, const char *line);

/* An IPv4 port also meets IPv6 sockets that take IPv4 in, by "::" or a mapped
 * address; an IPv6 port of ours (IPV6_V6ONLY) meets no IPv4 one. */
static void target_init(struct target *t, const struct address *a)
{
	const struct sockaddr_in *in = (const void *)&a->storage;
	const struct sockaddr_in6 *in6 = (const void *)&a->storage;
	uint32_t words[4];

	*t = (struct target) { 0 };
	if (a->len == 0)
		return;
	if (a->any.sa_family == AF_UNIX) {
		t->path = a->un.sun_path;
		return;
	}
	if (a->any.sa_family == AF_INET) {
		t->port = ntohs(in->sin_port);
		snprintf(t->ip4, sizeof(t->ip4), "%08X", in->sin_addr.s_addr);
		snprintf(t->ip6, sizeof(t->ip6), "0000000000000000%08X%08X", htonl(0xffff),
			 in->sin_addr.s_addr);
		return;
	}
	t->port = ntohs(in6->sin6_port);
	memcpy(words, &in6->sin6_addr, sizeof(words));
	snprintf(t->ip6, sizeof(t->ip6), "%08X%08X%08X%08X", words[0], words[1], words[2],
		 words[3]);
}

static bool is_wildcard(const char *hex)
{
	return hex[strspn(hex, "0")] == '\0';
}

/* own "": the address has no socket of that kind. */
static bool ips_meet(const char *own, const char *other)
{
	if (*own == '\0')
		return false;
	return strcmp(own, other) == 0 || is_wildcard(own) || is_wildcard(other);
}

static void match_tcp(struct search *s, const char *line)
{
	char ip[HEX_IP_BYTES];
	unsigned long inode;
	unsigned port;

	if (sscanf(line, " %*u: %" HEX_IP_WIDTH "[0-9A-F]:%4x %*s %*s %*s %*s %*s %*u %*u %lu", ip,
		   &port, &inode) != 3 ||
	    inode == 0)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct target *t = &s->targets[i];
		const char *own = strlen(ip) == 8 ? t->ip4 : t->ip6;

		if (t->inode == 0 && t->path == NULL && t->port == port && ips_meet(own, ip))
			t->inode = inode;
	}
}

static void match_unix(struct search *s, const char *line)
{
	unsigned long inode;
	int path = 0;

	if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %n", &inode, &path) != 1 || path == 0)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct target *t = &s->targets[i];

		if (t->inode == 0 && t->path != NULL && strcmp(line + path, t->path) == 0)
			t->inode = inode;
	}
}

static void each_line(struct search *s, const char *file, line_fn *match)
{
	AUTO_FCLOSE FILE *f = fopen(file, "re");
	AUTO_FREE char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (f != NULL && (len = getline(&line, &size, f)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		match(s, line);
	}
}

static void read_program(struct holder *ret)
{
	AUTO_CLOSE int fd = -1;
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)ret->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd >= 0 ? read(fd, ret->program, sizeof(ret->program) - 1) : 0;
	ret->program[MAX(len, 0)] = '\0';
	ret->program[strcspn(ret->program, "\n")] = '\0';
}

/* link: "socket:[INODE]", or something else. */
static void match_fd(struct search *s, pid_t pid, const char *link)
{
	uint64_t inode;

	if (strncmp(link, "socket:[", 8) != 0)
		return;
	link += 8;
	if (!number_take(&link, &inode))
		return;
	for (size_t i = 0; i < s->count; i++) {
		if (s->targets[i].inode != inode || s->holders[i].pid != 0)
			continue;
		s->holders[i].pid = pid;
		read_program(&s->holders[i]);
	}
}

static void auto_closedir(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

static void match_process(struct search *s, pid_t pid)
{
	__attribute__((cleanup(auto_closedir))) DIR *fds = NULL;
	char path[64], link[64];
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	while (fds != NULL && (entry = readdir(fds)) != NULL) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);

		if (len < 0)
			continue;
		link[len] = '\0';
		match_fd(s, pid, link);
	}
}

/* In ascending order, as the kernel lists them. */
static void each_process(struct search *s)
{
	__attribute__((cleanup(auto_closedir))) DIR *proc = opendir("/proc");
	struct dirent *entry;
	uint64_t pid;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		if (number_parse(entry->d_name, 1, INT_MAX, &pid))
			match_process(s, (pid_t)pid);
	}
}

void holder_find_all(const struct address *addresses, size_t count, struct holder *ret,
		     bool *ret_found)
{
	AUTO_FREE struct target *targets = calloc(MAX(count, (size_t)1), sizeof(*targets));
	struct search s = { .targets = targets, .count = count, .holders = ret };

	for (size_t i = 0; i < count; i++) {
		ret[i] = (struct holder) { 0 };
		if (targets != NULL)
			target_init(&targets[i], &addresses[i]);
	}
	if (targets != NULL) {
		each_line(&s, "/proc/net/tcp", match_tcp);
		each_line(&s, "/proc/net/tcp6", match_tcp);
		each_line(&s, "/proc/net/unix", match_unix);
		each_process(&s);
	}
	for (size_t i = 0; i < count && ret_found != NULL; i++)
		ret_found[i] = targets != NULL && targets[i].inode != 0;
}

bool holder_find(const struct address *address, struct holder *ret)
{
	bool found;

	holder_find_all(address, 1, ret, &found);
	return found;
}
