/* test_manual.c - docs/eisen.json.5 against the tables that read a config.
 *
 * Each table of keys has a section with a tbl(7) table: key, type, default,
 * meaning.
 */
#include "common/buf.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "portmap/group.h"
#include "servers/app_module.h"
#include "servers/static_settings.h"
#include "tests/unit/suites.h"
#include "work/generator_kind.h"

#include <string.h>

static const struct {
	const char *heading;
	const struct field *table;
} sections[] = {
	{ "\n.Ss The document\n", config_fields },
	{ "\n.Ss A port group\n", group_fields },
	{ "\n.Ss A servers entry\n", server_entry_fields },
	{ "\n.Ss The module app\n", module_app_fields },
	{ "\n.Ss The static app\n", static_fields },
	{ "\n.Ss A queue\n", config_queue_fields },
	{ "\n.Ss A feeder\n", config_feeder_fields },
	{ "\n.Ss A worker module\n", config_module_fields },
	{ "\n.Ss A tool\n", config_tool_fields },
	{ "\n.Ss A rule for headers\n", static_rule_fields },
	{ "\n.Ss Lines of text\n", gen_lines_fields },
	{ "\n.Ss Lines of JSON\n", gen_json_fields },
	{ "\n.Ss Comma-separated values\n", gen_csv_fields },
	{ "\n.Ss A command\n", gen_command_fields },
	{ "\n.Ss The status endpoint\n", config_status_fields },
	{ "\n.Ss The access log\n", config_access_log_fields },
};

/* The rows of the section's table, one a line with tabs between the cells: a
 * text block, "T{", lines, "T}", becomes one cell. */
static void read_rows(const char *heading, struct buf *ret)
{
	const char *top = getenv("EISEN_SRCDIR"), *from, *to;
	AUTO_BUF struct buf path = BUF_INIT(4096), page = BUF_INIT(1 << 20);
	bool block = false;

	buf_addf(&path, "%s/docs/eisen.json.5", top != NULL ? top : ".");
	ck_assert_int_eq(fd_read_file(buf_text(&path), &page, NULL), 0);
	from = strstr(buf_text(&page), heading);
	ck_assert_msg(from != NULL, "no section%s", heading);
	from = strstr(from, "\nkey\ttype\tdefault\tmeaning\n");
	ck_assert_msg(from != NULL, "no table under%s", heading);
	to = strstr(from, "\n.TE\n");
	ck_assert_ptr_nonnull(to);
	while (from < to) {
		if (strncmp(from, "T{\n", 3) == 0) {
			block = true;
			from += 3;
		} else if (block && strncmp(from, "\nT}", 3) == 0) {
			block = false;
			from += 3;
		} else {
			buf_add(ret, block && *from == '\n' ? " " : from, 1);
			from++;
		}
	}
	buf_adds(ret, "\n");
}

/* The row of a key, behind "KEY\t"; NULL when there is none. */
static const char *find_row(const struct buf *rows, const char *key)
{
	char start[100];
	const char *at;

	snprintf(start, sizeof(start), "\n%s\t", key);
	at = strstr(buf_text(rows), start);
	return at != NULL ? at + strlen(start) : NULL;
}

START_TEST(every_key_has_a_row_with_its_bounds)
{
	AUTO_BUF struct buf rows = BUF_INIT(1 << 20);

	read_rows(sections[_i].heading, &rows);
	for (const struct field *f = sections[_i].table; f->type != FIELD_END; f++) {
		const char *row = find_row(&rows, f->key);
		char bounds[100];

		ck_assert_msg(row != NULL, "%s has no row", f->key);
		if (f->type != FIELD_INT)
			continue;
		snprintf(bounds, sizeof(bounds), "%d..%d\t", f->min, f->max);
		ck_assert_msg(strncmp(row, bounds, strlen(bounds)) == 0, "%s: want %s", f->key,
			      bounds);
	}
}
END_TEST

START_TEST(required_keys_and_no_others_are_marked)
{
	AUTO_BUF struct buf rows = BUF_INIT(1 << 20);

	read_rows(sections[_i].heading, &rows);
	for (const struct field *f = sections[_i].table; f->type != FIELD_END; f++) {
		const char *type = find_row(&rows, f->key), *mark;

		ck_assert_ptr_nonnull(type);
		mark = strchr(type, '\t');
		ck_assert_ptr_nonnull(mark);
		ck_assert_msg(f->required == (strncmp(mark, "\trequired\t", 10) == 0), "%s",
			      f->key);
	}
}
END_TEST

START_TEST(every_row_is_a_key)
{
	AUTO_BUF struct buf rows = BUF_INIT(1 << 20);
	char *rest, *line;

	read_rows(sections[_i].heading, &rows);
	rest = strstr(rows.data, "meaning\n") + strlen("meaning\n");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		const struct field *f = sections[_i].table;
		const char *key = strsep(&line, "\t");

		while (f->type != FIELD_END && strcmp(f->key, key) != 0)
			f++;
		ck_assert_msg(f->type != FIELD_END, "there is no key %s", key);
	}
}
END_TEST

Suite *manual_suite(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");

	tcase_add_loop_test(t, every_key_has_a_row_with_its_bounds, 0, ARRAY_SIZE(sections));
	tcase_add_loop_test(t, required_keys_and_no_others_are_marked, 0, ARRAY_SIZE(sections));
	tcase_add_loop_test(t, every_row_is_a_key, 0, ARRAY_SIZE(sections));
	suite_add_tcase(s, t);
	return s;
}
