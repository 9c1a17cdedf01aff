/* test_run.c - what eisen run starts is what it was told to start. */
#include "tests/e2e/files.h"
#include "tests/e2e/harness.h"
#include "tests/e2e/http.h"
#include "tests/e2e/keep.h"
#include "tests/e2e/layout.h"
#include "tests/e2e/suites.h"

#include "common/cc.h"

#include <dirent.h>
#include <string.h>

/* The demo ------------------------------------------------------------------ */

static struct instance *start_demo(void)
{
	return instance_start(
		&(struct start) { .args = { "--ip", harness_address(0), "--status-port", "0" } });
}

static const struct {
	const char *name;
	int first;
} demo_groups[] = { { "blue", 11000 }, { "yellow", 14000 }, { "green", 15000 } };

START_TEST(the_demo_lists_its_18_urls)
{
	const char *out = instance_out(start_demo());

	ck_assert_ptr_nonnull(strstr(out, "START_SEQUENCE_NUM"));
	for (size_t g = 0; g < ARRAY_SIZE(demo_groups); g++) {
		ck_assert_ptr_nonnull(strstr(out, demo_groups[g].name));
		for (int i = 0; i < LAYOUT_PER_WORKER; i++)
			ck_assert_uint_eq(
				files_count_lines(out,
						  keep_printf("http://%s:%d/", harness_address(0),
							      demo_groups[g].first + i)),
				1);
	}
	ck_assert_ptr_null(strchr(out, '\x1b')); /* a file wants no colours */
}
END_TEST

START_TEST(each_url_of_the_demo_names_its_own_group_and_port)
{
	start_demo();
	for (size_t g = 0; g < ARRAY_SIZE(demo_groups); g++) {
		for (int i = 0; i < LAYOUT_PER_WORKER; i++) {
			int port = demo_groups[g].first + i;
			const char *url = keep_printf("http://%s:%d/", harness_address(0), port);
			const json_t *hello = http_json(url);
			const char *page = http_get(url, "text/html", "text/html");

			ck_assert_str_eq(json_string_value(json_object_get(hello, "group")),
					 demo_groups[g].name);
			ck_assert_int_eq(json_integer_value(json_object_get(hello, "port")), port);
			ck_assert_ptr_nonnull(
				strstr(page, keep_printf("%s %d", demo_groups[g].name, port)));
		}
	}
}
END_TEST

START_TEST(a_worker_is_pinned_to_its_core_with_all_its_threads)
{
	const struct instance *in = start_demo();

	for (int slot = 0; slot < 3; slot++) {
		pid_t pid = (pid_t)instance_worker_number(in, slot, "pid");
		long core = instance_worker_number(in, slot, "core");
		DIR *threads = opendir(keep_printf("/proc/%d/task", (int)pid));
		const struct dirent *thread;
		int pinned = 0, elsewhere = 0;

		ck_assert_ptr_nonnull(threads);
		while ((thread = readdir(threads)) != NULL) {
			if (thread->d_name[0] == '.')
				continue;
			if (strstr(files_text(keep_printf("/proc/%d/task/%s/status", (int)pid,
							  thread->d_name)),
				   keep_printf("Cpus_allowed_list:\t%ld\n", core)) != NULL)
				pinned++;
			else
				elsewhere++;
		}
		closedir(threads);
		ck_assert_int_ge(pinned, 1);
		ck_assert_int_le(elsewhere, HARNESS_FOREIGN_THREADS);
	}
}
END_TEST

/* The examples -------------------------------------------------------------- */

static char **examples; /* their files' names */
static int example_count;

static int is_example(const struct dirent *entry)
{
	return strstr(entry->d_name, ".json") != NULL;
}

/* Those with work have tests of their own, by what comes out of it. */
static bool has_work(const char *path)
{
	json_t *doc = json_load_file(path, 0, NULL);
	bool work = json_object_get(doc, "feeders") != NULL ||
		    json_object_get(doc, "worker_modules") != NULL ||
		    json_object_get(doc, "WORKER_PATH") != NULL;

	json_decref(doc);
	return work;
}

