/* test_tools.c - queues/tools.h */
#include "queues/tools.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/number.h"
#include "tests/unit/dir_fixture.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct tools make(const struct tool_spec *specs, size_t count)
{
	struct tools tools;
	struct error e = { 0 };

	ck_assert_msg(tools_create(&tools, specs, count, &e) == 0, "%s", e.text);
	return tools;
}

START_TEST(a_tool_is_its_bytes_or_its_file)
{
	struct dir_fixture d;
	char path[128];
	struct tool_spec specs[] = { { .name = "inline", .bytes = "[1,2]", .len = 5 },
				     { .name = "words", .file = path },
				     { .name = "nothing", .bytes = "", .len = 0 } };
	struct tools tools;
	const struct tool *tool;

	dir_fixture_init(&d);
	dir_fixture_write(&d, "words", "tea\neat\n");
	snprintf(path, sizeof(path), "%s/words", d.path);
	tools = make(specs, ARRAY_SIZE(specs));
	dir_fixture_release(&d); /* it is a copy */
	ck_assert_int_eq(tools_map(&tools, NULL), 0);
	ck_assert_int_eq(tools_map(&tools, NULL), 0);
	tool = tools_find(&tools, "inline");
	ck_assert_uint_eq(tool->bytes, 5);
	ck_assert_mem_eq(tool->at, "[1,2]", 5);
	tool = tools_find(&tools, "words");
	ck_assert_uint_eq(tool->bytes, 8);
	ck_assert_mem_eq(tool->at, "tea\neat\n", 8);
	tool = tools_find(&tools, "nothing");
	ck_assert_uint_eq(tool->bytes, 0);
	ck_assert_ptr_null(tool->at);
	ck_assert_ptr_null(tools_find(&tools, "word"));
	tools_release(&tools);
	tools_release(&tools);
}
END_TEST

/* Two processes copy it; its bytes say where they belong. */
START_TEST(a_large_file_is_copied_whole)
{
	enum { WORDS = ((16 << 20) + 8 * 1111) / 8 };
	uint64_t *numbers = calloc(WORDS, sizeof(*numbers));
	struct dir_fixture d;
	char path[128];
	struct tool_spec spec = { .name = "large", .file = path };
	struct tools tools;
	FILE *f;

	dir_fixture_init(&d);
	snprintf(path, sizeof(path), "%s/large", d.path);
	for (uint64_t i = 0; i < WORDS; i++)
		numbers[i] = i;
	f = fopen(path, "we");
	ck_assert_uint_eq(fwrite(numbers, sizeof(*numbers), WORDS, f), WORDS);
	fclose(f);
	tools = make(&spec, 1);
	dir_fixture_release(&d);
	ck_assert_int_eq(tools_map(&tools, NULL), 0);
	ck_assert_uint_eq(tools.list[0].bytes, WORDS * sizeof(*numbers));
	ck_assert(memcmp(tools.list[0].at, numbers, WORDS * sizeof(*numbers)) == 0);
	tools_release(&tools);
	free(numbers);
}
END_TEST

