/* payload.c - see payload.h.
 *
 * block.spill names the file by the generation that the block's word had while
 * it was OWNED, so no two uses of a block share a name, and a file whose block
 * says something else is nobody's.
 */
#include "queues/payload.h"

#include "common/error.h"
#include "common/number.h"
#include "queues/impl.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static bool file_path(const struct queues *qs, uint32_t block, uint32_t generation, char *ret,
		      size_t size)
{
	int len = snprintf(ret, size, "%s/%u.%u", qs->spill_dir, block, generation);

	return len > 0 && (size_t)len < size;
}

static char *block_memory(const struct queues *qs, uint32_t block, size_t *ret_bytes)
{
	const struct queue *home = queues_queue(qs, queues_block(qs, block)->home);

	*ret_bytes = home->payload_bytes;
	return qs->base + home->payload + (uint64_t)(block - home->first) * home->payload_bytes;
}

static int map_file(int fd, size_t bytes, int protection, char **ret, struct error *e)
{
	void *at = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return error_errno(e, errno, "cannot map %zu bytes of a large chunk", bytes);
	*ret = at;
	return 0;
}

/* Its pages are reserved: a full disk is an error here, not SIGBUS later. */
static int reserve(int fd, size_t bytes, struct error *e)
{
	int r;

	do
		r = posix_fallocate(fd, 0, (off_t)bytes);
	while (r == EINTR);
	return r == 0 ? 0 : error_errno(e, r, "cannot reserve %zu bytes for a large chunk", bytes);
}

static int check_size(const struct queues *qs, size_t bytes, struct error *e)
{
	if (bytes > PAYLOAD_BYTES_MAX)
		return error_set(e, E2BIG,
				 "a chunk of %zu bytes is larger than the %u there may be", bytes,
				 PAYLOAD_BYTES_MAX);
	if (qs->spill_dir == NULL)
		return error_set(e, E2BIG, "a chunk of %zu bytes, and no folder for large ones",
				 bytes);
	return 0;
}

static int open_file(struct queues *qs, uint32_t block, size_t bytes, struct payload *ret,
		     struct error *e)
{
	struct block *b = queues_block(qs, block);
	uint32_t generation = word_generation(load_word(&b->word));
	char path[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	int r = check_size(qs, bytes, e);

	if (r < 0)
		return r;
	if (generation == 0 || !file_path(qs, block, generation, path, sizeof(path)))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", qs->spill_dir);
	atomic_store_explicit(&qs->shared->spilled, 1, memory_order_relaxed);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	r = reserve(fd, bytes, e);
	if (r == 0)
		r = map_file(fd, bytes, PROT_READ | PROT_WRITE, &ret->at, e);
	if (r < 0) {
		unlink(path);
		return r;
	}
	ret->bytes = bytes;
	ret->mapped = true;
	atomic_store_explicit(&b->spill, generation, memory_order_release);
	return 0;
}

int payload_open(struct queues *qs, uint32_t block, size_t bytes, struct payload *ret,
		 struct error *e)
{
	struct payload payload = { 0 };
	int r = 0;

	payload.at = block_memory(qs, block, &payload.bytes);
	if (bytes > payload.bytes)
		r = open_file(qs, block, bytes, &payload, e);
	if (r == 0)
		*ret = payload;
	return r;
}

int payload_grow(struct queues *qs, uint32_t block, struct payload *p, size_t used, size_t bytes,
		 struct error *e)
{
	struct payload larger = { 0 };
	int r;

	if (bytes <= p->bytes)
		return 0;
	/* A file grows in place: the first bytes stay. */
	r = open_file(qs, block, bytes, &larger, e);
	if (r < 0)
		return r;
	assert(larger.at != NULL);
	if (!p->mapped)
		memcpy(larger.at, p->at, used);
	payload_close(p);
	*p = larger;
	return 0;
}

void payload_set(struct queues *qs, uint32_t block, size_t bytes, uint32_t rows)
{
	struct block *b = queues_block(qs, block);

	atomic_store_explicit(&b->bytes, (uint32_t)bytes, memory_order_relaxed);
	atomic_store_explicit(&b->rows, rows, memory_order_relaxed);
}

static int read_file(const struct queues *qs, uint32_t block, uint32_t generation,
		     struct payload *p, struct error *e)
{
	AUTO_CLOSE int fd = -1;
	char path[PATH_MAX];
	struct stat st;

