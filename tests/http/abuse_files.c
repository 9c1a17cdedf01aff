/* abuse_files.c - files that change while they are served, and what greedy
 * clients ask of them.
 *
 * A reply that has begun is the old file, whole, or is cut short by a close
 * where the file has become shorter; never are there bytes of another one.
 * Zeros there may be where a file was cut: sendfile(2) gives the socket the
 * file's pages themselves, and truncate(2) clears the rest of the last one.
 */
#include "tests/http/abuse.h"

#include "common/fd.h"
#include "servers/app_static.h"
#include "tests/unit/dir_fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LARGE_BYTES (8u << 20) /* more than what sockets buffer */
#define HUGE_BYTES (5ll << 30) /* a hole */
#define CUT_BYTES 1000
#define GREEDY 50
#define GREEDY_BYTES_MAX (32u << 10) /* of memory, for each */
#define RANGES_HEADER_MAX 7000
#define RANGED_BYTES (256u << 10)
#define RACES 1000
#define SECRET "nobody may read this"

struct files {
	struct loop_fixture loop;
	struct dir_fixture dir; /* the root is "site" in it */
};

/* A path in the fixture's folder, in storage of the caller's. */
struct path {
	char text[256];
};

static struct path path_of(const struct files *f, const char *name)
{
	struct path ret;

	snprintf(ret.text, sizeof(ret.text), "%s/%s", f->dir.path, name);
	return ret;
}

/* A file of len bytes, all the same. */
static void fill(const struct files *f, const char *name, char with, size_t len)
{
	AUTO_FREE char *data = malloc(len);
	AUTO_CLOSE int fd =
		open(path_of(f, name).text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_ptr_nonnull(data);
	memset(data, with, len);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, data, len), 0);
}

static void start(struct files *f)
{
	json_auto_t *settings = NULL;
	struct address address;

	dir_fixture_init(&f->dir);
	dir_fixture_write(&f->dir, "site/index.html", "<h1>index</h1>\n");
	settings = json_pack("{s:s, s:s}", "kind", "static", "root", "site");
	loop_fixture_init(&f->loop, 0, NULL);
	f->loop.base_dir = f->dir.path;
	ck_assert_int_eq(address_from_ip(&address, f->loop.ip.text, 0, NULL), 0);
	loop_fixture_add_app(&f->loop, &address, &static_app_kind, settings);
	loop_fixture_start(&f->loop);
}

static void stop(struct files *f)
{
	loop_fixture_drain(&f->loop, 0);
	loop_fixture_release(&f->loop);
	dir_fixture_release(&f->dir);
}

/* Ask, and wait for the first bytes of the reply: then the file is open. */
static void begin(struct files *f, struct http_client *c, const char *path)
{
	char byte;

	loop_fixture_connect(&f->loop, 0, c);
	http_client_get(c, path, "Connection: close\r\n");
	ck_assert_int_eq(recv(c->fd, &byte, 1, MSG_PEEK), 1);
}

static void expect_only(const char *bytes, size_t len, char only, size_t offset)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != only && (bytes[i] != 0 || offset + i < CUT_BYTES))
			ck_abort_msg("byte %zu is %d", offset + i, bytes[i]);
}

/* What comes until the server closes, without the head. A close that is a
 * reset is none that is clean. */
static size_t rest(struct http_client *c, char only)
{
	AUTO_FREE char *part = malloc(LARGE_BYTES);
	size_t len = 0, head = 0;
	ssize_t n;

	ck_assert_ptr_nonnull(part);
	while ((n = recv(c->fd, part, LARGE_BYTES, 0)) > 0) {
		const char *body = part;

		if (head == 0) {
			body = memmem(part, (size_t)n, "\r\n\r\n", 4);
			ck_assert_ptr_nonnull(body);
			body += 4;
			head = (size_t)(body - part);
		}
		expect_only(body, (size_t)(part + n - body), only, len);
		len += (size_t)(part + n - body);
	}
	ck_assert_msg(n == 0, "the connection ended with %s", strerror(errno));
	http_client_close(c);
	return len;
}

static void grow(const struct files *f)
{
	AUTO_CLOSE int fd = open(path_of(f, "site/large").text, O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, "yyyyyyyy", 8), 0);
}

