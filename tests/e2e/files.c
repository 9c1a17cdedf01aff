/* files.c - see files.h. */
#include "tests/e2e/files.h"

#include "common/buf.h"
#include "common/fd.h"
#include "tests/e2e/keep.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (64u << 20)

char *files_read(const char *path, size_t *ret_len)
{
	AUTO_BUF struct buf text = BUF_INIT(FILE_BYTES_MAX);

	if (fd_read_file(path, &text, NULL) < 0)
		return NULL;
	if (ret_len != NULL)
		*ret_len = text.len;
	return keep(buf_take(&text));
}

char *files_text(const char *path)
{
	char *text = files_read(path, NULL);

	ck_assert_msg(text != NULL, "cannot read %s", path);
	return text;
}

void files_write(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fd_write_all(fd, text, strlen(text)), 0);
}

void files_make_dir(const char *path)
{
	ck_assert_msg(mkdir(path, 0700) == 0, "%s: %s", path, strerror(errno));
}

static int remove_one(const char *path, const struct stat *st ATTR_UNUSED, int type ATTR_UNUSED,
		      struct FTW *ftw ATTR_UNUSED)
{
	return remove(path);
}

void files_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

size_t files_count_lines(const char *text, const char *needle)
{
	size_t count = 0;

	while ((text = strstr(text, needle)) != NULL) {
		count++;
		text += strcspn(text, "\n");
	}
	return count;
}
