/* test_config.c - launcher/config.h; messages are tested in tests/data/bad. */
#include "launcher/config.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const struct config_origin origin = { "/base", -1 };

static struct config *from_text(const char *text, struct problems *p)
{
	return config_from_text(text, strlen(text), &origin, p);
}

static char *formatted(struct problems *p)
{
	struct buf b = BUF_INIT(1 << 16);

	problems_format(p, NULL, &b);
	problems_release(p);
	return buf_take(&b);
}

START_TEST(an_empty_object_is_all_defaults)
{
	struct problems p = { 0 };
	struct config *c = from_text("{}", &p);

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->base_dir, "/base");
	ck_assert_str_eq(c->text, "{}");
	ck_assert_uint_eq(c->text_len, 2);
	ck_assert_int_eq(c->procs_max, 0);
	ck_assert_int_eq(c->start_method, CONFIG_FORK);
	ck_assert(c->pin);
	ck_assert_uint_eq(c->group_count + c->entry_count, 0);
	ck_assert_str_eq(c->status.ip, "127.0.0.1");
	ck_assert_int_eq(c->status.port, 12321);
	ck_assert_ptr_null(c->status.hosts);
	ck_assert_int_eq(c->start_timeout_ms, 10000);
	ck_assert_int_eq(c->drain_ms, 5000);
	ck_assert_int_eq(c->connections_max, 10000);
	ck_assert_int_eq(c->idle_timeout_s, 60);
	config_free(c);
}
END_TEST

START_TEST(work_has_an_input_queue_and_defaults)
{
	struct problems p = { 0 };
	struct config *c = from_text("{\"WORKER_PATH\": \"a.so\","
				     " \"feeders\": [{\"generator\": {\"range\": [0, 9]}}]}",
				     &p);

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->work.queue_count, 1);
	ck_assert_str_eq(c->work.queues[0].full, "mp_input_q");
	ck_assert_int_eq(c->work.queues[0].maxsize, 256);
	ck_assert_int_eq(c->work.queues[0].chunk_bytes, 32768);
	ck_assert_int_eq(c->work.queues[0].max_attempts, 3);
	ck_assert_uint_eq(c->work.feeder_count, 1);
	ck_assert_str_eq(c->work.feeders[0].queue, "mp_input_q");
	ck_assert_str_eq(c->work.feeders[0].name, "mp_input_q");
	ck_assert_int_eq(c->work.feeders[0].rows_max, 1000);
	ck_assert_uint_eq(c->work.module_count, 1);
	ck_assert_str_eq(c->work.modules[0].path, "a.so");
	ck_assert_str_eq(c->work.modules[0].ref, "worker_entrance");
	ck_assert_ptr_null(c->work.worker_path);
	ck_assert(!c->work.results_store);
	ck_assert_int_eq(c->work.on_done, CONFIG_DONE_EXIT);
	config_free(c);
}
END_TEST

START_TEST(keys_of_work_arrive)
{
	struct problems p = { 0 };
	struct config *c = from_text(
		"{\"ROWS_MAX\": 5, \"queues\": [{\"category\": \"c\", \"name\": \"q\","
		"   \"maxsize\": 2, \"chunk_bytes\": 4096, \"max_attempts\": 0}],"
		" \"feeders\": [{\"queue\": \"c|q\", \"name\": \"n\","
		"   \"generator\": {\"range\": [0, 9]}, \"ROWS_MAX\": 7}],"
		" \"worker_modules\": [{\"WORKER_PATH\": \"a.so\", \"WORKER_REF\": \"f\"},"
		"   {\"WORKER_PATH\": \"b.so\"}],"
		" \"tools\": {\"//\": 1, \"t\": {\"file\": \"w.txt\"}, \"j\": {\"json\": 1}},"
		" \"kwargs\": {\"k\": 1}, \"RESULTS_STORE\": true, \"RESULTS_DICT_PRINT\": true, "
		"\"RESULT_LABEL\": \"l\","
		" \"results_db\": \"r.db\", \"results_bytes_max\": 5000000000,"
		" \"INFO_ENABLE\": true, \"INFO_THREAD_MAX\": 6000000000, \"on_done\": \"stay\"}",
		&p);

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->work.queue_count, 2);
	ck_assert_str_eq(c->work.queues[0].full, "c|q");
	ck_assert_int_eq(c->work.queues[0].maxsize, 2);
	ck_assert_int_eq(c->work.queues[0].chunk_bytes, 4096);
	ck_assert_int_eq(c->work.queues[0].max_attempts, 0);
	ck_assert_str_eq(c->work.feeders[0].name, "n");
	ck_assert_int_eq(c->work.feeders[0].rows_max, 7);
	ck_assert_uint_eq(c->work.module_count, 2);
	ck_assert_str_eq(c->work.modules[0].ref, "f");
	ck_assert_uint_eq(c->work.tool_count, 2);
	ck_assert_str_eq(c->work.tools[0].file, "/base/w.txt");
	ck_assert_ptr_nonnull(c->work.tools[1].json);
	ck_assert_ptr_nonnull(json_object_get(c->work.kwargs, "k"));
	ck_assert(c->work.results_dict_print);
	ck_assert(c->work.results_store);
	ck_assert_str_eq(c->work.result_label, "l");
	ck_assert_str_eq(c->work.results_db, "/base/r.db");
	ck_assert_uint_eq(c->work.results_bytes_max, 5000000000u);
	ck_assert(c->work.info_enable);
	ck_assert_uint_eq(c->work.info_thread_max, 6000000000u);
	ck_assert_int_eq(c->work.on_done, CONFIG_DONE_STAY);
	config_free(c);
}
END_TEST

