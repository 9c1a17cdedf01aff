/* region.c - see region.h.
 *
 *   0        header: magic, version, size, roots, how much is handed out
 *   header…  allocations, one after the other
 *
 * The seals keep the file's size as it is: nobody who has the descriptor can
 * shrink it and so make another process's access fault.
 */
#include "queues/region.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define REGION_MAGIC UINT64_C(0x6e6f696765726965) /* "eiregion" */
#define REGION_VERSION 1
#define REGION_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

struct region_header { /* written by the manager only, before the first fork */
	uint64_t magic;
	uint64_t version;
	uint64_t size; /* bytes, header included */
	uint64_t used; /* bytes, header included */
	uint64_t roots[REGION_ROOTS];
} ATTR_OWN_LINE;

static struct region_header *region_header(const struct region *region)
{
	return (void *)region->base;
}

/* step: a power of two. */
static size_t round_up(size_t n, size_t step)
{
	return (n + step - 1) & ~(step - 1);
}

/* fallocate(2) takes all that there is before it fails, and the kernel kills
 * processes then: ask first. What cannot be read forbids nothing. */
static int check_memory(size_t size, struct error *e)
{
	AUTO_BUF struct buf text = BUF_INIT(65536);
	uint64_t available_kib;
	const char *t;

	if (fd_read_file("/proc/meminfo", &text, NULL) < 0)
		return 0;
	t = strstr(buf_text(&text), "\nMemAvailable:");
	if (t == NULL)
		return 0;
	t = strchr(t, ':') + 1;
	t += strspn(t, " ");
	if (!number_take(&t, &available_kib) || size / 1024 <= available_kib)
		return 0;
	return error_set(e, ENOMEM, "shared region: %zu bytes of memory are needed, %llu are free",
			 size, (unsigned long long)available_kib * 1024);
}

/* The file behind the region, its pages reserved and its size sealed. */
static int region_file(size_t size, int *ret_fd, struct error *e)
{
	AUTO_CLOSE int fd = memfd_create("eisen", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = check_memory(size, e);

	if (r < 0)
		return r;
	if (fd < 0)
		return error_errno(e, errno, "shared region: memfd_create");
	do
		r = fallocate(fd, 0, 0, (off_t)size);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return error_errno(e, errno, "shared region: cannot reserve %zu bytes of memory",
				   size);
	if (fcntl(fd, F_ADD_SEALS, REGION_SEALS) < 0)
		return error_errno(e, errno, "shared region: cannot seal its size");
	*ret_fd = take_fd(&fd);
	return 0;
}

static int region_map(int fd, size_t size, char **ret_base, struct error *e)
{
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (base == MAP_FAILED)
		return error_errno(e, errno, "shared region: cannot map %zu bytes", size);
	*ret_base = base;
	return 0;
}

int region_create(struct region *ret, size_t size, struct error *e)
{
	struct region region = { .fd = -1 };
	AUTO_CLOSE int fd = -1;
	int r;

	if (size > SSIZE_MAX / 2)
		return error_set(e, ENOMEM, "shared region: %zu bytes are too many", size);
	region.size = round_up(size + sizeof(struct region_header), (size_t)getpagesize());
	r = region_file(region.size, &fd, e);
	if (r < 0)
		return r;
	r = region_map(fd, region.size, &region.base, e);
	if (r < 0)
		return r;
	region.fd = take_fd(&fd);
	*region_header(&region) = (struct region_header) {
		.magic = REGION_MAGIC,
		.version = REGION_VERSION,
		.size = region.size,
		.used = sizeof(struct region_header),
	};
	*ret = region;
	return 0;
}

/* Is fd a file whose size nobody can change any more? */
static int region_check_file(int fd, size_t *ret_size, struct error *e)
{
	struct stat st;
	int seals;

	if (fstat(fd, &st) < 0)
		return error_errno(e, errno, "shared region: descriptor %d", fd);
	seals = S_ISREG(st.st_mode) ? fcntl(fd, F_GET_SEALS) : -1;
	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
		return error_set(e, EBADF, "shared region: descriptor %d is no sealed memory file",
				 fd);
	if (st.st_size < (off_t)sizeof(struct region_header))
		return error_set(e, EPROTO, "shared region: %lld bytes are too few for one",
				 (long long)st.st_size);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int region_check_header(const struct region *region, struct error *e)
{
	const struct region_header *header = region_header(region);

	if (header->magic != REGION_MAGIC)
		return error_set(e, EPROTO, "shared region: it has another magic number");
	if (header->version != REGION_VERSION)
		return error_set(e, EPROTO, "shared region: it is of version %llu, not %d",
				 (unsigned long long)header->version, REGION_VERSION);
	if (header->size != region->size || header->used > header->size)
		return error_set(e, EPROTO, "shared region: %zu bytes, but its header says %llu",
				 region->size, (unsigned long long)header->size);
	return 0;
}

int region_attach(struct region *ret, int fd, struct error *e)
{
	struct region region = { .fd = fd };
	int r;

	r = region_check_file(fd, &region.size, e);
	if (r < 0)
		return r;
	r = fd_set_cloexec(fd, true);
	if (r < 0)
		return error_errno(e, -r, "shared region: descriptor %d", fd);
	r = region_map(fd, region.size, &region.base, e);
	if (r < 0)
		return r;
	r = region_check_header(&region, e);
	if (r < 0) {
		munmap(region.base, region.size);
		return r;
	}
	*ret = region;
	return 0;
}

void region_detach(struct region *region)
{
	if (region->base != NULL) {
		munmap(region->base, region->size);
		close(region->fd);
	}
	*region = (struct region) { .fd = -1 };
}

uint64_t region_alloc(struct region *region, size_t bytes, size_t align)
{
	struct region_header *header = region_header(region);
	size_t offset;

	assert(align != 0 && (align & (align - 1)) == 0 && align <= (size_t)getpagesize());
	offset = round_up(header->used, align);
	if (offset > region->size || bytes > region->size - offset)
		return 0;
	header->used = offset + bytes;
	return offset; /* its pages are new, and so zero */
}

void *region_at(const struct region *region, uint64_t offset)
{
	if (offset == 0 || offset >= region->size)
		return NULL;
	return region->base + offset;
}

void region_set_root(struct region *region, enum region_root root, uint64_t offset)
{
	assert((unsigned)root < REGION_ROOTS);
	region_header(region)->roots[root] = offset;
}

void *region_root(const struct region *region, enum region_root root)
{
	assert((unsigned)root < REGION_ROOTS);
	return region_at(region, region_header(region)->roots[root]);
}
