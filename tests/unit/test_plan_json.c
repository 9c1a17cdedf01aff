/* test_plan_json.c - portmap/plan.h: plan_json() */
#include "common/cc.h"
#include "portmap/plan.h"
#include "tests/unit/plan_fixture.h"
#include "tests/unit/suites.h"

#include <string.h>

#define HELLO "'app': {'kind': 'hello'}"

static const struct {
	const char *config;
	const char *json; /* with 'single' quotes, keys in order of the document */
} documents[] = {
	{ "{}", "{'PROCS_MAX': 1, 'workers': [{'START_SEQUENCE_NUM': 0, 'group': null, 'core': 0, "
		"'servers': []}], 'groups': []}" },
	{ "{'PROCS_MAX': 2, 'port_groups': {'blue': {'START_SEQUENCE_NUM': [1, 0], 'ports': "
	  "'10-14/2', 'servers_per_worker': 1, " HELLO "}}}",
	  "{'PROCS_MAX': 2, 'workers': ["
	  "{'START_SEQUENCE_NUM': 0, 'group': 'blue', 'core': 0, 'servers': [{'ip': '127.0.0.1', "
	  "'port': 10, 'url': 'http://127.0.0.1:10/', 'app': 'hello'}]}, "
	  "{'START_SEQUENCE_NUM': 1, 'group': 'blue', 'core': 0, 'servers': [{'ip': '127.0.0.1', "
	  "'port': 12, 'url': 'http://127.0.0.1:12/', 'app': 'hello'}]}], "
	  "'groups': [{'name': 'blue', 'START_SEQUENCE_NUM': [0, 1], 'ip': '127.0.0.1', "
	  "'ports': '10-14/2', 'shared': false, 'queue': 'mp_blue_q', 'free': [14]}]}" },
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': 80, 'ip': '::1', 'shared': "
	  "true, " HELLO "}}}",
	  "{'PROCS_MAX': 1, 'workers': [{'START_SEQUENCE_NUM': 0, 'group': 'a', 'core': 0, "
	  "'servers': [{'ip': '::1', 'port': 80, 'url': 'http://[::1]:80/', 'app': 'hello'}]}], "
	  "'groups': [{'name': 'a', 'START_SEQUENCE_NUM': [0], 'ip': '::1', 'ports': '80', "
	  "'shared': true, 'queue': 'mp_a_q', 'free': []}]}" },
	{ "{'port_groups': {'a': {'START_SEQUENCE_NUM': 0, 'ports': '1-2', 'unix': '/r/{port}.s', "
	  "'servers_per_worker': 1, " HELLO "}}}",
	  "{'PROCS_MAX': 1, 'workers': [{'START_SEQUENCE_NUM': 0, 'group': 'a', 'core': 0, "
	  "'servers': [{'ip': '/r/1.s', 'port': 1, 'url': 'unix:/r/1.s', 'app': 'hello'}]}], "
	  "'groups': [{'name': 'a', 'START_SEQUENCE_NUM': [0], 'ip': '/r/{port}.s', 'ports': "
	  "'1-2', 'shared': false, 'queue': 'mp_a_q', 'free': [2]}]}" },
};

START_TEST(shows_the_whole_map)
{
	struct plan_fixture f;
	AUTO_FREE char *text = NULL;
	json_t *json;

	plan_fixture_make(&f, documents[_i].config, 1);
	json = plan_json(f.plan);
	ck_assert_ptr_nonnull(json);
	text = json_dumps(json, 0);
	for (char *quote = text; (quote = strchr(quote, '"')) != NULL; quote++)
		*quote = '\'';
	ck_assert_str_eq(text, documents[_i].json);
	json_decref(json);
	plan_fixture_release(&f);
}
END_TEST

START_TEST(shows_the_largest_map_too)
{
	struct plan_fixture f;
	json_t *json;

	plan_fixture_make(&f,
			  "{'port_groups': {'a': {'START_SEQUENCE_NUM': '0-3999', 'ports': "
			  "'1-65535', 'servers_per_worker': 8, " HELLO "}}}",
			  1);
	json = plan_json(f.plan);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "workers")), 4000);
	json_decref(json);
	plan_fixture_release(&f);
}
END_TEST

Suite *plan_json_suite(void)
{
	Suite *suite = suite_create("plan_json");
	TCase *tc = tcase_create("plan_json");

	tcase_add_loop_test(tc, shows_the_whole_map, 0, ARRAY_SIZE(documents));
	tcase_add_test(tc, shows_the_largest_map_too);
	suite_add_tcase(suite, tc);
	return suite;
}
