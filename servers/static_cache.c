/* static_cache.c - see static_cache.h. */
#include "servers/static_cache.h"

#include "common/cc.h"
#include "common/clock.h"
#include "common/fnv.h"
#include "portmap/board.h"
#include "servers/root.h"
#include "servers/static_site.h"

#include <string.h>
#include <sys/random.h>

#define BUCKETS 1024
#define ENTRIES_MAX 4096
#define NAMES_MAX (4u << 20) /* bytes: of raw, which may be as long as a request's head */
#define FDS_MAX 512

/* From where nobody outside knows: paths are hostile. */
static uint64_t hash_of(const struct static_cache *cache, const char *text)
{
	uint64_t hash = fnv_hash(cache->seed, text, strlen(text));

	return hash ^ hash >> 32;
}

void static_cache_init(struct static_cache *cache, size_t bytes_max)
{
	*cache = (struct static_cache) {
		.bytes_max = bytes_max,
		.seed = FNV_SEED,
	};
	/* Without random numbers it is as good as before. */
	if (getrandom(&cache->seed, sizeof(cache->seed), GRND_NONBLOCK) < 0)
		cache->seed ^= clock_mono_ns();
}

static void use_unlink(struct static_cache *cache, struct static_resource *r)
{
	*(r->newer != NULL ? &r->newer->older : &cache->newest) = r->older;
	*(r->older != NULL ? &r->older->newer : &cache->oldest) = r->newer;
}

static void use_link(struct static_cache *cache, struct static_resource *r)
{
	r->newer = NULL;
	r->older = cache->newest;
	*(r->older != NULL ? &r->older->newer : &cache->oldest) = r;
	cache->newest = r;
}

static void forget_file(struct static_cache *cache, struct static_resource *r, int encoding)
{
	struct static_file *file = &r->files[encoding];

	if (file->full.response == NULL)
		return;
	if (file->data != NULL) {
		cache->bytes -= file->id.size;
		board_add(&r->cell->cache_bytes, -file->id.size);
	} else {
		cache->fd_count--;
	}
	static_file_close(file);
}

static void forget_listing(struct static_cache *cache, struct static_resource *r)
{
	if (r->listing == NULL)
		return;
	cache->bytes -= r->listing->body.len;
	board_add(&r->cell->cache_bytes, -(uint64_t)r->listing->body.len);
	reply_body_release(&r->listing->body);
	free(take_ptr(r->listing));
}

static void forget_files(struct static_cache *cache, struct static_resource *r)
{
	for (int e = 0; e < ENCODING_COUNT; e++)
		forget_file(cache, r, e);
	forget_listing(cache, r);
}

static void forget(struct static_cache *cache, struct static_resource *r)
{
	struct static_resource **link = &cache->buckets[r->hash % BUCKETS];

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	use_unlink(cache, r);
	forget_files(cache, r);
	cache->count--;
	cache->name_bytes -= strlen(r->raw);
	free(r->raw);
	free(r->path);
	free(r);
}

void static_cache_release(struct static_cache *cache)
{
	while (cache->oldest != NULL)
		forget(cache, cache->oldest); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
	free(cache->buckets);
	cache->buckets = NULL;
}

/* Make room, but never by what is in use right now. */
static void shrink(struct static_cache *cache, const struct static_resource *keep)
{
	while ((cache->count > ENTRIES_MAX || cache->name_bytes > NAMES_MAX ||
		cache->fd_count > FDS_MAX || cache->bytes > cache->bytes_max) &&
	       cache->oldest != keep)
		forget(cache, cache->oldest); /* NOLINT(clang-analyzer-unix.Malloc): as above */
}

void static_cache_shed(struct static_cache *cache, const struct static_resource *keep)
{
	struct static_resource *r = cache->oldest, *next;

	for (; r != NULL && cache->fd_count > 0; r = next) {
		next = r->newer;
		for (int e = 0; e < ENCODING_COUNT; e++)
			if (r != keep && r->files[e].fd >= 0)
				forget_file(cache, r, e);
	}
}

static struct static_resource *look_up(const struct static_cache *cache, const char *raw,
				       uint64_t hash)
{
	struct static_resource *r;

	if (cache->buckets == NULL)
		return NULL;
	for (r = cache->buckets[hash % BUCKETS]; r != NULL; r = r->next)
		if (r->hash == hash && strcmp(r->raw, raw) == 0)
			return r;
	return NULL;
}

static bool is_as_found(const struct static_resource *r, const struct static_found *found)
{
	if (r->kind != found->kind || strcmp(r->path, found->path) != 0)
		return false;
	for (int e = 0; e < ENCODING_COUNT; e++)
		if (!file_id_equal(&r->id[e], &found->id[e]))
			return false;
	return true;
}

