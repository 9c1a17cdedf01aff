/* rundir.c - see rundir.h. */
#include "launcher/rundir.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#define CONTROL_NAME "control.sock"
#define PID_NAME "pid"

static int path_join(char *ret, size_t size, const char *dir, const char *name, struct error *e)
{
	if ((size_t)snprintf(ret, size, "%s/%s", dir, name) >= size)
		return error_set(e, ENAMETOOLONG, "%s/%s: the path is too long", dir, name);
	return 0;
}

static int default_base(char *ret, size_t size, struct error *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime != NULL && runtime[0] == '/')
		return path_join(ret, size, runtime, "eisen", e);
	snprintf(ret, size, "/tmp/eisen-%u", (unsigned)geteuid());
	return 0;
}

/* Ours alone: a directory (no link), our uid, no write for others. */
static int check_private(const char *dir, struct error *e)
{
	struct stat st;

	if (lstat(dir, &st) < 0)
		return error_errno(e, errno, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return error_set(e, ENOTDIR, "%s: not a directory; use --run-dir", dir);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(e, EPERM,
				 "%s: belongs to somebody else or is writable by others; "
				 "use --run-dir",
				 dir);
	return 0;
}

static int make_private(const char *dir, struct error *e)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return error_errno(e, errno, "%s: cannot make the run directory; use --run-dir",
				   dir);
	return check_private(dir, e);
}

bool rundir_name_valid(const char *name)
{
	char same[RUNDIR_NAME_MAX + 1];

	rundir_name_from_file(same, sizeof(same), name);
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
	       (strcmp(same, name) == 0 || strcmp(name + strlen(same), ".json") == 0);
}

void rundir_name_from_file(char *ret, size_t size, const char *file)
{
	const char *base = strrchr(file, '/');
	size_t len;

	base = base != NULL ? base + 1 : file;
	len = strlen(base);
	if (len > 5 && strcmp(base + len - 5, ".json") == 0)
		len -= 5;
	len = MIN(len, size - 1);
	for (size_t i = 0; i < len; i++) {
		char c = base[i];
		bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && i > 0);

		ret[i] = keep ? c : '-';
	}
	ret[len] = '\0';
}

/* The pid in an open pid file, 0 when there is none. */
static pid_t read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number_parse(text, 1, INT_MAX, &pid) ? (pid_t)pid : 0;
}

static int write_pid(int fd, struct error *e)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return error_errno(e, errno, "pid file");
	return 0;
}

static int set_path(struct rundir *ret, const char *dir, const char *name, struct error *e)
{
	char base[RUNDIR_PATH_BYTES];
	int r;

	if (dir != NULL) {
		if (strlen(dir) >= sizeof(ret->path))
			return error_set(e, ENAMETOOLONG, "%s: the path is too long", dir);
		snprintf(ret->path, sizeof(ret->path), "%s", dir);
		return 0;
	}
	r = default_base(base, sizeof(base), e);
	if (r < 0)
		return r;
	return path_join(ret->path, sizeof(ret->path), base, name, e);
}

