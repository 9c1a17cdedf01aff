/* kernel.c - see kernel.h. */
#include "tests/e2e/kernel.h"

#include "common/buf.h"
#include "common/fd.h"
#include "common/number.h"
#include "tests/e2e/files.h"
#include "tests/e2e/keep.h"

#include <check.h>
#include <dirent.h>
#include <limits.h>
#include <string.h>

/* Numbers that are names in a folder of /proc; false at its end. */
static bool next_number(DIR *dir, uint64_t *ret)
{
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (number_parse(entry->d_name, 0, INT_MAX, ret))
			return true;
	return false;
}

/* Whole files of /proc/PID; looked at so often that nothing is kept. */
static void read_file(pid_t pid, const char *name, struct buf *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd_read_file(path, ret, NULL);
}

static bool is_marked(pid_t pid, const char *setting)
{
	AUTO_BUF struct buf environment = BUF_INIT(1u << 20);

	read_file(pid, "environ", &environment);
	for (size_t at = 0; at < environment.len; at += strlen(environment.data + at) + 1)
		if (strcmp(environment.data + at, setting) == 0)
			return true;
	return false;
}

static void add_pid(struct kernel_pids *pids, pid_t pid)
{
	ck_assert_uint_lt(pids->count, KERNEL_PIDS_MAX);
	pids->list[pids->count++] = pid;
}

void kernel_marked(const char *mark, struct kernel_pids *ret)
{
	const char *setting = keep_printf(KERNEL_MARK_NAME "=%s", mark);
	DIR *dir = opendir("/proc");
	uint64_t pid;

	ret->count = 0;
	while (next_number(dir, &pid))
		if (is_marked((pid_t)pid, setting))
			add_pid(ret, (pid_t)pid);
	closedir(dir);
}

void kernel_children(pid_t pid, struct kernel_pids *ret)
{
	DIR *dir = opendir("/proc");
	uint64_t other;

	ret->count = 0;
	while (next_number(dir, &other))
		if (kernel_status_number((pid_t)other, "PPid") == pid)
			add_pid(ret, (pid_t)other);
	closedir(dir);
}

bool kernel_has_pid(const struct kernel_pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->count; i++)
		if (pids->list[i] == pid)
			return true;
	return false;
}

/* The line's text behind the field's name, within status; NULL: none. */
static const char *find_field(const struct buf *status, const char *field)
{
	size_t len = strlen(field);

	for (const char *line = buf_text(status); *line != '\0'; line += *line == '\n') {
		if (strncmp(line, field, len) == 0 && strncmp(line + len, ":\t", 2) == 0)
			return line + len + 2;
		line += strcspn(line, "\n");
	}
	return NULL;
}

const char *kernel_status_field(pid_t pid, const char *field)
{
	AUTO_BUF struct buf status = BUF_INIT(1u << 16);
	const char *text;

	read_file(pid, "status", &status);
	text = find_field(&status, field);
	return text != NULL ? keep_printf("%.*s", (int)strcspn(text, "\n"), text) : NULL;
}

long kernel_status_number(pid_t pid, const char *field)
{
	AUTO_BUF struct buf status = BUF_INIT(1u << 16);
	const char *text;
	uint64_t number;

	read_file(pid, "status", &status);
	text = find_field(&status, field);
	if (text == NULL || !number_take(&text, &number))
		return -1;
	return (long)number;
}

const char *kernel_affinity(pid_t pid)
{
	const char *list = kernel_status_field(pid, "Cpus_allowed_list");

	return list != NULL ? list : "";
}

const char *kernel_command_line(pid_t pid)
{
	size_t len = 0;
	char *text = files_read(keep_printf("/proc/%d/cmdline", (int)pid), &len);

	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text != NULL ? text : "";
}

const char *kernel_fd(pid_t pid, int fd)
{
	char target[PATH_MAX];
	ssize_t len =
		readlink(keep_printf("/proc/%d/fd/%d", (int)pid, fd), target, sizeof(target) - 1);

	return len > 0 ? keep_printf("%.*s", (int)len, target) : NULL;
}

size_t kernel_fds(pid_t pid, int *ret, size_t max)
{
	DIR *dir = opendir(keep_printf("/proc/%d/fd", (int)pid));
	uint64_t fd;
	size_t n = 0;

	ck_assert_msg(dir != NULL, "cannot list the descriptors of pid %d", (int)pid);
	while (n < max && next_number(dir, &fd))
		ret[n++] = (int)fd;
	closedir(dir);
	return n;
}
