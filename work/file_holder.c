/* file_holder.c - see file_holder.h. */
#include "work/file_holder.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define LOCKS_BYTES_MAX (1u << 20)

/* "7: POSIX  ADVISORY  WRITE 1234 fd:01:131 120 120"; one that waits for the
 * lock has "->" behind the number. */
static bool is_holder(const char *line, const struct stat *file, pid_t *ret)
{
	unsigned major_number, minor_number;
	unsigned long inode;
	int pid;

	if (sscanf(line, "%*d: POSIX %*s WRITE %d %x:%x:%lu", &pid, &major_number, &minor_number,
		   &inode) != 4)
		return false;
	*ret = pid;
	return pid > 0 && pid != getpid() && inode == file->st_ino &&
	       makedev(major_number, minor_number) == file->st_dev;
}

static void name_program(pid_t pid, struct file_holder *ret)
{
	AUTO_BUF struct buf comm = BUF_INIT(sizeof(ret->program) - 1);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	ret->pid = pid;
	snprintf(ret->program, sizeof(ret->program), "%s",
		 fd_read_file(path, &comm, NULL) == 0 && comm.len > 0 ? buf_text(&comm) : "?");
	ret->program[strcspn(ret->program, "\n")] = '\0';
}

bool file_holder_find(const char *path, struct file_holder *ret)
{
	AUTO_BUF struct buf locks = BUF_INIT(LOCKS_BYTES_MAX);
	struct stat file;
	pid_t pid;

	if (stat(path, &file) < 0 || fd_read_file("/proc/locks", &locks, NULL) < 0)
		return false;
	for (const char *line = buf_text(&locks); line != NULL && *line != '\0';) {
		if (is_holder(line, &file, &pid)) {
			name_program(pid, ret);
			return true;
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return false;
}
