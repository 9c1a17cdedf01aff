/* http_cases.c - requests on the wire and what the servers must answer.
 *
 * Each case of framing.cases and files.cases (case_file.h) is a test of its
 * own, CK_RUN_CASE='RFC 9112 5.1: ...' runs one alone. The apps of apps.json
 * serve tree.txt's folder (tree.h) in this process, on real sockets, and each
 * case is sent to each of its apps several times (talk.h): whole, byte by
 * byte, and in two pieces, cut at some places. The verdict is always the same.
 */
#include "servers/app.h"
#include "tests/http/case_file.h"
#include "tests/http/talk.h"
#include "tests/http/tree.h"
#include "tests/unit/loop_fixture.h"

#include <check.h>
#include <string.h>

#define FAULT_MAX (1u << 20) /* bytes */
#define CUTS 7               /* of a case, besides those at each byte */
#define TIMEOUT_S "120"

static char dir[] = "/tmp/eisen-cases-XXXXXX"; /* the tree */
static json_t *apps;
static struct case_file files[2];

struct place { /* a socket's path */
	char path[128];
};

static struct place unix_place(void)
{
	struct place ret;

	snprintf(ret.path, sizeof(ret.path), "%s/socket-%d", dir, (int)getpid());
	return ret;
}

/* TCP is server 0, the Unix socket server 1. */
static void start(struct loop_fixture *f, const json_t *app)
{
	const char *name = json_string_value(json_object_get(app, "kind"));
	const struct app_kind *kind = app_kind_find(name);
	struct address address;

	ck_assert_msg(kind != NULL, "no kind %s", name);
	loop_fixture_init(f, 0, NULL);
	f->base_dir = dir;
	ck_assert_int_eq(address_from_ip(&address, f->ip.text, 0, NULL), 0);
	loop_fixture_add_app(f, &address, kind, app);
	ck_assert_int_eq(address_from_path(&address, unix_place().path, NULL), 0);
	loop_fixture_add_app(f, &address, kind, app);
	loop_fixture_start(f);
}

struct way {
	const char *name;
	enum pace pace;
	size_t cut;
	size_t server;
};

static const char *app_name(uint32_t bit)
{
	void *at = json_object_iter(apps);

	while ((bit >>= 1) != 0)
		at = json_object_iter_next(apps, at);
	return json_object_iter_key(at);
}

static void talk(const struct loop_fixture *f, const struct case_file *file,
		 const struct http_case *c, uint32_t app, const struct way *way)
{
	AUTO_BUF struct buf fault = BUF_INIT(FAULT_MAX);

	if (talk_run(c, app, &f->servers[way->server].address, way->pace, way->cut, &fault))
		return;
	ck_abort_msg("%s:%u: %s: to %s, %s (%zu): %s", file->path, c->line, c->name, app_name(app),
		     way->name, way->cut, buf_text(&fault));
}

static void talk_in_all_ways(const struct loop_fixture *f, const struct case_file *file,
			     const struct http_case *c, uint32_t app)
{
	static const struct way ways[] = {
		{ .name = "whole", .pace = PACE_WHOLE, .server = 0 },
		{ .name = "byte by byte", .pace = PACE_BYTES, .server = 0 },
		{ .name = "each byte when the last is read", .pace = PACE_READ, .server = 1 },
	};
	size_t bytes = talk_first_bytes(c);

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		talk(f, file, c, app, &ways[i]);
	for (size_t i = 1; i <= CUTS; i++) {
		struct way way = { "in two", PACE_CUT, bytes * i / (CUTS + 1), 1 };

		talk(f, file, c, app, &way);
	}
}

static void run_case(const struct case_file *file, const struct http_case *c)
{
	const char *name;
	json_t *app;
	uint32_t bit = 1;

	json_object_foreach(apps, name, app)
	{
		struct loop_fixture f;

		if (c->apps & bit) {
			start(&f, app);
			talk_in_all_ways(&f, file, c, bit);
			loop_fixture_drain(&f, 0);
			loop_fixture_release(&f);
			ck_assert_int_eq(unlink(unix_place().path), 0);
		}
		bit <<= 1;
	}
}

START_TEST(framing)
{
	run_case(&files[0], &files[0].cases[_i]);
}
END_TEST

START_TEST(serving)
{
	run_case(&files[1], &files[1].cases[_i]);
}
END_TEST

static Suite *suite(const char *name, const struct case_file *file, const TTest *test)
{
	Suite *s = suite_create(name);

	for (size_t i = 0; i < file->count; i++) {
		TCase *tc = tcase_create(file->cases[i].name);

		tcase_add_loop_test(tc, test, (int)i, (int)i + 1);
		suite_add_tcase(s, tc);
	}
	return s;
}

static bool read_all(const char *folder)
{
	char path[4096];
	static char paths[ARRAY_SIZE(files)][4096];
	static const char *const names[] = { "framing.cases", "files.cases" };
	json_error_t e = { .text = "want an object of at most 32 apps" };
	bool good;

	snprintf(path, sizeof(path), "%s/apps.json", folder);
	apps = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
	good = json_is_object(apps) && json_object_size(apps) <= 32;
	if (!good)
		fprintf(stderr, "%s:%d: %s\n", path, e.line, e.text);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
		good = good && case_file_read(&files[i], paths[i], apps);
	}
	snprintf(path, sizeof(path), "%s/tree.txt", folder);
	return good && tree_make(path, dir);
}

static int run_all(void)
{
	SRunner *runner = srunner_create(suite("framing", &files[0], framing));
	int failed;

	srunner_add_suite(runner, suite("files", &files[1], serving));
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void)
{
	const char *source = getenv("EISEN_SRCDIR");
	char folder[2048];
	int r;

	snprintf(folder, sizeof(folder), "%s/tests/http", source != NULL ? source : ".");
	setenv("CK_DEFAULT_TIMEOUT", TIMEOUT_S, 0);
	if (mkdtemp(dir) == NULL) {
		perror(dir);
		return EXIT_FAILURE;
	}
	r = read_all(folder) ? run_all() : EXIT_FAILURE;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		case_file_release(&files[i]);
	json_decref(apps);
	return tree_remove(dir) ? r : EXIT_FAILURE;
}
