/* test_static_cache.c - servers/static_cache.h: what is kept, and for how long */
#include "servers/static_cache.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"
#include "portmap/board.h"
#include "servers/static_site.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct dir_fixture dir;
static struct static_site *sites, *site;
static struct board_cell cell;
static json_t *settings;

static const struct tree_entry entries[] = {
	{ .path = "site/a.txt", .content = "aaaa", .mtime = 1000000000 },
	{ .path = "site/b.css", .content = "body{}", .mtime = 1000000000 },
	{ .path = "next/a.txt", .content = "next", .mtime = 1000000000 },
	{ 0 },
};

static void setup(void)
{
	tree_fixture_init(&dir, entries);
	sites = NULL;
	memset(&cell, 0, sizeof(cell));
}

/* more: of the settings, beginning with a comma; "" for none. */
static void open_site(const char *more)
{
	AUTO_BUF struct buf text = BUF_INIT(4096);
	struct error e = { 0 };

	buf_addf(&text, "{\"kind\": \"static\", \"root\": \"site\"%s}", more);
	settings = json_loads(buf_text(&text), 0, NULL);
	ck_assert_ptr_nonnull(settings);
	ck_assert_msg(static_site_get(&sites, settings, dir.path, &site, &e) == 0, "%s", e.text);
}

static void close_site(void)
{
	static_site_put(&sites, site);
	json_decref(settings);
	ck_assert_ptr_null(sites);
	ck_assert_uint_eq(board_get(&cell.cache_bytes), 0);
	dir_fixture_release(&dir);
}

static struct static_resource *find(const char *raw, time_t now)
{
	struct static_resource *r = static_cache_find(site, raw, now, &cell);

	ck_assert_ptr_nonnull(r);
	return r;
}

static const struct static_file *open_as(const char *raw, time_t now, enum encoding encoding)
{
	struct static_resource *r = find(raw, now);
	struct static_file *file = NULL;

	ck_assert_int_eq(r->kind, STATIC_FILE);
	ck_assert_int_eq(static_cache_file(site, r, encoding, &cell, &file), 0);
	return file;
}

/* The file's bytes, all of them. */
static void expect(const char *raw, time_t now, const char *content)
{
	const struct static_file *file = open_as(raw, now, ENCODING_IDENTITY);

	ck_assert_uint_eq(static_file_size(file), strlen(content));
	ck_assert_ptr_nonnull(file->data);
	ck_assert_mem_eq(file->data, content, strlen(content));
}

START_TEST(looks_at_the_disk_once_a_second)
{
	open_site("");
	expect("/a.txt", 100, "aaaa");
	dir_fixture_write(&dir, "site/a.txt", "changed");
	expect("/a.txt", 100, "aaaa");
	expect("/a.txt", 101, "changed");
	close_site();
}
END_TEST

START_TEST(sees_a_change_that_leaves_size_and_time)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	open_site("");
	expect("/a.txt", 100, "aaaa");
	dir_fixture_write(&dir, "site/a.txt", "AAAA");
	ck_assert_int_eq(utimensat(AT_FDCWD, tree_fixture_path(&dir, "site/a.txt"), times, 0), 0);
	expect("/a.txt", 101, "AAAA");
	close_site();
}
END_TEST

START_TEST(sees_a_file_replaced_by_rename)
{
	AUTO_FREE char *from = strdup(tree_fixture_path(&dir, "next/a.txt"));

	open_site("");
	expect("/a.txt", 100, "aaaa");
	ck_assert_int_eq(rename(from, tree_fixture_path(&dir, "site/a.txt")), 0);
	expect("/a.txt", 100, "aaaa");
	expect("/a.txt", 101, "next");
	close_site();
}
END_TEST

START_TEST(sees_the_root_replaced_by_rename)
{
	AUTO_FREE char *site_path = strdup(tree_fixture_path(&dir, "site"));
	AUTO_FREE char *old_path = strdup(tree_fixture_path(&dir, "old"));

	open_site("");
	expect("/a.txt", 100, "aaaa");
	ck_assert_int_eq(rename(site_path, old_path), 0);
	ck_assert_int_eq(rename(tree_fixture_path(&dir, "next"), site_path), 0);
	expect("/a.txt", 101, "next");
	ck_assert_int_eq(find("/b.css", 101)->kind, STATIC_MISSING);
	close_site();
}
END_TEST