	if (qs->spill_dir == NULL || !file_path(qs, block, generation, path, sizeof(path)))
		return error_set(e, ENOENT, "a large chunk, and no folder for large ones");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "%s", path);
	if ((uint64_t)st.st_size < p->bytes)
		return error_set(e, EIO, "%s: %lld bytes, want %zu: somebody has cut it", path,
				 (long long)st.st_size, p->bytes);
	p->mapped = true;
	return map_file(fd, p->bytes, PROT_READ, &p->at, e);
}

int payload_read(struct queues *qs, uint32_t block, struct payload *ret, struct error *e)
{
	const struct block *b = queues_block(qs, block);
	uint32_t spill = atomic_load_explicit(&b->spill, memory_order_acquire);
	struct payload payload = { 0 };
	size_t room;
	int r = 0;

	payload.at = block_memory(qs, block, &room);
	payload.bytes = atomic_load_explicit(&b->bytes, memory_order_relaxed);
	if (payload.bytes > (spill != 0 ? (size_t)PAYLOAD_BYTES_MAX : room))
		return error_set(e, EBADMSG, "block %u: %zu bytes are more than it has room for",
				 block, payload.bytes);
	if (spill != 0 && payload.bytes > 0)
		r = read_file(qs, block, spill, &payload, e);
	if (r == 0)
		*ret = payload;
	return r;
}

uint32_t payload_rows(const struct queues *qs, uint32_t block)
{
	return atomic_load_explicit(&queues_block(qs, block)->rows, memory_order_relaxed);
}

void payload_close(struct payload *p)
{
	if (p->mapped)
		munmap(p->at, p->bytes);
	*p = (struct payload) { 0 };
}

void payload_drop(struct queues *qs, uint32_t block)
{
	struct block *b = queues_block(qs, block);
	uint32_t spill = atomic_load_explicit(&b->spill, memory_order_relaxed);

	if (spill == 0)
		return;
	atomic_store_explicit(&b->spill, 0, memory_order_relaxed);
	payload_unlink(qs, block, spill);
}

void payload_unlink(struct queues *qs, uint32_t block, uint32_t generation)
{
	char path[PATH_MAX];

	if (qs->spill_dir != NULL && file_path(qs, block, generation, path, sizeof(path)))
		unlink(path);
}

/* Is it a file that its block still speaks of, or one that is being made under
 * the generation that the block has? */
static bool is_wanted(const struct queues *qs, uint32_t block, uint32_t generation)
{
	const struct block *b = queues_block(qs, block);
	uint64_t word = load_word(&b->word);

	if (word_state(word) == BLOCK_ENQ && queues_queue(qs, word_queue(word))->kind == QUEUE_FREE)
		return false;
	return atomic_load_explicit(&b->spill, memory_order_acquire) == generation ||
	       (word_state(word) == BLOCK_OWNED && word_generation(word) == generation);
}

static bool parse_name(const char *name, uint64_t *ret_block, uint64_t *ret_generation)
{
	return number_take(&name, ret_block) && *name++ == '.' &&
	       number_parse(name, 1, UINT32_MAX, ret_generation);
}

void payload_sweep(struct queues *qs)
{
	DIR *dir = qs->spill_dir != NULL ? opendir(qs->spill_dir) : NULL;
	const struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		uint64_t block, generation;

		if (parse_name(entry->d_name, &block, &generation) &&
		    block < qs->shared->block_count &&
		    !is_wanted(qs, (uint32_t)block, (uint32_t)generation))
			payload_unlink(qs, (uint32_t)block, (uint32_t)generation);
	}
	closedir(dir);
}