static void find_examples(void)
{
	const char *source = getenv("EISEN_SRCDIR");
	struct dirent **entries;
	char path[4096], file[8192];
	int count;

	snprintf(path, sizeof(path), "%s/examples", source != NULL ? source : ".");
	count = scandir(path, &entries, is_example, alphasort);
	examples = count > 0 ? calloc((size_t)count, sizeof(*examples)) : NULL;
	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (!has_work(file))
			examples[example_count++] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Each address of the example becomes one of this test's. ::1 is the only
 * address that IPv6 has for us: there the ports move, to where nobody is by
 * this test's pid. */
static void move_group(json_t *group, const char **ips, size_t *ip_count)
{
	const char *ip = json_string_value(json_object_get(group, "ip"));
	size_t i = 0;

	if (json_object_get(group, "unix") != NULL)
		return;
	if (ip != NULL && strchr(ip, ':') != NULL) {
		int first = 10000 + getpid() % 2000 * 10;

		json_object_set_new(group, "ports", json_sprintf("%d-%d", first, first + 3));
		return;
	}
	while (i < *ip_count && strcmp(ips[i], ip != NULL ? ip : "127.0.0.1") != 0)
		i++;
	if (i == *ip_count)
		ips[(*ip_count)++] = keep_printf("%s", ip != NULL ? ip : "127.0.0.1");
	json_object_set_new(group, "ip", json_string(harness_address((unsigned)i)));
}

static json_t *load_example(const char *name)
{
	return keep_json(json_load_file(harness_source(keep_printf("examples/%s", name)), 0, NULL));
}

/* What it serves stays where it is. */
static void keep_root(json_t *group)
{
	json_t *app = json_object_get(group, "app");
	const char *root = json_string_value(json_object_get(app, "root"));

	if (root != NULL)
		json_object_set_new(app, "root",
				    json_string(harness_source(keep_printf("examples/%s", root))));
}

/* A copy of the example in this test's place; its text. */
static const char *move_example(const char *name)
{
	json_t *doc = load_example(name);
	const char *ips[HARNESS_ADDRESSES];
	size_t ip_count = 0;
	const char *key;
	json_t *group;

	json_object_foreach(json_object_get(doc, "port_groups"), key, group)
	{
		if (!json_is_object(group))
			continue;
		move_group(group, ips, &ip_count);
		keep_root(group);
	}
	return keep(json_dumps(doc, JSON_INDENT(2)));
}

/* hello does; but on a shared port any worker answers. */
static bool says_who_it_is(const char *name)
{
	json_t *groups = json_object_get(load_example(name), "port_groups"), *group;
	const char *key;

	json_object_foreach(groups, key, group)
	{
		const json_t *app = json_object_get(group, "app");
		const char *kind = json_string_value(json_object_get(app, "kind"));

		if (json_is_true(json_object_get(group, "shared")) ||
		    (kind != NULL && strcmp(kind, "hello") != 0))
			return false;
	}
	return true;
}

static void answer_some(const char *name, const struct layout *plan)
{
	size_t step = plan->count > 40 ? plan->count / 40 : 1;
	bool says = says_who_it_is(name);

	for (size_t i = 0; i < plan->count; i += step) {
		const struct http_call call = { .url = plan->servers[i].url };

		if (says)
			layout_expect_answer(&plan->servers[i]);
		else
			ck_assert_int_eq(http_status(&call), 200);
	}
}

#define V6 "http://[::1]:"

START_TEST(what_listens_in_an_example_is_what_its_plan_says)
{
	const char *env = keep_printf("XDG_RUNTIME_DIR=%s", harness_path("."));
	const struct start start = {
		.config = move_example(examples[_i]),
		.args = { "--status-port", "0" },
		.env = { env },
	};
	const char *prefixes[HARNESS_ADDRESSES + 3] = { NULL };
	struct layout plan;

	for (unsigned i = 0; i < HARNESS_ADDRESSES; i++)
		prefixes[i] = keep_printf("http://%s:", harness_address(i));
	prefixes[HARNESS_ADDRESSES] = keep_printf("unix:%s", harness_path("./eisen-web"));
	instance_start(&start);
	layout_plan(harness_path("site.json"), env, &plan);
	ck_assert_uint_gt(plan.count, 0);
	for (size_t i = 0; i < plan.count; i++)
		if (strncmp(plan.servers[i].url, V6, strlen(V6)) == 0)
			prefixes[HARNESS_ADDRESSES + 1] =
				keep_printf("%.*s", (int)strlen(V6) + 4, plan.servers[i].url);
	layout_expect_listening(&plan, prefixes);
	answer_some(examples[_i], &plan);
}
END_TEST

Suite *run_suite(void)
{
	Suite *suite = suite_create("run");
	TCase *demo = harness_case(suite, "demo"), *all = harness_case(suite, "examples");

	tcase_add_test(demo, the_demo_lists_its_18_urls);
	tcase_add_test(demo, each_url_of_the_demo_names_its_own_group_and_port);
	tcase_add_test(demo, a_worker_is_pinned_to_its_core_with_all_its_threads);
	find_examples();
	tcase_add_loop_test(all, what_listens_in_an_example_is_what_its_plan_says, 0,
			    MAX(example_count, 1));
	return suite;
}