static bool take_found(struct static_resource *r, const struct static_found *found)
{
	char *path = strdup(found->path);

	if (path == NULL)
		return false;
	free(r->path);
	r->path = path;
	r->kind = found->kind;
	memcpy(r->id, found->id, sizeof(r->id));
	return true;
}

/* As the disk has it now. The root itself may be another one: a site is often
 * put in place by renaming its directory, or a link to it. */
static void resolve(struct static_site *site, const char *raw, time_t now, struct static_found *ret)
{
	if (site->root_checked != now)
		root_renew(site->root);
	site->root_checked = now;
	static_resolve(site, raw, ret);
	if (ret->kind != STATIC_BUSY || site->cache.fd_count == 0)
		return;
	static_cache_shed(&site->cache, NULL);
	static_resolve(site, raw, ret);
}

/* A second has passed. */
static bool check_anew(struct static_site *site, struct static_resource *r, time_t now)
{
	struct static_found found;

	resolve(site, r->raw, now, &found);
	r->checked = now;
	if (is_as_found(r, &found))
		return true;
	forget_files(&site->cache, r);
	return take_found(r, &found);
}

static struct static_resource *add(struct static_site *site, const char *raw, uint64_t hash,
				   time_t now, struct board_cell *cell)
{
	struct static_cache *cache = &site->cache;
	struct static_resource *r = calloc(1, sizeof(*r)), **bucket;
	struct static_found found;

	if (cache->buckets == NULL)
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
		cache->buckets = calloc(BUCKETS, sizeof(*cache->buckets));
	resolve(site, raw, now, &found);
	if (r == NULL || cache->buckets == NULL || (r->raw = strdup(raw)) == NULL ||
	    !take_found(r, &found)) {
		if (r != NULL)
			free(r->raw);
		free(r);
		return NULL;
	}
	for (int e = 0; e < ENCODING_COUNT; e++)
		r->files[e].fd = -1;
	r->hash = hash;
	r->checked = now;
	r->cell = cell;
	bucket = &cache->buckets[hash % BUCKETS];
	r->next = *bucket;
	*bucket = r;
	use_link(cache, r);
	cache->count++;
	cache->name_bytes += strlen(raw);
	shrink(cache, r);
	return r;
}

struct static_resource *static_cache_find(struct static_site *site, const char *raw, time_t now,
					  struct board_cell *cell)
{
	struct static_cache *cache = &site->cache;
	uint64_t hash = hash_of(cache, raw);
	struct static_resource *r = look_up(cache, raw, hash);

	if (r == NULL) {
		board_add(&cell->cache_misses, 1);
		return add(site, raw, hash, now, cell);
	}
	if (r != cache->newest) {
		use_unlink(cache, r);
		use_link(cache, r);
	}
	if (r->checked != now && !check_anew(site, r, now)) {
		forget(cache, r);
		return NULL;
	}
	return r;
}

/* The file may have changed since the path was resolved: what is open is what
 * counts, and the next check sees the difference. */
static int open_file(struct static_site *site, struct static_resource *r, enum encoding encoding)
{
	bool varies = r->id[ENCODING_BR].inode != 0 || r->id[ENCODING_GZIP].inode != 0;
	struct static_file *file = &r->files[encoding];
	struct static_cache *cache = &site->cache;
	int error = static_file_open(site, r->path, encoding, varies, file);

	if ((error == -EMFILE || error == -ENFILE) && cache->fd_count > 0) {
		static_cache_shed(cache, r);
		error = static_file_open(site, r->path, encoding, varies, file);
	}
	if (error < 0)
		return error;
	r->id[encoding] = file->id;
	if (file->data != NULL) {
		cache->bytes += file->id.size;
		board_add(&r->cell->cache_bytes, file->id.size);
	} else {
		cache->fd_count++;
	}
	shrink(cache, r);
	return 0;
}

int static_cache_file(struct static_site *site, struct static_resource *resource,
		      enum encoding encoding, struct board_cell *cell, struct static_file **ret)
{
	struct static_file *file = &resource->files[encoding];

	if (file->full.response == NULL) {
		int error = open_file(site, resource, encoding);

		if (error < 0)
			return error;
	} else {
		board_add(&cell->cache_hits, 1);
	}
	*ret = file;
	return 0;
}

struct static_listing *static_cache_keep(struct static_site *site, struct static_resource *resource,
					 const struct static_listing *listing)
{
	struct static_cache *cache = &site->cache;
	struct static_listing *kept = malloc(sizeof(*kept));

	forget_listing(cache, resource);
	if (kept == NULL) {
		struct reply_body body = listing->body;

		reply_body_release(&body);
		return NULL;
	}
	*kept = *listing;
	resource->listing = kept;
	cache->bytes += kept->body.len;
	board_add(&resource->cell->cache_bytes, kept->body.len);
	shrink(cache, resource);
	return kept;
}
