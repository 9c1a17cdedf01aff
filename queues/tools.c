/* tools.c - see tools.h. memfd_create(2), fcntl(2) "File Sealing", sendfile(2). */
#include "queues/tools.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SEND_BYTES ((size_t)1 << 30) /* at once; sendfile(2) takes 2 GiB at most */
#define TWO_FROM_BYTES ((size_t)16 << 20)

/* More than there is would end in the kernel killing somebody. */
static int check_bytes(uint64_t bytes, struct error *e)
{
	struct sysinfo info;

	if (bytes > TOOL_BYTES_MAX)
		return error_set(e, EFBIG, "%llu bytes, at most %zu", (unsigned long long)bytes,
				 TOOL_BYTES_MAX);
	if (sysinfo(&info) == 0 && bytes > (uint64_t)info.totalram * info.mem_unit)
		return error_set(e, EFBIG, "%llu bytes, and this machine has %llu of memory",
				 (unsigned long long)bytes,
				 (unsigned long long)info.totalram * info.mem_unit);
	return 0;
}

/* O_NONBLOCK: opening a fifo must not wait for its writer. */
static int open_file(const char *path, size_t *ret_bytes, struct error *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(e, EINVAL, "%s: want a file", path);
	r = check_bytes((uint64_t)st.st_size, e);
	if (r < 0)
		return error_prefix(e, "%s", path);
	*ret_bytes = (size_t)st.st_size;
	return take_fd(&fd);
}

/* From first to end, in the kernel, from the file's pages into the memfd's: one
 * copy, no fault. to stands at first. 0, -errno; -ENODATA: it shrank. */
static int copy_part(int to, int from, size_t first, size_t end)
{
	off_t at = (off_t)first;

	while ((size_t)at < end) {
		ssize_t n = sendfile(to, from, &at, MIN(end - (size_t)at, SEND_BYTES));

		if (n == 0)
			return -ENODATA;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
}

/* The second half, by a process of its own, on another core: it ends with the
 * errno value. Its end of the memfd is opened anew, to have a place of its own. */
static pid_t start_second(int to, int from, size_t middle, size_t end)
{
	char path[64];
	pid_t pid = fork();
	int fd, r;

	if (pid != 0)
		return pid;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = fd < 0 || lseek(fd, (off_t)middle, SEEK_SET) < 0 ? -errno
							     : copy_part(fd, from, middle, end);
	_exit(-r);
}

/* 0 or -errno, as copy_part(). */
static int end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* Copying is what takes the time, so two cores do it. */
static int copy_file(int to, int from, const char *path, size_t bytes, struct error *e)
{
	size_t middle = bytes >= TWO_FROM_BYTES ? bytes / 2 / 4096 * 4096 : bytes;
	pid_t second = middle < bytes ? start_second(to, from, middle, bytes) : -1;
	int r, r2;

	if (second < 0)
		middle = bytes; /* alone, then */
	r = copy_part(to, from, 0, middle);
	r2 = second > 0 ? end_of(second) : 0;
	r = r < 0 ? r : r2;
	if (r == -ENODATA)
		return error_set(e, EIO, "%s: it shrank while it was read", path);
	return r < 0 ? error_errno(e, -r, "%s: copying %zu bytes", path, bytes) : 0;
}

static int fill(int to, const struct tool_spec *spec, size_t *ret_bytes, struct error *e)
{
	AUTO_CLOSE int from = -1;
	int r;

	if (spec->file == NULL) {
		r = fd_write_all(to, spec->bytes, spec->len);
		if (r < 0)
			return error_errno(e, -r, "no memory for %zu bytes", spec->len);
		*ret_bytes = spec->len;
		return 0;
	}
	from = open_file(spec->file, ret_bytes, e);
	if (from < 0)
		return from;
	return copy_file(to, from, spec->file, *ret_bytes, e);
}

static int check_name(const char *name, struct error *e)
{
	size_t len = strlen(name);

	if (len == 0 || len >= TOOL_NAME_BYTES)
		return error_set(e, EINVAL, "want a name of 1 to %d bytes", TOOL_NAME_BYTES - 1);
	return 0;
}

static int tool_create(struct tool *ret, const struct tool_spec *spec, struct error *e)
{
	AUTO_CLOSE int fd = -1;
	size_t bytes = 0;
	int r = check_name(spec->name, e);

	if (r < 0)
		return r;
	fd = memfd_create("eisen-tool", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return error_errno(e, errno, "memfd_create");
	r = fill(fd, spec, &bytes, e);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return error_errno(e, errno, "cannot seal it");
	snprintf(ret->name, sizeof(ret->name), "%s", spec->name);
	ret->bytes = bytes;
	ret->fd = take_fd(&fd);
	return 0;
}

static int allocate(struct tools *ret, size_t count, struct error *e)
{
	*ret = (struct tools) { 0 };
	if (count > TOOLS_MAX)
		return error_set(e, E2BIG, "%zu tools, at most %d", count, TOOLS_MAX);
	ret->list = calloc(count + 1, sizeof(*ret->list));
	if (ret->list == NULL)
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

int tools_create(struct tools *ret, const struct tool_spec *specs, size_t count, struct error *e)
{
	struct tools made;
	int r = allocate(&made, count, e);

	if (made.list == NULL)
		return r;
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = tool_create(&made.list[i], &specs[i], e);
		if (r < 0)
			error_prefix(e, "tool \"%s\"", specs[i].name);
		else
			made.count++;
	}
	if (r < 0) {
		tools_release(&made);
		return r;
	}
	*ret = made;
	return 0;
}

static int tool_attach(struct tool *ret, const struct tool_spec *spec, int fd, struct error *e)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	int r = check_name(spec->name, e);

	if (r < 0)
		return r;
	if (seals < 0 || (seals & SEALS) != SEALS)
		return error_set(e, EINVAL, "descriptor %d is no sealed memfd", fd);
	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "descriptor %d", fd);
	snprintf(ret->name, sizeof(ret->name), "%s", spec->name);
	ret->fd = fd;
	ret->bytes = (size_t)st.st_size;
	return 0;
}