START_TEST(sees_files_come_and_go)
{
	open_site("");
	ck_assert_int_eq(find("/new.txt", 100)->kind, STATIC_MISSING);
	dir_fixture_write(&dir, "site/new.txt", "new");
	ck_assert_int_eq(find("/new.txt", 100)->kind, STATIC_MISSING);
	expect("/new.txt", 101, "new");
	ck_assert_int_eq(unlink(tree_fixture_path(&dir, "site/new.txt")), 0);
	ck_assert_int_eq(find("/new.txt", 101)->kind, STATIC_FILE);
	ck_assert_int_eq(find("/new.txt", 102)->kind, STATIC_MISSING);
	ck_assert_int_eq(mkdir(tree_fixture_path(&dir, "site/new.txt"), 0755), 0);
	ck_assert_int_eq(find("/new.txt", 103)->kind, STATIC_REDIRECT);
	close_site();
}
END_TEST

START_TEST(sees_variants_come_and_go)
{
	open_site("");
	ck_assert(!open_as("/b.css", 100, ENCODING_IDENTITY)->varies);
	dir_fixture_write(&dir, "site/b.css.gz", "packed");
	ck_assert_uint_eq(find("/b.css", 100)->id[ENCODING_GZIP].inode, 0);
	ck_assert_uint_ne(find("/b.css", 101)->id[ENCODING_GZIP].inode, 0);
	ck_assert(open_as("/b.css", 101, ENCODING_IDENTITY)->varies);
	ck_assert_mem_eq(open_as("/b.css", 101, ENCODING_GZIP)->data, "packed", 6);
	ck_assert_str_ne(find("/b.css", 101)->files[ENCODING_GZIP].etag,
			 find("/b.css", 101)->files[ENCODING_IDENTITY].etag);
	ck_assert_int_eq(unlink(tree_fixture_path(&dir, "site/b.css.gz")), 0);
	ck_assert(!open_as("/b.css", 102, ENCODING_IDENTITY)->varies);
	close_site();
}
END_TEST

START_TEST(what_is_unchanged_is_kept)
{
	const struct MHD_Response *was;

	open_site("");
	was = open_as("/a.txt", 100, ENCODING_IDENTITY)->full.response;
	for (time_t now = 101; now < 110; now++)
		ck_assert_ptr_eq(open_as("/a.txt", now, ENCODING_IDENTITY)->full.response, was);
	ck_assert_uint_eq(board_get(&cell.cache_misses), 1);
	ck_assert_uint_eq(board_get(&cell.cache_hits), 9);
	close_site();
}
END_TEST

START_TEST(bytes_are_bounded_and_counted)
{
	char name[64];
	AUTO_BUF struct buf text = BUF_INIT(4096);

	open_site(", \"cache_bytes\": 10000");
	buf_addf(&text, "%04000d", 0);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "site/%d.txt", i);
		dir_fixture_write(&dir, name, buf_text(&text));
		expect(name + 4, 100, buf_text(&text));
		ck_assert_uint_le(site->cache.bytes, 10000);
		ck_assert_uint_eq(board_get(&cell.cache_bytes), site->cache.bytes);
	}
	ck_assert_uint_eq(site->cache.count, 2);
	ck_assert_uint_eq(site->cache.bytes, 8000);
	close_site();
}
END_TEST

START_TEST(a_file_larger_than_all_is_served_nevertheless)
{
	open_site(", \"cache_bytes\": 3");
	expect("/a.txt", 100, "aaaa");
	expect("/b.css", 100, "body{}");
	ck_assert_uint_eq(site->cache.count, 1);
	close_site();
}
END_TEST

START_TEST(entries_are_bounded_and_the_latest_stay)
{
	char raw[64];

	open_site("");
	find("/a.txt", 100);
	for (int i = 0; i < 10000; i++) {
		snprintf(raw, sizeof(raw), "/none-%d", i);
		find(raw, 100);
		if (i % 1000 == 0)
			find("/a.txt", 100);
	}
	ck_assert_uint_le(site->cache.count, 4096);
	ck_assert_uint_eq(board_get(&cell.cache_misses), 10001);
	close_site();
}
END_TEST

static void write_many(int count)
{
	char name[64];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "site/many/%d.txt", i);
		dir_fixture_write(&dir, name, "many");
	}
}

static void open_many(int count, time_t now)
{
	char raw[64];

	for (int i = 0; i < count; i++) {
		snprintf(raw, sizeof(raw), "/many/%d.txt", i);
		ck_assert_int_ge(open_as(raw, now, ENCODING_IDENTITY)->fd, 0);
	}
}