static void vanish(const struct files *f)
{
	ck_assert_int_eq(unlink(path_of(f, "site/large").text), 0);
}

static void replace(const struct files *f)
{
	fill(f, "new", 'y', LARGE_BYTES);
	ck_assert_int_eq(rename(path_of(f, "new").text, path_of(f, "site/large").text), 0);
}

static void become_folder(const struct files *f)
{
	vanish(f);
	ck_assert_int_eq(mkdir(path_of(f, "site/large").text, 0755), 0);
}

static void shrink(const struct files *f)
{
	ck_assert_int_eq(truncate(path_of(f, "site/large").text, CUT_BYTES), 0);
}

static const struct {
	void (*change)(const struct files *f);
	bool whole; /* the reply stays so */
} changes[] = {
	{ grow, true },          { vanish, true },  { replace, true },
	{ become_folder, true }, { shrink, false },
};

START_TEST(a_reply_that_has_begun_is_of_one_file)
{
	struct http_client c[4];
	struct files f;

	start(&f);
	fill(&f, "site/large", 'x', LARGE_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		begin(&f, &c[i], "/large");
	changes[_i].change(&f);
	abuse_others_are_served(&f.loop, 0);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++) {
		size_t len = rest(&c[i], 'x');

		if (changes[_i].whole)
			ck_assert_uint_eq(len, LARGE_BYTES);
		else
			ck_assert_uint_lt(len, LARGE_BYTES);
	}
	abuse_await_at_most(&f.loop.cells[0].connections, 0);
	stop(&f);
}
END_TEST

/* Small files come from memory: no mix of the two either. */
START_TEST(a_file_that_is_replaced_all_the_time_is_one_or_the_other)
{
	struct files f;
	struct http_client c;

	start(&f);
	fill(&f, "site/small", 'x', 5000);
	loop_fixture_connect(&f.loop, 0, &c);
	for (size_t i = 0; i < abuse_scale(RACES); i++) {
		struct http_reply reply;

		fill(&f, "new", i % 2 ? 'x' : 'y', i % 2 ? 5000 : 3000);
		ck_assert_int_eq(rename(path_of(&f, "new").text, path_of(&f, "site/small").text),
				 0);
		http_client_expect(&c, "/small", "", 200, &reply);
		ck_assert_uint_eq(strspn(buf_text(&reply.body), "x") +
					  strspn(buf_text(&reply.body), "y"),
				  reply.body.len);
		ck_assert_uint_eq(reply.body.len, buf_text(&reply.body)[0] == 'x' ? 5000 : 3000);
		http_reply_release(&reply);
	}
	http_client_close(&c);
	stop(&f);
}
END_TEST

/* Between what lies inside and what does not, as fast as it goes. */
struct race {
	const struct files *files;
	_Atomic bool over;
	_Atomic uint64_t flips;
};

static void point(const struct files *f, const char *target)
{
	struct path next = path_of(f, "next");

	ck_assert_int_eq(symlink(target, next.text), 0);
	ck_assert_int_eq(rename(next.text, path_of(f, "site/link").text), 0);
}

static void *flip(void *arg)
{
	struct race *race = arg;

	while (!atomic_load(&race->over)) {
		point(race->files, board_get(&race->flips) % 2 ? "../outside" : "inside");
		board_add(&race->flips, 1);
	}
	return NULL;
}

START_TEST(no_race_of_links_leads_out_of_the_root)
{
	size_t count = abuse_scale(RACES);
	struct race race = { 0 };
	struct http_reply reply;
	struct http_client c;
	struct files f;
	pthread_t thread;

	start(&f);
	for (size_t i = 0; i < count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "site/inside/%zu", i);
		dir_fixture_write(&f.dir, name, "anybody may");
		snprintf(name, sizeof(name), "outside/%zu", i);
		dir_fixture_write(&f.dir, name, SECRET);
	}
	dir_fixture_write(&f.dir, "site/inside/last", "anybody may");
	point(&f, "inside");
	race.files = &f;
	ck_assert_int_eq(pthread_create(&thread, NULL, flip, &race), 0);
	abuse_await_at_least(&race.flips, 1);
	loop_fixture_connect(&f.loop, 0, &c);
	for (size_t i = 0; i < count; i++) { /* each once: what is found is kept for a while */
		char path[64];

		snprintf(path, sizeof(path), "/link/%zu", i);
		http_client_get(&c, path, "");
		ck_assert(http_client_reply(&c, false, &reply));
		ck_assert_ptr_null(strstr(buf_text(&reply.body), SECRET));
		ck_assert_msg(reply.status == 200 || reply.status == 403 || reply.status == 404,
			      "%d", reply.status);
		http_reply_release(&reply);
	}
	atomic_store(&race.over, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	/* Its target was the reason, not the link. */
	point(&f, "inside");
	http_client_expect(&c, "/link/last", "", 200, &reply);
	http_reply_release(&reply);
	http_client_close(&c);
	stop(&f);
}
END_TEST