/* On failure the descriptors stay the caller's. */
int tools_attach(struct tools *ret, const struct tool_spec *specs, const int *fds, size_t count,
		 struct error *e)
{
	struct tools made;
	int r = allocate(&made, count, e);

	if (made.list == NULL)
		return r;
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = tool_attach(&made.list[i], &specs[i], fds[i], e);
		if (r < 0)
			error_prefix(e, "tool \"%s\"", specs[i].name);
	}
	if (r < 0) {
		free(made.list);
		return r;
	}
	for (size_t i = 0; i < count; i++)
		fd_set_cloexec(fds[i], true);
	made.count = count;
	*ret = made;
	return 0;
}

/* EPERM is what a kernel before 6.7 says to a shared mapping. */
static void *map_fd(int fd, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);

	if (at == MAP_FAILED && errno == EPERM)
		at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	return at;
}

int tools_map(struct tools *tools, struct error *e)
{
	for (size_t i = 0; i < tools->count; i++) {
		struct tool *tool = &tools->list[i];
		void *at;

		if (tool->at != NULL || tool->bytes == 0)
			continue;
		at = map_fd(tool->fd, tool->bytes);
		if (at == MAP_FAILED)
			return error_errno(e, errno, "tool \"%s\": cannot map %zu bytes",
					   tool->name, tool->bytes);
		tool->at = at;
	}
	return 0;
}

const struct tool *tools_find(const struct tools *tools, const char *name)
{
	for (size_t i = 0; i < tools->count; i++)
		if (strcmp(tools->list[i].name, name) == 0)
			return &tools->list[i];
	return NULL;
}

void tools_release(struct tools *tools)
{
	for (size_t i = 0; i < tools->count; i++) {
		struct tool *tool = &tools->list[i];

		if (tool->at != NULL)
			munmap((void *)tool->at, tool->bytes);
		close(tool->fd);
	}
	free(tools->list);
	*tools = (struct tools) { 0 };
}
