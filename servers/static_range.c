/* static_range.c - see static_range.h.
 *
 * A short part is copied, since one send(2) of head and body costs least, and
 * the last few of a file are kept; a long one goes by sendfile(2) from a descriptor of its own,
 * which MHD closes.
 */
#include "servers/static_range.h"

#include "common/cc.h"
#include "servers/multipart.h"
#include "servers/request.h"
#include "servers/static_file.h"

#include <assert.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>

#define BLOCK_BYTES 65536

static int make_copy(const struct static_file *file, const struct byterange *range, size_t n,
		     struct reply_body *ret)
{
	AUTO_FREE char *data = NULL;

	assert(n > 0);
	data = malloc(n);
	if (data == NULL)
		return -ENOMEM;
	if (file->data != NULL)
		memcpy(data, file->data + range->first, n);
	else if (pread(file->fd, data, n, (off_t)range->first) != (ssize_t)n)
		return -ESTALE;
	ret->response = MHD_create_response_from_buffer(n, data, MHD_RESPMEM_MUST_FREE);
	if (ret->response == NULL)
		return -ENOMEM;
	take_ptr(data);
	return 0;
}

static int make_from_fd(const struct static_file *file, const struct byterange *range,
			struct reply_body *ret)
{
	int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	ret->response = MHD_create_response_from_fd_at_offset64(range->last - range->first + 1, fd,
								range->first);
	ret->file = true;
	if (ret->response != NULL)
		return 0;
	close(fd);
	return -ENOMEM;
}

static int make_single(const struct static_site *site, const struct static_file *file,
		       const struct byterange *range, struct reply_body *ret)
{
	uint64_t n = range->last - range->first + 1;
	bool copies = file->data != NULL || n <= STATIC_PART_MAX;
	int r = copies ? make_copy(file, range, n, ret) : make_from_fd(file, range, ret);
	char text[96], type[256];

	ret->len = n;
	snprintf(text, sizeof(text), "bytes %llu-%llu/%llu", (unsigned long long)range->first,
		 (unsigned long long)range->last, (unsigned long long)static_file_size(file));
	static_file_type(site, file, type);
	if (r == 0)
		r = reply_body_header(ret, MHD_HTTP_HEADER_CONTENT_RANGE, text);
	return r == 0 ? reply_body_header(ret, MHD_HTTP_HEADER_CONTENT_TYPE, type) : r;
}

/* A multipart body while it is sent. */
struct sending {
	struct multipart_source source;
	char *data; /* owned */
	struct multipart layout;
};

static ssize_t send_block(void *cls, uint64_t pos, char *buf, size_t max)
{
	const struct sending *sending = cls;
	ssize_t n = multipart_read(&sending->layout, &sending->source, pos, buf, max);

	if (n > 0)
		return n;
	return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void sending_free(void *cls)
{
	struct sending *sending = cls;

	auto_close(&sending->source.fd);
	free(sending->data);
	free(sending);
}

/* The file may leave the cache meanwhile: its bytes are ours. */
static int open_source(struct sending *sending, const struct static_file *file)
{
	size_t size = (size_t)static_file_size(file);

	sending->source.fd = -1;
	if (file->data == NULL) {
		sending->source.fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
		return sending->source.fd < 0 ? -errno : 0;
	}
	sending->data = malloc(size);
	if (sending->data == NULL)
		return -ENOMEM;
	memcpy(sending->data, file->data, size);
	sending->source.data = sending->data;
	return 0;
}

static int make_multiple(const struct static_site *site, const struct static_file *file,
			 const struct byterange_set *set, struct reply_body *ret)
{
	struct sending *sending = calloc(1, sizeof(*sending));
	char type[256];
	int r;

	if (sending == NULL)
		return -ENOMEM;
	static_file_type(site, file, type);
	r = open_source(sending, file);
	if (r == 0)
		r = multipart_layout(&sending->layout, set, static_file_size(file), type);
	if (r < 0) {
		sending_free(sending);
		return r;
	}
	snprintf(type, sizeof(type), "multipart/byteranges; boundary=%s", sending->layout.boundary);
	ret->len = sending->layout.total;
	ret->response = MHD_create_response_from_callback(ret->len, BLOCK_BYTES, send_block,
							  sending, sending_free);
	if (ret->response == NULL) {
		sending_free(sending);
		return -ENOMEM;
	}
	return reply_body_header(ret, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

static int make(const struct static_site *site, const struct static_file *file,
		const struct byterange_set *set, struct reply_body *ret)
{
	int r = set->count == 1 ? make_single(site, file, &set->part[0], ret)
				: make_multiple(site, file, set, ret);

	if (r == 0)
		r = static_file_headers(site, file, ret);
	if (r < 0)
		reply_body_release(ret);
	return r;
}

/* Is it worth keeping? What is in memory is as good as kept. */
static bool keeps(const struct static_file *file, const struct byterange_set *set)
{
	return file->data == NULL && set->count == 1 &&
	       set->part[0].last - set->part[0].first < STATIC_PART_MAX;
}

/* The reply to a short range, as it was made before, or made now in place of
 * the oldest. NULL: it cannot be had, *ret_error says why. */
static struct reply_body *kept(const struct static_site *site, struct static_file *file,
			       const struct byterange_set *set, int *ret_error)
{
	const struct byterange *want = &set->part[0];
	struct static_part *part;

	for (size_t i = 0; i < STATIC_PARTS; i++) {
		part = &file->parts[i];
		if (part->body.response != NULL && part->range.first == want->first &&
		    part->range.last == want->last)
			return &part->body;
	}
	part = &file->parts[file->next_part++ % STATIC_PARTS];
	reply_body_release(&part->body);
	part->range = *want;
	*ret_error = make(site, file, set, &part->body);
	return *ret_error == 0 ? &part->body : NULL;
}

int static_range_send(const struct static_site *site, struct static_file *file,
		      const struct byterange_set *set, struct reply *reply)
{
	struct reply_body body = { 0 }, *shared;
	int r = 0;

	if (keeps(file, set)) {
		shared = kept(site, file, set, &r);
		if (shared != NULL)
			reply_shared(reply, MHD_HTTP_PARTIAL_CONTENT, shared);
		return r;
	}
	r = make(site, file, set, &body);
	if (r < 0)
		return r;
	if (body.len > REQUEST_LARGE_BYTES)
		request_prepare_large(reply->request);
	reply_once(reply, MHD_HTTP_PARTIAL_CONTENT, &body);
	return 0;
}
