/* test_kernel.c - what listens is what the plan says, as the kernel tells it.
 *
 * The plan's side is a list of "ADDRESS" texts, one per socket that listens;
 * the kernel's side is read from /proc/net/{tcp,tcp6,unix}, of the sockets
 * that this process has open.
 */
#include "common/buf.h"
#include "common/cc.h"
#include "portmap/address.h"
#include "portmap/listen.h"
#include "tests/add_unless.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/net_fixture.h"
#include "tests/unit/suites.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define TEXTS_MAX 4096
#define TCP_LISTEN_STATE 0x0a
#define UNIX_ACCEPTS_FLAG 0x00010000

struct texts {
	char *list[TEXTS_MAX];
	size_t count;
};

static void texts_add(struct texts *t, const struct address *a)
{
	char text[ADDRESS_TEXT_BYTES];

	address_format(a, text, sizeof(text));
	ck_assert_uint_lt(t->count, TEXTS_MAX);
	t->list[t->count++] = strdup(text);
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void texts_sort(struct texts *t)
{
	qsort(t->list, t->count, sizeof(t->list[0]), text_compare);
}

static void texts_release(struct texts *t)
{
	while (t->count > 0)
		free(t->list[--t->count]);
}

struct own { /* the inodes of the sockets that we have open */
	unsigned long inodes[TEXTS_MAX];
	size_t count;
};

static void own_init(struct own *own)
{
	own->count = 0;
	for (int fd = 3; fd < TEXTS_MAX; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
			own->inodes[own->count++] = st.st_ino;
	}
}

/* Each once: the kernel writes its tables page by page, and a line comes again
 * when others open sockets meanwhile. */
static bool own_take(struct own *own, unsigned long inode)
{
	for (size_t i = 0; i < own->count; i++) {
		if (own->inodes[i] != inode)
			continue;
		own->inodes[i] = own->inodes[--own->count];
		return true;
	}
	return false;
}

/* The kernel prints the words of an address as it has them in memory. */
static void read_tcp(struct own *own, const char *file, sa_family_t family, struct texts *ret)
{
	AUTO_FCLOSE FILE *f = fopen(file, "re");
	char line[512], hex[40];
	unsigned port, state;
	unsigned long inode;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		struct address a = { .len = sizeof(struct sockaddr_in6) };
		struct sockaddr_in *in = (void *)&a.storage;
		struct sockaddr_in6 *in6 = (void *)&a.storage;
		uint32_t words[4] = { 0 };

		if (sscanf(line, "%*s %32[0-9A-F]:%x %*s %x %*s %*s %*s %*s %*s %lu", hex, &port,
			   &state, &inode) != 4 ||
		    state != TCP_LISTEN_STATE || !own_take(own, inode))
			continue;
		sscanf(hex, "%8x%8x%8x%8x", &words[0], &words[1], &words[2], &words[3]);
		a.any.sa_family = family;
		in->sin_port = htons((uint16_t)port);
		if (family == AF_INET)
			in->sin_addr.s_addr = words[0];
		else
			memcpy(&in6->sin6_addr, words, sizeof(words));
		texts_add(ret, &a);
	}
}

static void read_unix(struct own *own, struct texts *ret)
{
	AUTO_FCLOSE FILE *f = fopen("/proc/net/unix", "re");
	char line[512], path[108];
	unsigned flags;
	unsigned long inode;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		struct address a;

		if (sscanf(line, "%*s %*s %*s %x %*s %*s %lu %107s", &flags, &inode, path) != 3 ||
		    (flags & UNIX_ACCEPTS_FLAG) == 0 || !own_take(own, inode))
			continue;
		ck_assert_int_eq(address_from_path(&a, path, NULL), 0);
		texts_add(ret, &a);
	}
}

static void compare(const struct plan *plan)
{
	struct texts planned = { .count = 0 }, kernel = { .count = 0 };
	struct own own;

	for (size_t i = 0; i < plan->served_count; i++) {
		struct address a;

		plan_address(plan, i, &a);
		texts_add(&planned, &a);
	}
	own_init(&own);
	read_tcp(&own, "/proc/net/tcp", AF_INET, &kernel);
	read_tcp(&own, "/proc/net/tcp6", AF_INET6, &kernel);
	read_unix(&own, &kernel);
	texts_sort(&planned);
	texts_sort(&kernel);
	ck_assert_uint_eq(kernel.count, planned.count);
	for (size_t i = 0; i < planned.count; i++)
		ck_assert_str_eq(kernel.list[i], planned.list[i]);
	texts_release(&planned);
	texts_release(&kernel);
}

static void open_and_compare(const char *config)
{
	struct problems p = { 0 };
	AUTO_BUF struct buf text = BUF_INIT(1 << 16);
	struct plan_fixture f;
	struct listeners l;
	bool ok;

	net_plan_make(&f, config, 2);
	ok = listeners_open(f.plan, &l, &p);
	problems_format(&p, NULL, &text);
	ck_assert_msg(ok, "%s", buf_text(&text));
	compare(f.plan);
	listeners_close(&l, f.plan);
	plan_fixture_release(&f);
}

#define HELLO "'app': {'kind': 'hello'}"

static const char *const configs[] = {
	/* the demo's layout */
	"{'port_groups': {"
	"'blue': {'START_SEQUENCE_NUM': 0, 'ip': 'IP', 'ports': '11000-11005', " HELLO "},"
	"'yellow': {'START_SEQUENCE_NUM': 1, 'ip': 'IP', 'ports': '14000-14005', " HELLO "},"
	"'green': {'START_SEQUENCE_NUM': 2, 'ip': 'IP', 'ports': '15000-15005', " HELLO "}}}",
	/* a step of two, and free ports among those that are served */
	"{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-1', 'ip': 'IP', "
	"'ports': '11000-11020/2', 'servers_per_worker': 2}},"
	"'servers': [{'group': 'blue', 'ports': '11004-11020/4', " HELLO "}]}",
	/* shared: a socket for each worker */
	"{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-3', 'ip': 'IP', 'shared': true, "
	"'ports': '11000-11009'}},"
	"'servers': [{'group': 'blue', 'ports': '11000-11007', " HELLO "}]}",
	/* many */
	"{'port_groups': {'blue': {'START_SEQUENCE_NUM': '0-3', 'ip': 'IP', "
	"'ports': '11000-12999', " HELLO "}}}",
};

START_TEST(what_listens_is_what_the_plan_says)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	open_and_compare(configs[_i]);
}
END_TEST

START_TEST(so_with_ipv6_and_unix_sockets)
{
	struct dir_fixture d;
	char config[1024];

	dir_fixture_init(&d);
	snprintf(config, sizeof(config),
		 "{'port_groups': {"
		 "'four': {'START_SEQUENCE_NUM': 0, 'ip': 'IP', 'ports': '11000-11001', " HELLO
		 "}, 'six': {'START_SEQUENCE_NUM': 1, 'ip': '::1', 'ports': %u, " HELLO
		 "}, 'path': {'START_SEQUENCE_NUM': 2, 'unix': '%s/{port}', 'ports': '1-3', "
		 "'servers_per_worker': 2, " HELLO "}}}",
		 net_free_port(AF_INET6), d.path);
	open_and_compare(config);
	dir_fixture_release(&d);
}
END_TEST

Suite *kernel_suite(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tc = tcase_create("kernel");

	tcase_add_loop_test(tc, what_listens_is_what_the_plan_says, 0, ARRAY_SIZE(configs));
	add_test_unless(net_why_no_ipv6(), tc, so_with_ipv6_and_unix_sockets);
	suite_add_tcase(suite, tc);
	return suite;
}
