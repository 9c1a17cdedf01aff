/* test_listing.c - servers/listing.h */
#include "servers/listing.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "servers/root.h"
#include "tests/unit/suites.h"
#include "tests/unit/tree_fixture.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

static const struct tree_entry tree[] = {
	{ .path = "site/File1", .content = "1", .mtime = 1000000005 },
	{ .path = "site/file2", .content = "22", .mtime = 1000000001 },
	{ .path = "site/file10", .content = "333", .mtime = 1000000004 },
	{ .path = "site/file010", .content = "333", .mtime = 1000000004 },
	{ .path = "site/b/", .mtime = 1000000003 },
	{ .path = "site/A/B/c", .content = "c", .mtime = 1000000002 },
	{ .path = "site/A/", .mtime = 1000000002 },
	{ .path = "site/.hidden", .content = "h", .mtime = 1000000000 },
	{ .path = "site/x-link", .link = "file10" },
	{ .path = "site/a-link", .link = "A/B" },
	{ .path = "site/A/B/up", .link = "../../file2" },
	{ .path = "site/out", .link = "../outside" },
	{ .path = "site/absolute", .link = "/etc/passwd" },
	{ .path = "site/dangling", .link = "nothing" },
	{ .path = "site/loop", .link = "loop" },
	{ .path = "outside", .content = "secret" },
	{ .path = "empty/" },
	{ 0 },
};

static struct dir_fixture dir;
static struct root *root;

static void open_root(const char *name, enum root_links links)
{
	root_free(root);
	ck_assert_int_eq(root_open(tree_fixture_path(&dir, name), links, &root, NULL), 0);
}

static void setup(void)
{
	tree_fixture_init(&dir, tree);
	ck_assert_int_eq(mkfifo(tree_fixture_path(&dir, "site/fifo"), 0644), 0);
	open_root("site", ROOT_LINKS_BENEATH);
}

static void teardown(void)
{
	root_free(root);
	dir_fixture_release(&dir);
}

static json_t *list(const char *path, struct listing_options options)
{
	AUTO_BUF struct buf text = BUF_INIT(LISTING_BYTES_MAX);
	json_t *array;

	options.json = true;
	ck_assert_int_eq(listing_make(root, path, &options, &text), 0);
	array = json_loads(buf_text(&text), 0, NULL);
	ck_assert_msg(json_is_array(array), "%s", buf_text(&text));
	return array;
}

static void expect_names(const char *path, struct listing_options options, const char *want)
{
	AUTO_BUF struct buf names = BUF_INIT(4096);
	json_t *array = list(path, options), *entry;
	size_t i;

	json_array_foreach(array, i, entry)
	{
		bool folder =
			strcmp(json_string_value(json_object_get(entry, "type")), "directory") == 0;

		buf_addf(&names, "%s%s%s", i > 0 ? " " : "",
			 json_string_value(json_object_get(entry, "name")), folder ? "/" : "");
	}
	ck_assert_str_eq(buf_text(&names), want);
	json_decref(array);
}

static const struct {
	struct listing_options options;
	const char *want;
} orders[] = {
	{ { .sort = LISTING_NAME }, "A/ a-link/ b/ File1 file2 file010 file10 x-link" },
	{ { .sort = LISTING_NAME, .descending = true },
	  "b/ a-link/ A/ x-link file10 file010 file2 File1" },
	{ { .sort = LISTING_SIZE }, "A/ a-link/ b/ File1 file2 file010 file10 x-link" },
	{ { .sort = LISTING_SIZE, .descending = true },
	  "b/ a-link/ A/ x-link file10 file010 file2 File1" },
	{ { .sort = LISTING_MODIFIED }, "A/ b/ a-link/ file2 file010 file10 x-link File1" },
	{ { .sort = LISTING_NAME, .dotfiles = true },
	  "A/ a-link/ b/ .hidden File1 file2 file010 file10 x-link" },
};

/* Folders first, numbers by value, and nothing that would not be served: links that lead
 * out or nowhere, a FIFO, names with a dot before them unless they are wanted. */
START_TEST(lists_what_is_served_in_order)
{
	expect_names("", orders[_i].options, orders[_i].want);
}
END_TEST

START_TEST(lists_no_link_where_none_is_followed)
{
	open_root("site", ROOT_LINKS_NONE);
	expect_names("", (struct listing_options) { 0 }, "A/ b/ File1 file2 file010 file10");
}
END_TEST

START_TEST(lists_a_folder_below_and_through_a_link)
{
	expect_names("A/B", (struct listing_options) { 0 }, "c up");
	expect_names("a-link", (struct listing_options) { 0 }, "c up");
	expect_names("b", (struct listing_options) { 0 }, "");
}
END_TEST

