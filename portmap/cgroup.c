/* cgroup.c - see cgroup.h. */
#include "portmap/cgroup.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/fd.h"
#include "common/number.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define FILE_BYTES_MAX 128 /* of a file with a limit: two numbers */
#define MEMBERSHIP_BYTES_MAX 65536

/* A group's own limit, in the folder dir; 0: none. */
typedef uint64_t limit_read_fn(const char *dir);

static bool file_read(const char *dir, const char *name, struct buf *ret)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/%s", dir, name);

	return len < (int)sizeof(path) && fd_read_file(path, ret, NULL) == 0;
}

static uint64_t quota_to_cpus(uint64_t quota, uint64_t period)
{
	if (quota == 0 || period == 0)
		return 0;
	return quota / period + (quota % period != 0);
}

/* "QUOTA PERIOD", or "max PERIOD" */
static uint64_t limit_read_v2(const char *dir)
{
	AUTO_BUF struct buf text = BUF_INIT(FILE_BYTES_MAX);
	uint64_t quota, period;
	const char *t;

	if (!file_read(dir, "cpu.max", &text))
		return 0;
	t = buf_text(&text);
	if (!number_take(&t, &quota) || *t++ != ' ' || !number_take(&t, &period))
		return 0;
	return quota_to_cpus(quota, period);
}

static bool file_number(const char *dir, const char *name, uint64_t *ret)
{
	AUTO_BUF struct buf text = BUF_INIT(FILE_BYTES_MAX);
	const char *t;

	if (!file_read(dir, name, &text))
		return false;
	t = buf_text(&text);
	return number_take(&t, ret);
}

/* A quota of -1 is no number, and so no limit. */
static uint64_t limit_read_v1(const char *dir)
{
	uint64_t quota, period;

	if (!file_number(dir, "cpu.cfs_quota_us", &quota) ||
	    !file_number(dir, "cpu.cfs_period_us", &period))
		return 0;
	return quota_to_cpus(quota, period);
}

static uint64_t limit_min(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return MAX(a, b);
	return MIN(a, b);
}

/* The smallest limit from base/group up to base. In a container, group may be
 * a path of the host that is not there: then only base has something to say. */
static uint64_t walk_up(const char *base, const char *group, limit_read_fn *limit_read)
{
	size_t base_len = strlen(base);
	char dir[PATH_MAX];
	uint64_t limit = 0;
	int len;

	if (strstr(group, "/..") != NULL) /* outside of what is mounted here */
		group = "";
	len = snprintf(dir, sizeof(dir), "%s%s", base, group);
	if (len >= (int)sizeof(dir))
		return 0;
	for (;;) {
		limit = limit_min(limit, limit_read(dir));
		if (strlen(dir) <= base_len)
			return limit;
		*strrchr(dir, '/') = '\0';
	}
}

static bool list_has(const char *list, const char *item)
{
	size_t len = strlen(item);

	for (const char *p = list; (p = strstr(p, item)) != NULL; p += len) {
		if ((p == list || p[-1] == ',') && (p[len] == ',' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* The limit by root/mount, where the hierarchy may be mounted. */
static uint64_t mount_limit(const char *root, const char *mount, const char *group,
			    limit_read_fn *limit_read)
{
	char base[PATH_MAX];
	int len = snprintf(base, sizeof(base), "%s/%s", root, mount);

	return len < (int)sizeof(base) ? walk_up(base, group, limit_read) : 0;
}

/* line: "ID:CONTROLLERS:GROUP"; version 2 has no controllers there. */
static uint64_t line_limit(const char *root, char *line)
{
	char *controllers = strchr(line, ':');
	char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

	if (group == NULL || group[1] != '/')
		return 0;
	controllers++;
	*group++ = '\0';
	if (*controllers == '\0')
		return limit_min(walk_up(root, group, limit_read_v2),
				 mount_limit(root, "unified", group, limit_read_v2));
	if (!list_has(controllers, "cpu"))
		return 0;
	return limit_min(mount_limit(root, "cpu", group, limit_read_v1),
			 mount_limit(root, controllers, group, limit_read_v1));
}

size_t cgroup_cpu_limit(const char *root, const char *membership)
{
	AUTO_BUF struct buf text = BUF_INIT(MEMBERSHIP_BYTES_MAX);
	uint64_t limit = 0;

	if (fd_read_file(membership, &text, NULL) < 0)
		return 0;
	for (char *line = text.data; line != NULL && *line != '\0';) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		limit = limit_min(limit, line_limit(root, line));
		line = end;
	}
	return (size_t)limit;
}