START_TEST(nobody_can_write_grow_or_shrink_it)
{
	static const struct tool_spec spec = { .name = "words", .bytes = "tea", .len = 3 };
	struct tools tools = make(&spec, 1);
	int fd = tools.list[0].fd;

	ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(ftruncate(fd, 1000), -1);
	ck_assert_ptr_eq(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(tools_map(&tools, NULL), 0);
	ck_assert_int_eq(mprotect((void *)tools.list[0].at, 3, PROT_READ), 0);
	tools_release(&tools);
}
END_TEST

START_TEST(a_spawned_process_finds_them_by_their_descriptors)
{
	static const struct tool_spec specs[] = { { .name = "a", .bytes = "1", .len = 1 },
						  { .name = "b", .bytes = "22", .len = 2 } };
	struct tools tools = make(specs, 2), attached;
	int fds[2], unsealed = memfd_create("unsealed", 0);
	struct error e = { 0 };

	for (size_t i = 0; i < 2; i++)
		fds[i] = dup(tools.list[i].fd);
	ck_assert_msg(tools_attach(&attached, specs, fds, 2, &e) == 0, "%s", e.text);
	ck_assert_int_eq(tools_map(&attached, NULL), 0);
	ck_assert_mem_eq(tools_find(&attached, "b")->at, "22", 2);
	ck_assert_int_ne(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, 0);
	tools_release(&attached);
	ck_assert_int_eq(tools_attach(&attached, specs, &unsealed, 1, &e), -EINVAL);
	ck_assert_msg(strstr(e.text, "tool \"a\": ") != NULL, "%s", e.text);
	ck_assert_int_ge(fcntl(unsealed, F_GETFD), 0);
	close(unsealed);
	tools_release(&tools);
}
END_TEST

static void expect_refused(const struct tool_spec *specs, size_t count, const char *why)
{
	struct tools tools = { .count = 77 };
	struct error e = { 0 };

	ck_assert_int_lt(tools_create(&tools, specs, count, &e), 0);
	ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
	ck_assert_uint_eq(tools.count, 77);
}

START_TEST(what_is_no_tool_is_refused_in_words)
{
	struct dir_fixture d;
	char path[128], name[TOOL_NAME_BYTES + 1];
	struct tool_spec spec = { .name = "words", .file = path };
	struct tool_spec many[TOOLS_MAX + 1] = { 0 };

	dir_fixture_init(&d);
	snprintf(path, sizeof(path), "%s/nowhere", d.path);
	expect_refused(&spec, 1, "tool \"words\": ");
	expect_refused(&spec, 1, "/nowhere: No such file or directory");
	snprintf(path, sizeof(path), "%s", d.path);
	expect_refused(&spec, 1, ": want a file");
	snprintf(path, sizeof(path), "%s/fifo", d.path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	expect_refused(&spec, 1, "/fifo: want a file");
	snprintf(path, sizeof(path), "%s/large", d.path);
	ck_assert_int_eq(creat(path, 0600) < 0 || truncate(path, INT64_C(1) << 40) < 0, 0);
	expect_refused(&spec, 1, "/large: 1099511627776 bytes, ");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	spec = (struct tool_spec) { .name = name, .bytes = "" };
	expect_refused(&spec, 1, "want a name of 1 to 63 bytes");
	expect_refused(many, TOOLS_MAX + 1, "65 tools, at most 64");
	dir_fixture_release(&d);
}
END_TEST

/* One copy ----------------------------------------------------------------- */

#define BYTES ((size_t)16 << 20)
#define CHILDREN 4

/* kB of this process's share of the mapping at this address. */
static uint64_t pss_kb(const void *at)
{
	AUTO_FCLOSE FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512], begin[32];
	bool inside = false;

	ck_assert_ptr_nonnull(maps);
	snprintf(begin, sizeof(begin), "%lx-", (unsigned long)(uintptr_t)at);
	while (fgets(line, sizeof(line), maps) != NULL) {
		const char *digits = line + 4;
		uint64_t kb;

		if (strncmp(line, begin, strlen(begin)) == 0)
			inside = true;
		if (!inside || strncmp(line, "Pss:", 4) != 0)
			continue;
		digits += strspn(digits, " ");
		ck_assert(number_take(&digits, &kb));
		return kb;
	}
	return 0;
}

/* Each waits until all have it mapped, says its share, and for the end. */
static void map_and_tell(struct tools *tools, int tell, int go, int end)
{
	uint64_t kb;
	char c = 0;

	if (tools_map(tools, NULL) < 0 || write(tell, &c, 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	kb = pss_kb(tools->list[0].at);
	if (write(tell, &kb, sizeof(kb)) != sizeof(kb) || read(end, &c, 1) != 1)
		_exit(1);
	_exit(0);
}

START_TEST(there_is_one_copy_for_all_processes)
{
	char *bytes = calloc(1, BYTES), byte[CHILDREN] = { 0 };
	struct tool_spec spec = { .name = "large", .bytes = bytes, .len = BYTES };
	struct tools tools = make(&spec, 1);
	int tell[2], go[2], end[2], status;
	uint64_t kb, sum = 0;

	free(bytes);
	ck_assert_int_eq(pipe(tell) + pipe(go) + pipe(end), 0);
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0)
			map_and_tell(&tools, tell[1], go[0], end[0]);
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_eq(read(tell[0], byte, 1), 1);
	ck_assert_int_eq(write(go[1], byte, CHILDREN), CHILDREN);
	for (int i = 0; i < CHILDREN; i++) {
		ck_assert_int_eq(read(tell[0], &kb, sizeof(kb)), sizeof(kb));
		sum += kb;
	}
	ck_assert_int_eq(write(end[1], byte, CHILDREN), CHILDREN);
	for (int i = 0; i < CHILDREN; i++)
		ck_assert_int_ge(wait(&status), 0);
	ck_assert_uint_ge(sum, BYTES / 1024 * 9 / 10);
	ck_assert_uint_le(sum, BYTES / 1024 * 11 / 10);
	tools_release(&tools);
}
END_TEST

Suite *tools_suite(void)
{
	Suite *s = suite_create("tools");
	TCase *t = tcase_create("tools");

	tcase_add_test(t, a_tool_is_its_bytes_or_its_file);
	tcase_add_test(t, a_large_file_is_copied_whole);
	tcase_add_test(t, nobody_can_write_grow_or_shrink_it);
	tcase_add_test(t, a_spawned_process_finds_them_by_their_descriptors);
	tcase_add_test(t, what_is_no_tool_is_refused_in_words);
	tcase_add_test(t, there_is_one_copy_for_all_processes);
	suite_add_tcase(s, t);
	return s;
}