START_TEST(tells_size_and_time_and_those_of_a_links_target)
{
	json_t *array = list("", (struct listing_options) { 0 }), *first = json_array_get(array, 0),
	       *last = json_array_get(array, json_array_size(array) - 1);
	AUTO_FREE char *folder = json_dumps(first, JSON_COMPACT | JSON_SORT_KEYS);
	AUTO_FREE char *file = json_dumps(last, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(folder, "{\"modified\":\"2001-09-09T01:46:42Z\",\"name\":\"A\","
				 "\"type\":\"directory\"}");
	ck_assert_str_eq(file, "{\"modified\":\"2001-09-09T01:46:44Z\",\"name\":\"x-link\","
			       "\"size\":3,\"type\":\"file\"}");
	json_decref(array);
}
END_TEST

static const struct {
	const char *path;
	int want;
} refused[] = {
	{ "nothing", -ENOENT },
	{ "file2", -ENOTDIR },
	{ "out", -EXDEV },
	{ "fifo", -ENOENT },
};

START_TEST(refuses_what_is_no_folder_and_leaves_the_result_alone)
{
	AUTO_BUF struct buf text = BUF_INIT(LISTING_BYTES_MAX);

	ck_assert_int_eq(
		listing_make(root, refused[_i].path, &(struct listing_options) { 0 }, &text),
		refused[_i].want);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

START_TEST(says_that_a_listing_does_not_fit)
{
	AUTO_BUF struct buf text = BUF_INIT(100);

	ck_assert_int_eq(listing_make(root, "", &(struct listing_options) { 0 }, &text), -ENOMEM);
}
END_TEST

START_TEST(keeps_no_descriptor)
{
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	close(before);
	json_decref(list("", (struct listing_options) { 0 }));
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(after, before);
	close(after);
}
END_TEST

static const struct {
	const char *query;
	struct listing_options want;
} queries[] = {
	{ "sort=size", { .sort = LISTING_SIZE } },
	{ "sort=modified&order=desc", { .sort = LISTING_MODIFIED, .descending = true } },
	{ "order=desc&sort=name", { .descending = true } },
	{ "x=y&sort=size&z", { .sort = LISTING_SIZE } },
	{ "order=desc&order=asc", { 0 } },
	{ "&&&sort=size&&", { .sort = LISTING_SIZE } },
	{ "", { 0 } },
	{ "&", { 0 } },
	{ "sort", { 0 } },
	{ "sort=", { 0 } },
	{ "sort=sizes", { 0 } },
	{ "xsort=size", { 0 } },
	{ "sort=size;order=desc", { 0 } },
	{ "order=descending", { 0 } },
	{ NULL, { 0 } },
};

START_TEST(takes_the_order_from_a_query)
{
	struct listing_options options = { 0 };

	listing_options_parse(queries[_i].query, &options);
	ck_assert_int_eq(options.sort, queries[_i].want.sort);
	ck_assert_int_eq(options.descending, queries[_i].want.descending);
}
END_TEST

START_TEST(a_query_leaves_alone_what_it_does_not_name)
{
	struct listing_options options = { LISTING_SIZE, true, true, true };

	listing_options_parse("x", &options);
	ck_assert(options.sort == LISTING_SIZE && options.descending && options.dotfiles &&
		  options.json);
}
END_TEST

/* More files than are shown. */
START_TEST(shows_no_more_than_its_bound_and_says_so)
{
	AUTO_BUF struct buf text = BUF_INIT(LISTING_BYTES_MAX);
	AUTO_CLOSE int folder = open(tree_fixture_path(&dir, "empty"), O_PATH | O_CLOEXEC);
	struct listing_options options = { 0 };
	char name[16];
	json_t *array;

	for (int i = 0; i <= LISTING_ENTRIES_MAX; i++) {
		AUTO_CLOSE int fd = -1;

		snprintf(name, sizeof(name), "%d", i);
		fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		ck_assert_int_ge(fd, 0);
	}
	open_root("empty", ROOT_LINKS_BENEATH);
	array = list("", options);
	ck_assert_uint_eq(json_array_size(array), LISTING_ENTRIES_MAX);
	json_decref(array);
	ck_assert_int_eq(listing_make(root, "", &options, &text), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "only 10000 are shown"));
	ck_assert_int_eq(unlinkat(folder, "0", 0), 0);
	buf_clear(&text);
	ck_assert_int_eq(listing_make(root, "", &options, &text), 0);
	ck_assert_ptr_null(strstr(buf_text(&text), "are shown"));
}
END_TEST

Suite *listing_suite(void)
{
	Suite *s = suite_create("listing");
	TCase *tc = tcase_create("listing");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, lists_what_is_served_in_order, 0, ARRAY_SIZE(orders));
	tcase_add_test(tc, lists_no_link_where_none_is_followed);
	tcase_add_test(tc, lists_a_folder_below_and_through_a_link);
	tcase_add_test(tc, tells_size_and_time_and_those_of_a_links_target);
	tcase_add_loop_test(tc, refuses_what_is_no_folder_and_leaves_the_result_alone, 0,
			    ARRAY_SIZE(refused));
	tcase_add_test(tc, says_that_a_listing_does_not_fit);
	tcase_add_test(tc, keeps_no_descriptor);
	tcase_add_loop_test(tc, takes_the_order_from_a_query, 0, ARRAY_SIZE(queries));
	tcase_add_test(tc, a_query_leaves_alone_what_it_does_not_name);
	tcase_add_test(tc, shows_no_more_than_its_bound_and_says_so);
	suite_add_tcase(s, tc);
	return s;
}
