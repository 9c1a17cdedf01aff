/* test_memory.c - what a process has of its own. */
#include "launcher/memory.h"

#include "tests/unit/suites.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES ((size_t)64 << 20)

static char *map(int flags)
{
	char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

static void touch(volatile char *memory)
{
	for (size_t i = 0; i < BYTES; i += 4096)
		memory[i] = 1;
}

START_TEST(what_was_touched_counts_and_what_is_shared_does_not)
{
	uint64_t before = memory_of(getpid());
	char *own = map(MAP_PRIVATE), *shared = map(MAP_SHARED);

	ck_assert_uint_gt(before, 0);
	touch(shared);
#ifndef __SANITIZE_THREAD__ /* its shadow of that is our own */
	ck_assert_uint_lt(memory_of(getpid()), before + BYTES / 2);
#endif
	touch(own);
	ck_assert_uint_ge(memory_of(getpid()), BYTES);
	munmap(own, BYTES);
	munmap(shared, BYTES);
}
END_TEST

START_TEST(of_a_process_that_is_gone_there_is_none)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(memory_of(pid), 0);
}
END_TEST

Suite *memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_add_test(t, what_was_touched_counts_and_what_is_shared_does_not);
	tcase_add_test(t, of_a_process_that_is_gone_there_is_none);
	suite_add_tcase(suite, t);
	return suite;
}
