/* static_settings.h - what a config says of a static site; see eisen.json(5). */
#ifndef SERVERS_STATIC_SETTINGS_H
#define SERVERS_STATIC_SETTINGS_H

#include "common/fields.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct problems;

#define STATIC_ERROR_PAGES_MAX 16

/* Headers for the paths that a pattern matches. */
struct static_rule {
	char *match; /* owned: fnmatch(3) pattern, '*' takes '/' as well */
	json_t *set; /* new reference: header names and values */
};

struct static_error_page {
	unsigned status;
	char *path; /* owned, beneath the root */
};

struct static_settings {
	char *root;                /* owned, absolute */
	char **index;              /* owned, NULL-terminated */
	char *spa;                 /* owned: served for pages that are not there; NULL: off */
	char *charset;             /* owned; "": none */
	char *default_type;        /* owned */
	json_t *mime;              /* new reference: types by extension; NULL: none */
	struct static_rule *rules; /* owned */
	size_t rule_count;
	struct static_error_page error_pages[STATIC_ERROR_PAGES_MAX];
	size_t error_page_count;
	bool listing, clean_urls, dotfiles, precompressed;
	int symlinks;         /* enum root_links */
	int cache_bytes;      /* of bodies in memory, a worker's thread */
	int cache_file_bytes; /* larger files are sent from their descriptor */
};

extern const struct field static_fields[];
extern const struct field static_rule_fields[]; /* of one of "headers" */

/* Read the settings; what is wrong goes to p, and what is read is then not for
 * use. Release it in any case. base_dir: where a relative root starts; NULL:
 * where the process is. */
void static_settings_parse(const json_t *settings, const char *base_dir, const char *path,
			   struct static_settings *ret, struct problems *p);
void static_settings_release(struct static_settings *s);

#endif
