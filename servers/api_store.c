/* api_store.c - see api_store.h. */
#include "servers/api_store.h"

#include "common/error.h"
#include "servers/api_impl.h"
#include "work/results_read.h"

#include <microhttpd.h>
#include <sys/stat.h>

void api_store_close(struct api *a)
{
	results_reader_close(a->reader);
	a->reader = NULL;
}

static int open_anew(struct api *a, const struct stat *st, struct error *e)
{
	int r;

	api_store_close(a);
	r = results_reader_open_within(&a->reader, a->context->results_db, API_STORE_BUSY_MS, e);
	if (r < 0)
		return r;
	a->reader_dev = st->st_dev;
	a->reader_ino = st->st_ino;
	return 0;
}

int api_store_open(struct api *a, struct results_reader **ret, struct error *e)
{
	const char *path = a->context->results_db;
	struct stat st;
	int r = 0;

	if (path == NULL)
		return error_set(e, ENODATA,
				 "results are not kept: set RESULTS_STORE to true in the config");
	if (stat(path, &st) < 0) {
		api_store_close(a);
		return error_errno(e, errno, "%s", path);
	}
	if (a->reader == NULL || a->reader_dev != st.st_dev || a->reader_ino != st.st_ino)
		r = open_anew(a, &st, e);
	if (r == 0)
		*ret = a->reader;
	return r;
}

int api_store_find(struct api *a, const char *name, struct results_reader **ret,
		   struct results_stored *stored, struct error *e)
{
	struct results_reader *reader = NULL;
	int r = api_store_open(a, &reader, e);

	if (r < 0)
		return r;
	r = results_find_queue(reader, name, stored, e);
	if (r == -ENOENT)
		return -ESRCH;
	if (r < 0)
		api_store_close(a);
	else
		*ret = reader;
	return r;
}

unsigned api_store_status(int error)
{
	return error == -ENODATA || error == -ESRCH ? MHD_HTTP_NOT_FOUND
						    : MHD_HTTP_SERVICE_UNAVAILABLE;
}