START_TEST(every_key_arrives)
{
	struct problems p = { 0 };
	struct config *c = from_text(
		"{\"PROCS_MAX\": 7, \"START_METHOD\": \"spawn\", \"pin\": false,"
		" \"status\": {\"ip\": \"::1\", \"port\": 0, \"hosts\": [\"a.example\", \"b\"]},"
		" \"start_timeout_ms\": 100, \"drain_ms\": 0, \"connections_max\": 1,"
		" \"idle_timeout_s\": 3600,"
		" \"port_groups\": {\"//\": 1, \"blue\": {\"START_SEQUENCE_NUM\": 0, \"ports\": "
		"80},"
		"   \"red\": {\"START_SEQUENCE_NUM\": 1, \"ports\": 81, \"threads\": 2,"
		"             \"app\": {\"kind\": \"hello\"}}},"
		" \"servers\": [{\"group\": \"blue\", \"app\": {\"kind\": \"hello\"}}]}",
		&p);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->procs_max, 7);
	ck_assert_int_eq(c->start_method, CONFIG_SPAWN);
	ck_assert(!c->pin);
	ck_assert_str_eq(c->status.ip, "::1");
	ck_assert_int_eq(c->status.port, 0);
	ck_assert_str_eq(c->status.hosts[0], "a.example");
	ck_assert_str_eq(c->status.hosts[1], "b");
	ck_assert_ptr_null(c->status.hosts[2]);
	ck_assert_int_eq(c->start_timeout_ms, 100);
	ck_assert_int_eq(c->drain_ms, 0);
	ck_assert_int_eq(c->connections_max, 1);
	ck_assert_int_eq(c->idle_timeout_s, 3600);
	ck_assert_uint_eq(c->group_count, 2);
	ck_assert_str_eq(c->groups[1].name, "red");
	ck_assert_uint_eq(c->entry_count, 2);
	ck_assert_str_eq(c->entries[0].group_name, "blue");
	/* A group's own app is an entry for all of its ports. */
	ck_assert_str_eq(c->entries[1].group_name, "red");
	ck_assert_ptr_eq(c->entries[1].app, c->groups[1].app);
	ck_assert_uint_eq(c->entries[1].ports.count, 0);
	ck_assert_int_eq(c->entries[1].threads, 2);
	config_free(c);
}
END_TEST

START_TEST(plan_input_borrows_from_the_config)
{
	struct problems p = { 0 };
	struct plan_input input;
	struct config *c =
		from_text("{\"PROCS_MAX\": 2, \"port_groups\": {\"b\": {\"START_SEQUENCE_NUM\": 0,"
			  " \"ports\": 80, \"app\": {\"kind\": \"hello\"}}}}",
			  &p);

	ck_assert_ptr_nonnull(c);
	config_plan_input(c, &input);
	ck_assert_int_eq(input.procs_max, 2);
	ck_assert_ptr_eq(input.groups, c->groups);
	ck_assert_uint_eq(input.group_count, 1);
	ck_assert_ptr_eq(input.entries, c->entries);
	ck_assert_uint_eq(input.entry_count, 1);
	config_free(c);
	config_free(NULL);
}
END_TEST

/* A byte order mark, white space around, comments everywhere. */
START_TEST(takes_what_editors_leave)
{
	struct problems p = { 0 };
	struct config *c =
		from_text("\xef\xbb\xbf\r\n {\"//PROCS_MAX\": [1], \"PROCS_MAX\": 2}\n\n", &p);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->procs_max, 2);
	config_free(c);
}
END_TEST

