/* api_page.h - the status endpoint for a browser: tables, no script. */
#ifndef SERVERS_API_PAGE_H
#define SERVERS_API_PAGE_H

#include <stddef.h>

struct api;

#define API_PAGE_MAX (64u << 20) /* bytes */

/* malloc'ed HTML; NULL: no memory. */
char *api_page(struct api *a, size_t *ret_len);

#endif
