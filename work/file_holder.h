/* file_holder.h - who has locked a file, for messages. */
#ifndef WORK_FILE_HOLDER_H
#define WORK_FILE_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct file_holder {
	pid_t pid;
	char program[32]; /* comm; "?" when unknown */
};

/* Another process that holds a lock for writing on the file (fcntl(2), as
 * SQLite locks), by proc_locks(5). It opens nothing: closing a descriptor of a
 * file would drop this process's own locks on it. False: none is known, as on
 * a file system whose locks are elsewhere. */
bool file_holder_find(const char *path, struct file_holder *ret);

#endif