START_TEST(status_port_collides_only_where_addresses_meet)
{
	static const struct {
		const char *status_ip, *group_ip;
		bool collides;
	} pairs[] = {
		{ "127.0.0.1", "127.0.0.1", true },  { "0.0.0.0", "127.0.0.1", true },
		{ "127.0.0.1", "0.0.0.0", true },    { "::1", "::1", true },
		{ "127.0.0.1", "127.0.0.2", false }, { "::1", "127.0.0.1", false },
	};
	struct problems p = { 0 };
	char text[300];
	struct config *c;

	snprintf(text, sizeof(text),
		 "{\"status\": {\"ip\": \"%s\", \"port\": 85}, \"port_groups\": {\"b\": "
		 "{\"START_SEQUENCE_NUM\": 0, \"ip\": \"%s\", \"ports\": \"80-90\"}}}",
		 pairs[_i].status_ip, pairs[_i].group_ip);
	c = from_text(text, &p);
	ck_assert((c == NULL) == pairs[_i].collides);
	problems_release(&p);
	config_free(c);
}
END_TEST

/* What hostile input may make: bounded in groups, entries and ports. */
START_TEST(bounds_groups_entries_and_ports)
{
	static const char *const wants[] = {
		"port_groups: want at most 200 groups\n",
		"port_groups: want at most 65536 ports in all\n",
		"servers: want at most 65536 ports in all\n",
	};
	AUTO_BUF struct buf text = BUF_INIT(1 << 20);
	struct problems p = { 0 };
	AUTO_FREE char *problems = NULL;

	buf_adds(&text, _i < 2 ? "{\"port_groups\": {\"//\": 0" : "{\"servers\": [");
	for (int i = 0; i < 210; i++) {
		if (_i < 2)
			buf_addf(&text, ",\"g%d\":{\"START_SEQUENCE_NUM\":0,\"ports\":%s}", i,
				 _i == 0 ? "1" : "\"1-10000\"");
		else
			buf_addf(&text,
				 "%s{\"group\":\"g\",\"ports\":\"1-10000\",\"app\":{\"kind\":"
				 "\"hello\"}}",
				 i > 0 ? "," : "");
	}
	buf_adds(&text, _i < 2 ? "}}" : "]}");
	ck_assert_ptr_null(from_text(buf_text(&text), &p));
	problems = formatted(&p);
	ck_assert_str_eq(problems, wants[_i]);
}
END_TEST

START_TEST(text_with_a_nul_byte_is_an_error)
{
	static const char text[] = "{\"pin\": true}\0{";
	struct problems p = { 0 };

	ck_assert_ptr_null(config_from_text(text, sizeof(text) - 1, &origin, &p));
	ck_assert_uint_eq(p.errors, 1);
	problems_release(&p);
}
END_TEST

START_TEST(a_file_is_read_and_its_directory_is_the_base)
{
	char dir[] = "/tmp/eisen-config-XXXXXX", file[64];
	struct problems p = { 0 };
	AUTO_FREE char *real = NULL;
	struct config *c;
	AUTO_CLOSE int fd = -1;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/c.json", dir);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(fd_write_all(fd, "{\"pin\":false}\n", 14), 0);
	c = config_load(file, -1, &p);
	ck_assert_ptr_nonnull(c);
	real = realpath(dir, NULL);
	ck_assert_str_eq(c->base_dir, real);
	ck_assert_str_eq(c->text, "{\"pin\":false}\n");
	ck_assert(!c->pin);
	config_free(c);
	unlink(file);
	rmdir(dir);
}
END_TEST

START_TEST(stdin_is_read_and_the_current_directory_is_the_base)
{
	struct problems p = { 0 };
	AUTO_FREE char *cwd = realpath(".", NULL);
	struct config *c;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fd_write_all(fds[1], "{}", 2), 0);
	close(fds[1]);
	ck_assert_int_eq(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
	c = config_load("-", -1, &p);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->base_dir, cwd);
	config_free(c);
}
END_TEST

static const struct {
	const char *file, *want;
} unreadable[] = {
	{ "/nonexistent/eisen.json", "cannot be read: No such file or directory\n" },
	{ "/", "cannot be read: Is a directory\n" },
	{ "/dev/null", "is empty, want a JSON object\n" },
	{ "/dev/zero", "is larger than 4194304 bytes\n" },
};

START_TEST(a_file_that_cannot_be_read_is_an_error)
{
	struct problems p = { 0 };
	AUTO_FREE char *problems = NULL;

	ck_assert_ptr_null(config_load(unreadable[_i].file, -1, &p));
	problems = formatted(&p);
	ck_assert_str_eq(problems, unreadable[_i].want);
}
END_TEST

