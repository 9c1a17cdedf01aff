/* request.c - see request.h.
 *
 * A request is what stands before the host (its path's own), the host, and
 * what stands behind it (the same for all): three copies.
 */
#include "load/request.h"

#include "common/buf.h"
#include "common/error.h"
#include "portmap/address.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define HOST_BYTES_MAX (ADDRESS_TEXT_BYTES - 1)
#define SHOWN 60 /* bytes of what was given, in an error */

struct load_request {
	char *lines;  /* "GET /a HTTP/1.1\r\nHost: GET /b …", one behind the other */
	size_t *ends; /* of each in lines */
	size_t count;
	size_t line_max;
	char *rest; /* from behind the host to the end of the body */
	size_t rest_bytes;
	char *method;
	bool head;
};

/* RFC 9110 5.6.2; how many bytes of text are one. */
static size_t token_span(const char *text)
{
	return strspn(text, "!#$%&'*+-.^_`|~0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

static int check_method(const char *method, struct error *e)
{
	size_t len = token_span(method);

	if (len == 0 || method[len] != '\0')
		return error_set(e, EINVAL, "\"%.*s\" is no method: want GET, POST, …", SHOWN,
				 method);
	if (strcmp(method, "CONNECT") == 0)
		return error_set(e, EINVAL, "CONNECT makes a tunnel: it cannot be driven");
	return 0;
}

/* RFC 9112 3.2.1, with what browsers send as it is. */
static int check_path(const char *path, struct error *e)
{
	if (path[0] != '/')
		return error_set(e, EINVAL, "a path begins with \"/\", got \"%.*s\"", SHOWN, path);
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == '#')
			return error_set(e, EINVAL,
					 "no server gets to see what is behind '#': \"%.*s\"",
					 SHOWN, path);
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return error_set(
				e, EINVAL, "byte %zu of a path is 0x%02x: write it as %%%02X",
				(size_t)(p - path) + 1, (unsigned char)*p, (unsigned char)*p);
	}
	return 0;
}

/* RFC 9110 5.1 and 5.5, and not one that says where the request ends. */
static int check_header(const char *header, struct error *e)
{
	static const char *const ours[] = { "Host", "Content-Length", "Connection",
					    "Transfer-Encoding" };
	size_t len = token_span(header);

	if (len == 0 || header[len] != ':')
		return error_set(e, EINVAL, "want a header as \"Name: value\", got \"%.*s\"", SHOWN,
				 header);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strlen(ours[i]) == len && strncasecmp(header, ours[i], len) == 0)
			return error_set(e, EINVAL, "the header %s is written by the load test",
					 ours[i]);
	for (const char *p = header + len; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return error_set(e, EINVAL,
					 "byte %zu of the header %.*s is 0x%02x: it may not be",
					 (size_t)(p - header) + 1, (int)MIN(len, SHOWN), header,
					 (unsigned char)*p);
	return 0;
}

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory for the requests");
}