static const struct {
	const char *first, *each;
} bombs[] = {
	{ "0-", ",0-" },           /* the whole, again and again */
	{ "0-0", ",2-2" },         /* one byte each */
	{ "-1", ",-1" },           /* from the end */
	{ "0-262143", ",1-2621" }, /* overlapping */
	{ "5-", ", \t" },          /* empty ones */
};

/* Whatever is asked for, no more comes back than about the file itself. */
START_TEST(a_range_bomb_is_no_lever)
{
	AUTO_BUF struct buf header = BUF_INIT(1 << 20);
	struct http_client c;
	struct files f;

	start(&f);
	fill(&f, "site/ranged", 'x', RANGED_BYTES);
	buf_addf(&header, "Range: bytes=%s", bombs[_i].first);
	while (header.len < RANGES_HEADER_MAX)
		buf_adds(&header, bombs[_i].each);
	buf_adds(&header, "\r\n");
	loop_fixture_connect(&f.loop, 0, &c);
	for (int i = 0; i < 20; i++) {
		struct http_reply reply;

		http_client_get(&c, "/ranged", buf_text(&header));
		ck_assert(http_client_reply(&c, false, &reply));
		ck_assert_msg(reply.status == 200 || reply.status == 206 || reply.status == 416,
			      "%d", reply.status);
		ck_assert_uint_le(reply.body.len, RANGED_BYTES + 4096);
		http_reply_release(&reply);
	}
	abuse_others_are_served(&f.loop, 0);
	http_client_close(&c);
	stop(&f);
}
END_TEST

/* Five gigabytes to each, from one open file. */
START_TEST(clients_that_never_read_a_huge_file_cost_next_to_nothing)
{
	struct http_client c[GREEDY];
	struct files f;
	uint64_t before;

	start(&f);
	fill(&f, "site/huge", 'x', 1);
	ck_assert_int_eq(truncate(path_of(&f, "site/huge").text, HUGE_BYTES), 0);
	abuse_others_are_served(&f.loop, 0);
	before = abuse_memory();
	for (size_t i = 0; i < GREEDY; i++)
		begin(&f, &c[i], "/huge");
	abuse_others_are_served(&f.loop, 0);
	ck_assert_uint_lt(abuse_memory(), before + abuse_memory_scale(GREEDY * GREEDY_BYTES_MAX));
	for (size_t i = 0; i < GREEDY; i++) {
		if (i % 2 == 0)
			abuse_reset(&c[i]);
		else
			http_client_close(&c[i]);
	}
	abuse_others_are_served(&f.loop, 0);
	abuse_await_at_most(&f.loop.cells[0].connections, 0);
	ck_assert_uint_eq(board_get(&f.loop.cells[0].active), 0);
	stop(&f);
}
END_TEST

Suite *abuse_files_suite(void)
{
	Suite *s = suite_create("abuse_files");
	TCase *t = tcase_create("abuse_files");

	tcase_add_loop_test(t, a_reply_that_has_begun_is_of_one_file, 0, (int)ARRAY_SIZE(changes));
	tcase_add_test(t, a_file_that_is_replaced_all_the_time_is_one_or_the_other);
	tcase_add_test(t, no_race_of_links_leads_out_of_the_root);
	tcase_add_loop_test(t, a_range_bomb_is_no_lever, 0, (int)ARRAY_SIZE(bombs));
	tcase_add_test(t, clients_that_never_read_a_huge_file_cost_next_to_nothing);
	suite_add_tcase(s, t);
	return s;
}