/* Names that nothing has, each as long as a head may be. */
START_TEST(long_names_are_bounded)
{
	char raw[64 << 10];

	open_site("");
	memset(raw, 'x', sizeof(raw));
	for (int i = 0; i < 1000; i++) {
		raw[snprintf(raw, sizeof(raw), "/%06d", i)] = 'x';
		raw[sizeof(raw) - 1] = '\0';
		ck_assert_int_eq(find(raw, 100)->kind, STATIC_MISSING);
	}
	ck_assert_uint_le(site->cache.name_bytes, 4 << 20);
	ck_assert_uint_le(site->cache.count, 64);
	close_site();
}
END_TEST

START_TEST(descriptors_are_bounded)
{
	write_many(600);
	open_site(", \"cache_file_bytes\": 0");
	open_many(600, 100);
	ck_assert_uint_le(site->cache.fd_count, 512);
	ck_assert_uint_ge(site->cache.fd_count, 500);
	close_site();
}
END_TEST

START_TEST(descriptors_give_way_when_there_are_no_more)
{
	struct rlimit limit;
	int next;

	write_many(60);
	open_site(", \"cache_file_bytes\": 0");
	open_many(1, 100);
	next = dup(0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next + 20;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	open_many(60, 100);
	ck_assert_uint_le(site->cache.fd_count, 21);
	static_sites_shed(sites);
	ck_assert_uint_eq(site->cache.fd_count, 0);
	open_many(10, 100);
	close_site();
}
END_TEST

START_TEST(without_any_descriptor_a_file_is_busy)
{
	struct static_file *file;
	struct rlimit limit;
	int next;

	open_site(", \"cache_file_bytes\": 0");
	ck_assert_int_eq(find("/a.txt", 100)->kind, STATIC_FILE);
	next = dup(0);
	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(
		static_cache_file(site, find("/a.txt", 100), ENCODING_IDENTITY, &cell, &file),
		-EMFILE);
	ck_assert_int_eq(find("/b.css", 100)->kind, STATIC_BUSY);
	limit.rlim_cur = (rlim_t)next + 10;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_ge(open_as("/a.txt", 100, ENCODING_IDENTITY)->fd, 0);
	ck_assert_int_eq(find("/b.css", 101)->kind, STATIC_FILE);
	close_site();
}
END_TEST

START_TEST(the_same_settings_are_one_site)
{
	struct static_site *again, *other;
	struct error e = { 0 };
	json_t *equal;

	open_site("");
	equal = json_deep_copy(settings);
	ck_assert_int_eq(static_site_get(&sites, settings, dir.path, &again, &e), 0);
	ck_assert_int_eq(static_site_get(&sites, equal, dir.path, &other, &e), 0);
	ck_assert_ptr_eq(again, site);
	ck_assert_ptr_ne(other, site);
	json_decref(equal);
	static_site_put(&sites, again);
	expect("/a.txt", 100, "aaaa");
	static_site_put(&sites, other);
	close_site();
}
END_TEST

START_TEST(wrong_settings_make_no_site)
{
	json_t *wrong = json_pack("{s:s, s:s}", "kind", "static", "root", "none");
	struct static_site *none = NULL;
	struct error e = { 0 };

	ck_assert_int_lt(static_site_get(&sites, wrong, dir.path, &none, &e), 0);
	ck_assert_ptr_null(none);
	ck_assert_ptr_null(sites);
	ck_assert_ptr_nonnull(strstr(e.text, "root"));
	json_decref(wrong);
	dir_fixture_release(&dir);
}
END_TEST

Suite *static_cache_suite(void)
{
	Suite *s = suite_create("static_cache");
	TCase *t = tcase_create("static_cache");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, looks_at_the_disk_once_a_second);
	tcase_add_test(t, sees_a_change_that_leaves_size_and_time);
	tcase_add_test(t, sees_a_file_replaced_by_rename);
	tcase_add_test(t, sees_the_root_replaced_by_rename);
	tcase_add_test(t, sees_files_come_and_go);
	tcase_add_test(t, sees_variants_come_and_go);
	tcase_add_test(t, what_is_unchanged_is_kept);
	tcase_add_test(t, bytes_are_bounded_and_counted);
	tcase_add_test(t, a_file_larger_than_all_is_served_nevertheless);
	tcase_add_test(t, entries_are_bounded_and_the_latest_stay);
	tcase_add_test(t, long_names_are_bounded);
	tcase_add_test(t, descriptors_are_bounded);
	tcase_add_test(t, descriptors_give_way_when_there_are_no_more);
	tcase_add_test(t, without_any_descriptor_a_file_is_busy);
	tcase_add_test(t, the_same_settings_are_one_site);
	tcase_add_test(t, wrong_settings_make_no_site);
	suite_add_tcase(s, t);
	return s;
}
