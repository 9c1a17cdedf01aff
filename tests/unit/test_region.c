/* test_region.c - queues/region.h */
#include "queues/region.h"

#include "common/cc.h"
#include "common/error.h"
#include "tests/unit/suites.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SIZE 10000

static void make(struct region *ret)
{
	struct error e = { 0 };

	ck_assert_msg(region_create(ret, SIZE, &e) == 0, "%s", e.text);
}

START_TEST(hands_out_zeroed_aligned_places_that_do_not_overlap)
{
	struct region r;
	char *end = NULL;

	make(&r);
	for (size_t align = 1; align <= 1024; align *= 2) {
		uint64_t offset = region_alloc(&r, 100, align);
		char *place = region_at(&r, offset);

		ck_assert_uint_ne(offset, 0);
		ck_assert_uint_eq(offset % align, 0);
		ck_assert_uint_eq((uintptr_t)place % align, 0);
		ck_assert(end == NULL || place >= end);
		for (size_t i = 0; i < 100; i++)
			ck_assert_int_eq(place[i], 0);
		memset(place, 0xff, 100);
		end = place + 100;
	}
	region_detach(&r);
}
END_TEST

START_TEST(has_room_for_all_that_was_asked_for)
{
	struct region r;

	make(&r);
	ck_assert_uint_ne(region_alloc(&r, SIZE, 1), 0);
	region_detach(&r);
}
END_TEST

START_TEST(refuses_what_does_not_fit_and_stays_as_it_was)
{
	struct region r;
	uint64_t first, next;

	make(&r);
	first = region_alloc(&r, 8, 8);
	ck_assert_uint_eq(region_alloc(&r, r.size, 1), 0);
	ck_assert_uint_eq(region_alloc(&r, SIZE_MAX, 1), 0);
	ck_assert_uint_eq(region_alloc(&r, SIZE_MAX - 64, 4096), 0);
	next = region_alloc(&r, 8, 8);
	ck_assert_uint_eq(next, first + 8);
	region_detach(&r);
}
END_TEST

START_TEST(gives_no_place_outside)
{
	struct region r;

	make(&r);
	ck_assert_ptr_null(region_at(&r, 0));
	ck_assert_ptr_null(region_at(&r, r.size));
	ck_assert_ptr_null(region_at(&r, UINT64_MAX));
	ck_assert_ptr_nonnull(region_at(&r, r.size - 1));
	ck_assert_ptr_null(region_root(&r, REGION_BOARD));
	region_detach(&r);
}
END_TEST

START_TEST(shows_the_same_memory_where_it_is_attached)
{
	struct region r, again;
	struct error e = { 0 };
	uint64_t offset;

	make(&r);
	offset = region_alloc(&r, 6, 1);
	memcpy(region_at(&r, offset), "eisen", 6);
	region_set_root(&r, REGION_PORTS, offset);

	ck_assert_msg(region_attach(&again, dup(r.fd), &e) == 0, "%s", e.text);
	ck_assert_ptr_ne(again.base, r.base);
	ck_assert_uint_eq(again.size, r.size);
	ck_assert_str_eq(region_root(&again, REGION_PORTS), "eisen");
	ck_assert_ptr_null(region_root(&again, REGION_DEATHS));
	region_detach(&again);
	region_detach(&r);
}
END_TEST

START_TEST(is_shared_with_children)
{
	struct region r;
	uint64_t offset;
	int status;
	pid_t pid;

	make(&r);
	offset = region_alloc(&r, 1, 1);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		*(char *)region_at(&r, offset) = 'x';
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(*(char *)region_at(&r, offset), 'x');
	region_detach(&r);
}
END_TEST

