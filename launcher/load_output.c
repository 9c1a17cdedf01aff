/* load_output.c - see load_output.h. */
#include "launcher/load_output.h"

#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MARK_WITHIN 512 /* bytes */
#define MODE_NEW 0666

static bool is_plain(const struct stat *st)
{
	return S_ISREG(st->st_mode);
}

/* Beside the place that path leads to (through a link), and that place. */
static int name_beside(const char *path, char **ret_place, char **ret_beside)
{
	AUTO_FREE char *place = realpath(path, NULL);

	if (place == NULL)
		place = strdup(path);
	if (place == NULL || asprintf(ret_beside, "%s.XXXXXX", place) < 0)
		return -ENOMEM;
	*ret_place = take_ptr(place);
	return 0;
}

/* A file that is to be renamed to path; its mode is that of the one it replaces. */
static int open_beside(const char *path, char **ret_place, char **ret_beside, int *ret_fd)
{
	int fd, r = name_beside(path, ret_place, ret_beside);
	mode_t mask = umask(0);
	struct stat st;

	umask(mask); /* there is no other way to read it */
	if (r < 0)
		return r;
	fd = mkostemp(*ret_beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, stat(path, &st) == 0 ? st.st_mode & 07777 : MODE_NEW & ~mask);
	if (r < 0) {
		r = -errno;
		unlink(*ret_beside);
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int check_mark(const char *path, const char *mark, struct error *e)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[MARK_WITHIN + 1];
	ssize_t n = fd >= 0 ? read(fd, head, MARK_WITHIN) : 0;

	if (n <= 0)
		return 0;
	head[n] = '\0';
	if (strstr(head, mark) != NULL)
		return 0;
	return error_set(e, EEXIST, "%s is there, and no report: it is not overwritten", path);
}

static int check_new(const char *path, struct error *e)
{
	AUTO_FREE char *place = NULL, *beside = NULL;
	AUTO_CLOSE int fd = -1;
	int r = open_beside(path, &place, &beside, &fd);

	if (r < 0)
		return error_errno(e, -r, "%s cannot be written", path);
	unlink(beside);
	return 0;
}

int load_output_check(const char *path, const char *mark, struct error *e)
{
	struct stat st;

	if (path[0] == '\0')
		return error_set(e, EINVAL, "want a file's name, got ''");
	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &st) < 0)
		return check_new(path, e);
	if (S_ISDIR(st.st_mode))
		return error_set(e, EISDIR, "%s is a folder, want a file", path);
	if (access(path, W_OK) < 0)
		return error_errno(e, errno, "%s cannot be written", path);
	if (!is_plain(&st))
		return 0;
	return mark != NULL && check_mark(path, mark, e) < 0 ? -EEXIST : check_new(path, e);
}

static int write_beside(const char *path, const char *text, size_t len)
{
	AUTO_FREE char *place = NULL, *beside = NULL;
	AUTO_CLOSE int fd = -1;
	int r = open_beside(path, &place, &beside, &fd);

	if (r < 0)
		return r;
	r = fd_write_all(fd, text, len);
	if (r == 0 && rename(beside, place) < 0)
		r = -errno;
	if (r < 0)
		unlink(beside);
	return r;
}

static int write_through(const char *path, const char *text, size_t len)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd_write_all(fd, text, len);
}

int load_output_write(const char *path, const char *text, size_t len, struct error *e)
{
	struct stat st;
	int r;

	if (strcmp(path, "-") == 0)
		r = fd_write_all(STDOUT_FILENO, text, len);
	else if (stat(path, &st) == 0 && !is_plain(&st))
		r = write_through(path, text, len);
	else
		r = write_beside(path, text, len);
	if (r == 0)
		return 0;
	return error_errno(e, -r, "%s cannot be written",
			   strcmp(path, "-") == 0 ? "the output" : path);
}

bool load_output_same(const char *a, const char *b)
{
	struct stat x, y;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
