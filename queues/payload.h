/* payload.h - a block's bytes: in its own memory, or in a file when larger.
 *
 * A file is named after block and generation, lies in the run directory, and
 * goes when the block is freed; recovery sweeps what a death left behind. (A
 * memfd would die with its maker.) A block that is the caller's may be looked
 * at by it alone.
 */
#ifndef QUEUES_PAYLOAD_H
#define QUEUES_PAYLOAD_H

#include "queues/catalogue.h"

#include <stddef.h>

#define PAYLOAD_BYTES_MAX (64u << 20)

struct error;

struct payload {
	char *at;
	size_t bytes; /* of room, or of content */
	bool mapped;
};

/* Room for at least bytes in an OWNED block. More than PAYLOAD_BYTES_MAX or
 * without a spill directory: -E2BIG. */
int payload_open(struct queues *qs, uint32_t block, size_t bytes, struct payload *ret,
		 struct error *e);

/* More room for what is being filled; what was written (used bytes) is kept. */
int payload_grow(struct queues *qs, uint32_t block, struct payload *p, size_t used, size_t bytes,
		 struct error *e);

/* How much of it was filled, before the block is put. */
void payload_set(struct queues *qs, uint32_t block, size_t bytes, uint32_t rows);

/* What a leased block holds; read-only, bytes checked against the room. */
int payload_read(struct queues *qs, uint32_t block, struct payload *ret, struct error *e);
uint32_t payload_rows(const struct queues *qs, uint32_t block);

/* Unmaps; the block stays as it is. Fine twice. */
void payload_close(struct payload *p);

/* For queues/: remove the file of an OWNED block; remove block.generation;
 * remove files that belong to no block any more. */
void payload_drop(struct queues *qs, uint32_t block);
void payload_unlink(struct queues *qs, uint32_t block, uint32_t generation);
void payload_sweep(struct queues *qs);

#endif