/* RFC 9110 8.6: a method that is about its body has a length, though it is 0. */
static bool wants_length(const char *method, size_t body_bytes)
{
	return body_bytes > 0 || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

/* *ret_head_bytes: what of it is before the body. */
static int make_rest(struct load_request *r, const struct request_options *options,
		     const char *method, size_t *ret_head_bytes, struct error *e)
{
	AUTO_BUF struct buf b = BUF_INIT(REQUEST_HEAD_MAX + (size_t)REQUEST_BODY_MAX);

	buf_adds(&b, "\r\n");
	for (size_t i = 0; i < options->header_count && b.len <= REQUEST_HEAD_MAX; i++) {
		int err = check_header(options->headers[i], e);

		if (err < 0)
			return err;
		buf_addf(&b, "%s\r\n", options->headers[i]);
	}
	if (options->close)
		buf_adds(&b, "Connection: close\r\n");
	if (wants_length(method, options->body_bytes))
		buf_addf(&b, "Content-Length: %zu\r\n", options->body_bytes);
	buf_adds(&b, "\r\n");
	*ret_head_bytes = b.len;
	if (b.len > REQUEST_HEAD_MAX)
		return error_set(e, E2BIG, "the headers have more than %d bytes", REQUEST_HEAD_MAX);
	if (options->body_bytes > REQUEST_BODY_MAX)
		return error_set(e, E2BIG, "a body has at most %u MiB", REQUEST_BODY_MAX >> 20);
	buf_add(&b, options->body, options->body_bytes);
	r->rest_bytes = b.len;
	r->rest = buf_take(&b);
	return r->rest != NULL ? 0 : no_memory(e);
}

static int add_line(struct load_request *r, const char *method, const char *path, struct buf *lines,
		    struct error *e)
{
	size_t begin = lines->len;
	int err = check_path(path, e);

	if (err < 0)
		return err;
	buf_addf(lines, "%s %s HTTP/1.1\r\nHost: ", method, path);
	if (lines->failed)
		return error_set(e, E2BIG,
				 "more than %zu MiB of paths, or no memory for them: take fewer",
				 lines->max >> 20);
	r->ends[r->count++] = lines->len;
	r->line_max = MAX(r->line_max, lines->len - begin);
	return 0;
}

static int make_lines(struct load_request *r, const struct request_options *options,
		      const char *method, struct error *e)
{
	static const char *const root[] = { "/" };
	const char *const *paths = options->path_count > 0 ? options->paths : root;
	size_t count = MAX(options->path_count, (size_t)1);
	AUTO_BUF struct buf lines = BUF_INIT(REQUEST_PATHS_BYTES_MAX);

	if (count > REQUEST_PATHS_MAX)
		return error_set(e, E2BIG, "at most %d paths, got %zu", REQUEST_PATHS_MAX, count);
	r->ends = calloc(count, sizeof(*r->ends));
	if (r->ends == NULL)
		return no_memory(e);
	while (r->count < count) {
		int err = add_line(r, method, paths[r->count], &lines, e);

		if (err < 0)
			return err;
	}
	r->lines = buf_take(&lines);
	return r->lines != NULL ? 0 : no_memory(e);
}

static int fill(struct load_request *r, const struct request_options *options, struct error *e)
{
	const char *method = options->method;
	size_t head_bytes = 0;
	int err;

	if (method == NULL)
		method = options->body_bytes > 0 ? "POST" : "GET";
	err = check_method(method, e);
	if (err == 0)
		err = make_rest(r, options, method, &head_bytes, e);
	if (err == 0)
		err = make_lines(r, options, method, e);
	if (err < 0)
		return err;
	r->method = strdup(method);
	if (r->method == NULL)
		return no_memory(e);
	if (r->line_max + HOST_BYTES_MAX + head_bytes > REQUEST_HEAD_MAX)
		return error_set(e, E2BIG, "path and headers have more than %d bytes",
				 REQUEST_HEAD_MAX - HOST_BYTES_MAX);
	r->head = strcmp(method, "HEAD") == 0;
	return 0;
}

int load_request_new(struct load_request **ret, const struct request_options *options,
		     struct error *e)
{
	struct load_request *r = calloc(1, sizeof(*r));
	int err = r != NULL ? fill(r, options, e) : no_memory(e);

	if (err < 0)
		load_request_free(r);
	else
		*ret = r;
	return err;
}

void load_request_free(struct load_request *r)
{
	if (r == NULL)
		return;
	free(r->method);
	free(r->lines);
	free(r->ends);
	free(r->rest);
	free(r);
}

size_t load_request_path_count(const struct load_request *r)
{
	return r->count;
}

const char *load_request_method(const struct load_request *r)
{
	return r->method;
}

bool load_request_is_head(const struct load_request *r)
{
	return r->head;
}

size_t load_request_bytes_max(const struct load_request *r)
{
	return r->line_max + HOST_BYTES_MAX + r->rest_bytes;
}

size_t load_request_write(const struct load_request *r, size_t path, const char *host, char *ret)
{
	size_t begin = path > 0 ? r->ends[path - 1] : 0;
	size_t line = r->ends[path] - begin, name = strlen(host);

	memcpy(ret, r->lines + begin, line);
	memcpy(ret + line, host, name);
	memcpy(ret + line + name, r->rest, r->rest_bytes);
	return line + name + r->rest_bytes;
}

/* The line's path, its blanks at both ends cut off; *text moves behind it.
 * *ret_len is 0 for a line that is passed over. */
static const char *next_path(const char **text, const char *end, size_t *ret_len)
{
	const char *begin = *text;
	const char *lf = memchr(begin, '\n', (size_t)(end - begin));
	const char *stop = lf != NULL ? lf : end;

	*text = lf != NULL ? lf + 1 : end;
	while (begin < stop && strchr(" \t\r", *begin) != NULL && *begin != '\0')
		begin++;
	while (begin < stop && strchr(" \t\r", stop[-1]) != NULL && stop[-1] != '\0')
		stop--;
	*ret_len = begin < stop && *begin != '#' ? (size_t)(stop - begin) : 0;
	return begin;
}

/* How many, and how many bytes with their NULs; each is checked. */
static int count_paths(const char *text, size_t len, size_t *ret_count, size_t *ret_bytes,
		       struct error *e)
{
	const char *at = text, *end = text + len;
	size_t count = 0, bytes = 0;

	for (size_t line = 1; at < end; line++) {
		char path[REQUEST_HEAD_MAX];
		size_t n;
		const char *begin = next_path(&at, end, &n);

		if (n == 0)
			continue;
		if (n >= sizeof(path))
			return error_set(e, E2BIG, "line %zu: a path has at most %zu bytes", line,
					 sizeof(path) - 1);
		if (memchr(begin, '\0', n) != NULL)
			return error_set(e, EINVAL, "line %zu: a NUL: is it a text?", line);
		memcpy(path, begin, n);
		path[n] = '\0';
		if (check_path(path, e) < 0)
			return error_prefix(e, "line %zu", line);
		if (++count > REQUEST_PATHS_MAX)
			return error_set(e, E2BIG, "line %zu: at most %d paths", line,
					 REQUEST_PATHS_MAX);
		bytes += n + 1;
	}
	*ret_count = count;
	*ret_bytes = bytes;
	return 0;
}

int load_request_read_paths(const char *text, size_t len, char ***ret, size_t *ret_count,
			    struct error *e)
{
	const char *at = text, *end = text + len;
	size_t count = 0, bytes = 0;
	int err = count_paths(text, len, &count, &bytes, e);
	char **paths, *to;

	if (err < 0)
		return err;
	if (count == 0)
		return error_set(e, EINVAL, "there is no path in it");
	paths = malloc(count * sizeof(*paths) + bytes);
	if (paths == NULL)
		return no_memory(e);
	to = (char *)(paths + count);
	for (size_t i = 0; i < count;) {
		size_t n;
		const char *begin = next_path(&at, end, &n);

		if (n == 0)
			continue;
		paths[i++] = to;
		memcpy(to, begin, n);
		to[n] = '\0';
		to += n + 1;
	}
	*ret = paths;
	*ret_count = count;
	return 0;
}
