/* layout.h - configs for tests, and what a plan promises. */
#ifndef TESTS_E2E_LAYOUT_H
#define TESTS_E2E_LAYOUT_H

#include <jansson.h>
#include <stddef.h>

struct instance;

#define LAYOUT_SERVERS 18 /* of layout_three() */
#define LAYOUT_PER_WORKER 6

/* Like the demo, on this test's first address: three workers, blue from 11000,
 * yellow from 14000, green from 15000, six hello servers each. more: further
 * keys of the config, each with a comma behind it, ' for "; "" for none. */
const char *layout_three(const char *more);

/* One worker with one server, on port 11000. */
const char *layout_one(const char *more);

/* Two workers that share ports 11000 and 11001. */
const char *layout_shared(const char *more);

/* One worker with two Unix sockets, web-1.sock and web-2.sock in this test's
 * folder. more: of the group. */
const char *layout_unix(const char *more);

struct layout_server {
	const char *url, *group; /* kept, as all here */
	int slot, port, core;
};

struct layout {
	struct layout_server *servers; /* sorted by url */
	size_t count;
};

/* The servers of a document with "workers": /api/status, eisen plan --json. */
void layout_read(const json_t *doc, struct layout *ret);

/* Their urls alone, in the same order. */
const char *const *layout_urls(const struct layout *layout);

/* What eisen plan --json says of the file. env: as in struct command. */
void layout_plan(const char *file, const char *env, struct layout *ret);

/* What listens, says the kernel, is what the layout has, no more, no less.
 * prefixes: where to look, see kernel_listening(); ends with NULL. */
void layout_expect_listening(const struct layout *layout, const char *const *prefixes);

/* A GET names its own group, port, slot, core and a live pid. */
void layout_expect_answer(const struct layout_server *server);

#endif