static int check_control_path(const struct rundir *rd, struct error *e)
{
	size_t len = strlen(rd->path) + strlen("/" CONTROL_NAME);

	if (len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return error_set(e, ENAMETOOLONG,
				 "%s: too long for a control socket in it; use a shorter --run-dir",
				 rd->path);
	return 0;
}

static int make_dirs(const struct rundir *rd, bool given, struct error *e)
{
	char base[RUNDIR_PATH_BYTES];
	int r;

	if (!given) {
		r = default_base(base, sizeof(base), e);
		if (r < 0)
			return r;
		r = make_private(base, e);
		if (r < 0)
			return r;
	}
	return make_private(rd->path, e);
}

/* One attempt; -EAGAIN when the former owner unlinked the file meanwhile. */
static int try_lock(const struct rundir *rd, int *ret_fd, struct error *e)
{
	char path[RUNDIR_PATH_BYTES + 16], argument[RUNDIR_ARGUMENT_BYTES];
	AUTO_CLOSE int fd = -1;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", rd->path, PID_NAME);
	rundir_argument(rd, argument, sizeof(argument));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_errno(e, errno, "%s: lock", path);
		return error_set(e, EALREADY,
				 "'%s' is running already (pid %d): stop it with "
				 "'eisen stop %s' or start this one with another %s",
				 rd->name, (int)read_pid(fd), argument,
				 rd->given ? "--run-dir" : "--name");
	}
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return error_set(e, EAGAIN, "%s: removed while we locked it; try again", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int lock_pid_file(struct rundir *rd, struct error *e)
{
	AUTO_CLOSE int fd = -1;
	int r = -EAGAIN;

	for (int tries = 0; r == -EAGAIN && tries < 10; tries++)
		r = try_lock(rd, &fd, e);
	if (r == 0)
		r = write_pid(fd, e);
	if (r < 0)
		return r;
	rd->lock_fd = take_fd(&fd);
	return 0;
}

int rundir_open(struct rundir *ret, const char *dir, const char *name, struct error *e)
{
	struct rundir rd = { .given = dir != NULL, .lock_fd = -1 };
	int r;

	snprintf(rd.name, sizeof(rd.name), "%s", name);
	r = set_path(&rd, dir, name, e);
	if (r == 0)
		r = check_control_path(&rd, e);
	if (r == 0)
		r = make_dirs(&rd, dir != NULL, e);
	if (r == 0)
		r = lock_pid_file(&rd, e);
	if (r < 0)
		return r;
	*ret = rd;
	return 0;
}

/* Has somebody removed our directory, and another instance made it anew? */
static bool is_anothers(const struct rundir *rd, const char *pid_path)
{
	struct stat locked, there;

	return lstat(pid_path, &there) == 0 && fstat(rd->lock_fd, &locked) == 0 &&
	       (there.st_dev != locked.st_dev || there.st_ino != locked.st_ino);
}

void rundir_close(struct rundir *rd)
{
	char pid_path[RUNDIR_PATH_BYTES + 16], path[RUNDIR_PATH_BYTES + 16];

	if (rd->lock_fd < 0)
		return;
	snprintf(pid_path, sizeof(pid_path), "%s/%s", rd->path, PID_NAME);
	if (!is_anothers(rd, pid_path)) {
		rundir_control_path(rd, path, sizeof(path));
		unlink(path);
		unlink(pid_path);
		rmdir(rd->path); /* stays when it holds something else */
	}
	close(take_fd(&rd->lock_fd));
}

void rundir_argument(const struct rundir *rd, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s", rd->given ? "--run-dir " : "", rd->given ? rd->path : rd->name);
}

void rundir_control_path(const struct rundir *rd, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%s", rd->path, CONTROL_NAME);
}

/* The pid of the manager that holds the lock in rd, 0 when nobody does. */
static pid_t live_pid(const struct rundir *rd)
{
	char path[RUNDIR_PATH_BYTES + 16];
	AUTO_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", rd->path, PID_NAME);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* be it a FIFO */
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	return read_pid(fd);
}

/* What another user made in /tmp may hold anything, and his sockets answer. */
static int check_base(struct error *e)
{
	char base[RUNDIR_PATH_BYTES];
	struct stat st;
	int r = default_base(base, sizeof(base), e);

	if (r < 0 || (lstat(base, &st) < 0 && errno == ENOENT))
		return r;
	return check_private(base, e);
}

/* Look through base for live instances; *ret is the last one seen. */
static size_t scan(const char *base, struct rundir *ret, pid_t *ret_pid, struct buf *names)
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	size_t found = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		struct rundir rd = { .lock_fd = -1 };
		pid_t pid;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) > RUNDIR_NAME_MAX ||
		    path_join(rd.path, sizeof(rd.path), base, entry->d_name, NULL) < 0)
			continue;
		snprintf(rd.name, sizeof(rd.name), "%.*s", RUNDIR_NAME_MAX, entry->d_name);
		pid = live_pid(&rd);
		if (pid == 0)
			continue;
		buf_addf(names, "%s%s", found++ > 0 ? ", " : "", rd.name);
		*ret = rd;
		*ret_pid = pid;
	}
	closedir(dir);
	return found;
}

static int find_only(struct rundir *ret, pid_t *ret_pid, struct error *e)
{
	AUTO_BUF struct buf names = BUF_INIT(300);
	char base[RUNDIR_PATH_BYTES];
	size_t found;
	int r = default_base(base, sizeof(base), e);

	if (r < 0)
		return r;
	found = scan(base, ret, ret_pid, &names);
	if (found == 0)
		return error_set(e, ESRCH,
				 "no eisen is running (looked in %s); start one with 'eisen run', "
				 "or name its --run-dir",
				 base);
	if (found > 1)
		return error_set(e, EINVAL, "several are running, name one: %s", buf_text(&names));
	return 0;
}

int rundir_find(struct rundir *ret, const char *dir, const char *name, pid_t *ret_pid,
		struct error *e)
{
	struct rundir rd = { .lock_fd = -1 };
	pid_t pid = 0;
	int r = dir == NULL ? check_base(e) : 0;

	if (r < 0)
		return r;
	if (dir == NULL && name == NULL) {
		r = find_only(&rd, &pid, e);
	} else {
		snprintf(rd.name, sizeof(rd.name), "%s", name != NULL ? name : dir);
		r = set_path(&rd, dir, name, e);
		if (r == 0)
			pid = live_pid(&rd);
		if (r == 0 && pid == 0)
			r = error_set(e, ESRCH, "no eisen is running in %s", rd.path);
	}
	if (r < 0)
		return r;
	*ret = rd;
	*ret_pid = pid;
	return 0;
}
