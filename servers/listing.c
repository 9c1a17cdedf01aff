/* listing.c - see listing.h. This part reads the directory and puts it in order. */
#include "servers/listing.h"

#include "common/buf.h"
#include "common/cc.h"
#include "servers/listing_page.h"
#include "servers/root.h"
#include "servers/target.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void listing_options_parse(const char *query, struct listing_options *options)
{
	static const char *const sorts[] = {
		[LISTING_NAME] = "sort=name",
		[LISTING_SIZE] = "sort=size",
		[LISTING_MODIFIED] = "sort=modified",
	};

	while (query != NULL && *query != '\0') {
		size_t n = strcspn(query, "&");

		for (size_t i = 0; i < ARRAY_SIZE(sorts); i++)
			if (n == strlen(sorts[i]) && memcmp(query, sorts[i], n) == 0)
				options->sort = (enum listing_sort)i;
		if (n == 9 && memcmp(query, "order=asc", n) == 0)
			options->descending = false;
		if (n == 10 && memcmp(query, "order=desc", n) == 0)
			options->descending = true;
		query += n + (query[n] == '&');
	}
}

/* A link is what it leads to, if that may be served. */
static bool look_at(const struct root *root, int dir, const char *path, const char *name,
		    struct stat *ret)
{
	char whole[TARGET_BYTES];

	if (fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (!S_ISLNK(ret->st_mode))
		return S_ISREG(ret->st_mode) || S_ISDIR(ret->st_mode);
	return (size_t)snprintf(whole, sizeof(whole), "%s%s%s", path, *path != '\0' ? "/" : "",
				name) < sizeof(whole) &&
	       root_stat(root, whole, ret) == 0;
}

static bool wanted(const char *name, const struct listing_options *options)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return name[0] != '.' || options->dotfiles;
}

/* False: no memory. */
static bool add(struct listing *l, const char *name, const struct stat *st)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return false;
	l->entries[l->count++] = (struct listing_entry) {
		.name = copy,
		.folder = S_ISDIR(st->st_mode),
		.size = (uint64_t)st->st_size,
		.modified = st->st_mtime,
	};
	return true;
}

static int read_entries(const struct root *root, DIR *dir, struct listing *l)
{
	struct dirent *d;
	struct stat st;

	l->entries = calloc(LISTING_ENTRIES_MAX, sizeof(*l->entries));
	if (l->entries == NULL)
		return -ENOMEM;
	while (errno = 0, (d = readdir(dir)) != NULL) {
		if (!wanted(d->d_name, l->options) ||
		    !look_at(root, dirfd(dir), l->path, d->d_name, &st))
			continue;
		l->cut = l->count == LISTING_ENTRIES_MAX;
		if (l->cut)
			return 0;
		if (!add(l, d->d_name, &st))
			return -ENOMEM;
	}
	return -errno;
}

#define DIGITS "0123456789"

static int lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Numbers by their value: file2 comes before file10. */
static int natural(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t n, m;
		int order;

		if (strspn(a, DIGITS) == 0 || strspn(b, DIGITS) == 0) {
			order = lower(*a++) - lower(*b++);
			if (order != 0)
				return order;
			continue;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		n = strspn(a, DIGITS);
		m = strspn(b, DIGITS);
		order = n != m ? (n > m) - (n < m) : memcmp(a, b, n);
		if (order != 0)
			return order;
		a += n;
		b += m;
	}
	return (*a != '\0') - (*b != '\0');
}

static int by_name(const struct listing_entry *x, const struct listing_entry *y)
{
	int order = natural(x->name, y->name);

	return order != 0 ? order : strcmp(x->name, y->name);
}

/* Folders first, whichever the order; they have no size to go by. */
static int compare(const void *a, const void *b, void *arg)
{
	const struct listing_entry *x = a, *y = b;
	const struct listing_options *options = arg;
	int order = 0;

	if (x->folder != y->folder)
		return y->folder - x->folder;
	if (options->sort == LISTING_SIZE && !x->folder)
		order = (x->size > y->size) - (x->size < y->size);
	else if (options->sort == LISTING_MODIFIED)
		order = (x->modified > y->modified) - (x->modified < y->modified);
	if (order == 0)
		order = by_name(x, y);
	return options->descending ? -order : order;
}

static void listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->entries[i].name);
	free(l->entries);
}

static void auto_closedir(DIR **dir)
{
	if (*dir != NULL)
		closedir(*dir);
}

int listing_make(const struct root *root, const char *path, const struct listing_options *options,
		 struct buf *ret)
{
	__attribute__((cleanup(listing_release))) struct listing l = { .path = path,
								       .options = options };
	__attribute__((cleanup(auto_closedir))) DIR *dir = NULL;
	struct listing_options order = *options;
	struct stat st;
	AUTO_CLOSE int fd = root_file(root, path, &st);
	int r;

	if (fd < 0)
		return fd;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	dir = fdopendir(fd);
	if (dir == NULL)
		return -errno;
	take_fd(&fd);
	r = read_entries(root, dir, &l);
	if (r < 0)
		return r;
	qsort_r(l.entries, l.count, sizeof(*l.entries), compare, &order);
	if (options->json)
		listing_json(&l, ret);
	else
		listing_html(&l, ret);
	return ret->failed ? -ENOMEM : 0;
}