START_TEST(stays_its_size_with_all_its_pages)
{
	struct region r;
	struct stat st;

	make(&r);
	ck_assert_int_eq(fstat(r.fd, &st), 0);
	ck_assert_uint_eq((size_t)st.st_size, r.size);
	ck_assert_uint_ge((size_t)st.st_blocks * 512, r.size);
	ck_assert_int_eq(ftruncate(r.fd, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(ftruncate(r.fd, (off_t)r.size * 2), -1);
	/* Nor can anybody seal it against the others' writes. */
	ck_assert_int_eq(fcntl(r.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	ck_assert_int_eq(errno, EPERM);
	region_detach(&r);
}
END_TEST

START_TEST(is_close_on_exec_wherever_it_is)
{
	struct region r, again;
	int fd;

	make(&r);
	fd = dup(r.fd);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(region_attach(&again, fd, NULL), 0);
	ck_assert_int_ne(fcntl(r.fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_ne(fcntl(again.fd, F_GETFD) & FD_CLOEXEC, 0);
	region_detach(&again);
	region_detach(&r);
}
END_TEST

/* The limit is for the machine's sake, should the check be missing. */
START_TEST(refuses_to_be_larger_than_memory)
{
	const struct rlimit limit = { .rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY };
	struct region r = { .fd = 77 };
	struct error e = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(region_create(&r, SIZE_MAX, &e), -ENOMEM);
	ck_assert_int_eq(region_create(&r, SIZE_MAX / 4, &e), -ENOMEM);
	ck_assert_msg(strstr(e.text, "of memory are needed") != NULL, "%s", e.text);
	ck_assert_int_eq(region_create(&r, 2 << 20, &e), -EFBIG);
	ck_assert_int_eq(r.fd, 77);
}
END_TEST

/* Descriptors that are no region. */
static int fd_of_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	close(fds[1]);
	return fds[0];
}

static int fd_of_file(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

static int fd_of_memory(bool seal, const void *bytes, size_t len, size_t size)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert_int_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	if (seal)
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	return fd;
}

static int fd_unsealed(void)
{
	return fd_of_memory(false, "", 0, SIZE);
}

static int fd_short(void)
{
	return fd_of_memory(true, "", 0, 16);
}

static int fd_zeroed(void)
{
	return fd_of_memory(true, "", 0, SIZE);
}

/* A true header, with another size of the file or one word changed. */
static int fd_changed(size_t word, uint64_t value, size_t more)
{
	uint64_t header[4];
	struct region r;
	int fd;

	make(&r);
	memcpy(header, r.base, sizeof(header));
	header[word] = value;
	fd = fd_of_memory(true, header, sizeof(header), r.size + more);
	region_detach(&r);
	return fd;
}

static int fd_of_other_version(void)
{
	return fd_changed(1, 99, 0);
}

static int fd_of_other_size(void)
{
	return fd_changed(1, 1, 4096);
}

static int fd_overfull(void)
{
	return fd_changed(3, UINT64_MAX, 0);
}

static const struct {
	int (*make)(void);
	int code;
	const char *text;
} foreign[] = {
	{ fd_of_pipe, EBADF, "is no sealed memory file" },
	{ fd_of_file, EBADF, "is no sealed memory file" },
	{ fd_unsealed, EBADF, "is no sealed memory file" },
	{ fd_short, EPROTO, "16 bytes are too few" },
	{ fd_zeroed, EPROTO, "another magic number" },
	{ fd_of_other_version, EPROTO, "version 99, not 1" },
	{ fd_of_other_size, EPROTO, "but its header says" },
	{ fd_overfull, EPROTO, "but its header says" },
};

START_TEST(refuses_a_foreign_descriptor_and_leaves_it_open)
{
	struct region r = { .fd = 77 };
	struct error e = { 0 };
	int fd = foreign[_i].make();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(region_attach(&r, fd, &e), -foreign[_i].code);
	ck_assert_msg(strstr(e.text, foreign[_i].text) != NULL, "%s", e.text);
	ck_assert_int_eq(r.fd, 77);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(refuses_a_closed_descriptor)
{
	struct region r = { .fd = 77 };

	ck_assert_int_eq(region_attach(&r, -1, NULL), -EBADF);
	ck_assert_int_eq(r.fd, 77);
}
END_TEST

START_TEST(detaches_what_was_never_attached)
{
	struct region r = { .fd = -1 };

	region_detach(&r);
	ck_assert_int_eq(r.fd, -1);
}
END_TEST

Suite *region_suite(void)
{
	Suite *suite = suite_create("region");
	TCase *places = tcase_create("places"), *attach = tcase_create("attach");

	tcase_add_test(places, hands_out_zeroed_aligned_places_that_do_not_overlap);
	tcase_add_test(places, has_room_for_all_that_was_asked_for);
	tcase_add_test(places, refuses_what_does_not_fit_and_stays_as_it_was);
	tcase_add_test(places, gives_no_place_outside);
	tcase_add_test(places, stays_its_size_with_all_its_pages);
	tcase_add_test(places, refuses_to_be_larger_than_memory);
	suite_add_tcase(suite, places);
	tcase_add_test(attach, shows_the_same_memory_where_it_is_attached);
	tcase_add_test(attach, is_shared_with_children);
	tcase_add_test(attach, is_close_on_exec_wherever_it_is);
	tcase_add_loop_test(attach, refuses_a_foreign_descriptor_and_leaves_it_open, 0,
			    ARRAY_SIZE(foreign));
	tcase_add_test(attach, refuses_a_closed_descriptor);
	tcase_add_test(attach, detaches_what_was_never_attached);
	suite_add_tcase(suite, attach);
	return suite;
}
