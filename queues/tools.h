/* tools.h - large read-only data: one copy in memory for all workers.
 *
 * A tool is a memfd that the manager fills once, before the first fork, and
 * seals: nobody can write, grow or shrink it any more. Every worker maps it
 * read-only, its pages filled in at once (MAP_POPULATE), so that no request
 * waits for a page fault. Linux before 6.7 refuses a shared mapping of a
 * write-sealed memfd; a private one shares its pages just as well as long as
 * nobody writes, and here nobody can.
 */
#ifndef QUEUES_TOOLS_H
#define QUEUES_TOOLS_H

#include <stddef.h>

struct error;

#define TOOLS_MAX 64
#define TOOL_NAME_BYTES 64                /* with the NUL */
#define TOOL_BYTES_MAX ((size_t)64 << 30) /* 64 GiB */

/* What a tool is made of: a file, or bytes. */
struct tool_spec {
	const char *name;
	const char *file; /* a path that open(2) finds; NULL: bytes */
	const char *bytes;
	size_t len;
};

struct tool {
	char name[TOOL_NAME_BYTES];
	int fd; /* the sealed memfd, close-on-exec */
	size_t bytes;
	const void *at; /* where this process has it mapped; NULL: not */
};

struct tools {
	struct tool *list; /* owned */
	size_t count;
};

/* The manager: fill and seal them all, in the order of specs. An error names
 * the tool, and its file. */
int tools_create(struct tools *ret, const struct tool_spec *specs, size_t count, struct error *e);

/* A spawned child: the same specs (their names alone matter), and the
 * descriptors that were inherited, in the same order. The seals are checked.
 * On success ret owns the descriptors and has made them close-on-exec. */
int tools_attach(struct tools *ret, const struct tool_spec *specs, const int *fds, size_t count,
		 struct error *e);

/* A worker: map them all. Fine twice. */
int tools_map(struct tools *tools, struct error *e);

/* NULL: there is none of that name. An empty tool is found, at no address. */
const struct tool *tools_find(const struct tools *tools, const char *name);

/* Unmap and close all; fine for { 0 }. */
void tools_release(struct tools *tools);

#endif