START_TEST(the_demo_loads_and_takes_its_ports_and_addresses)
{
	AUTO_FREE char *text = config_demo_text("127.9.8.7", 20000);
	struct problems p = { 0 };
	struct config *c = from_text(text, &p);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->procs_max, 3);
	ck_assert_uint_eq(c->group_count, 3);
	ck_assert_uint_eq(c->entry_count, 3);
	ck_assert_str_eq(c->groups[0].name, "blue");
	ck_assert_str_eq(c->groups[1].name, "yellow");
	ck_assert_str_eq(c->groups[2].name, "green");
	ck_assert_str_eq(c->groups[2].ip, "127.9.8.7");
	ck_assert_uint_eq(c->groups[0].ports.numbers[0], 20000);
	ck_assert_uint_eq(c->groups[1].ports.numbers[0], 23000);
	ck_assert_uint_eq(c->groups[2].ports.numbers[5], 24005);
	ck_assert_int_eq(c->status.port, CONFIG_STATUS_PORT);
	config_free(c);
}
END_TEST

START_TEST(the_demo_is_safe_from_hostile_arguments)
{
	AUTO_FREE char *quoted = config_demo_text("\", \"x\": \"", 4294967295u);
	struct problems p = { 0 };
	AUTO_FREE char *problems = NULL;

	ck_assert_ptr_null(config_demo_text("\xff", 11000));
	ck_assert_ptr_null(from_text(quoted, &p));
	problems = formatted(&p);
	ck_assert_ptr_nonnull(strstr(problems, "port_groups.blue.ip: want an IP address"));
	ck_assert_ptr_nonnull(strstr(problems, "got \"4294967295-4294967300\""));
}
END_TEST

START_TEST(the_demo_is_the_example)
{
	const char *top = getenv("EISEN_SRCDIR");
	AUTO_BUF struct buf example = BUF_INIT(1 << 16), path = BUF_INIT(4096);
	AUTO_FREE char *text = config_demo_text("127.0.0.1", CONFIG_DEMO_PORT);

	buf_addf(&path, "%s/examples/demo.json", top != NULL ? top : ".");
	ck_assert_int_eq(fd_read_file(buf_text(&path), &example, NULL), 0);
	ck_assert_str_eq(buf_text(&example), text);
}
END_TEST

START_TEST(a_directory_whose_name_is_no_text_is_refused)
{
	char dir[] = "/tmp/eisen-test-\xff-XXXXXX", file[64];
	struct problems p = { 0 };
	AUTO_FREE char *said = NULL;
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/c.json", dir);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs("{}", f);
	fclose(f);
	ck_assert_ptr_null(config_load(file, -1, &p));
	unlink(file);
	rmdir(dir);
	said = formatted(&p);
	ck_assert_ptr_nonnull(strstr(said, "the name of its directory is not UTF-8"));
}
END_TEST

START_TEST(the_command_lines_status_port_is_the_one_that_counts)
{
	static const char text[] = "{\"status\": {\"port\": 85}, \"port_groups\": {\"b\": "
				   "{\"START_SEQUENCE_NUM\": 0, \"ports\": \"80-90\"}}}";
	struct config_origin moved = { "/base", 91 };
	struct problems p = { 0 };
	struct config *c = config_from_text(text, strlen(text), &moved, &p);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->status.port, 91);
	config_free(c);
	moved.status_port = 86;
	ck_assert_ptr_null(config_from_text(text, strlen(text), &moved, &p));
	problems_release(&p);
}
END_TEST

Suite *config_suite(void)
{
	Suite *s = suite_create("config");
	TCase *t = tcase_create("config");

	tcase_add_test(t, an_empty_object_is_all_defaults);
	tcase_add_test(t, work_has_an_input_queue_and_defaults);
	tcase_add_test(t, keys_of_work_arrive);
	tcase_add_test(t, every_key_arrives);
	tcase_add_test(t, plan_input_borrows_from_the_config);
	tcase_add_test(t, takes_what_editors_leave);
	tcase_add_loop_test(t, status_port_collides_only_where_addresses_meet, 0, 6);
	tcase_add_loop_test(t, bounds_groups_entries_and_ports, 0, 3);
	tcase_add_test(t, text_with_a_nul_byte_is_an_error);
	tcase_add_test(t, a_file_is_read_and_its_directory_is_the_base);
	tcase_add_test(t, stdin_is_read_and_the_current_directory_is_the_base);
	tcase_add_loop_test(t, a_file_that_cannot_be_read_is_an_error, 0, ARRAY_SIZE(unreadable));
	tcase_add_test(t, the_demo_loads_and_takes_its_ports_and_addresses);
	tcase_add_test(t, the_demo_is_safe_from_hostile_arguments);
	tcase_add_test(t, the_demo_is_the_example);
	tcase_add_test(t, the_command_lines_status_port_is_the_one_that_counts);
	tcase_add_test(t, a_directory_whose_name_is_no_text_is_refused);
	suite_add_tcase(s, t);
	return s;
}
