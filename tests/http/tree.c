/* tree.c - see tree.h. */
#include "tests/http/tree.h"

#include "common/buf.h"
#include "common/fd.h"
#include "tests/http/case_file.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TEXT_MAX (4u << 20) /* bytes */

/* The next word of *line with its escapes undone. */
static bool take_word(char **line, struct buf *ret)
{
	char *word;

	do
		word = strsep(line, " ");
	while (word != NULL && *word == '\0');
	return word != NULL && case_text(ret, word, NULL);
}

static bool make_folders(int root, const char *path, bool last_too)
{
	AUTO_FREE char *part = strdup(path);
	bool good = part != NULL;

	for (char *slash = part; good && (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		good = mkdirat(root, part, 0755) == 0 || errno == EEXIST;
		*slash = '/';
	}
	return good && (!last_too || mkdirat(root, path, 0755) == 0);
}

static bool make_file(int root, const char *path, char *rest)
{
	AUTO_BUF struct buf when = BUF_INIT(64), content = BUF_INIT(TEXT_MAX);
	struct timespec times[2] = { { 0 } };
	struct tm tm = { 0 };
	const char *end;
	AUTO_CLOSE int fd = -1;

	if (!take_word(&rest, &when))
		return false;
	end = strptime(buf_text(&when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0' || (rest != NULL && !case_text(&content, rest, NULL)))
		return false;
	fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	times[0].tv_sec = times[1].tv_sec = timegm(&tm);
	return fd >= 0 && fd_write_all(fd, buf_text(&content), content.len) == 0 &&
	       futimens(fd, times) == 0;
}

static bool make_entry(int root, char *line)
{
	AUTO_BUF struct buf kind = BUF_INIT(64), path = BUF_INIT(4096), target = BUF_INIT(4096);

	if (!take_word(&line, &kind) || !take_word(&line, &path) ||
	    !make_folders(root, buf_text(&path), strcmp(buf_text(&kind), "folder") == 0))
		return false;
	if (strcmp(buf_text(&kind), "file") == 0)
		return make_file(root, buf_text(&path), line);
	if (strcmp(buf_text(&kind), "link") == 0)
		return take_word(&line, &target) &&
		       symlinkat(buf_text(&target), root, buf_text(&path)) == 0;
	return strcmp(buf_text(&kind), "folder") == 0;
}

bool tree_make(const char *file, const char *folder)
{
	AUTO_FCLOSE FILE *f = fopen(file, "re");
	AUTO_CLOSE int root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FREE char *line = NULL;
	size_t room = 0;
	unsigned number = 0;

	if (f == NULL || root < 0) {
		fprintf(stderr, "%s: %s\n", f == NULL ? file : folder, strerror(errno));
		return false;
	}
	while (getline(&line, &room, f) >= 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		errno = 0;
		if (!make_entry(root, line)) {
			fprintf(stderr, "%s:%u: no entry: %s\n", file, number,
				errno != 0 ? strerror(errno) : "wrong form");
			return false;
		}
	}
	return true;
}

static int remove_one(const char *path, const struct stat *st ATTR_UNUSED, int type ATTR_UNUSED,
		      struct FTW *ftw ATTR_UNUSED)
{
	return remove(path);
}

bool tree_remove(const char *folder)
{
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
