/* http.c - see http.h. */
#include "tests/e2e/http.h"

#include "common/buf.h"
#include "tests/e2e/keep.h"

#include <check.h>
#include <string.h>

#define HTTP_BODY_MAX (64u << 20)
#define HTTP_TIMEOUT_MS 30000L

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *body = arg;

	buf_add(body, bytes, size * count);
	return body->failed ? 0 : size * count;
}

static void set_target(CURL *curl, const struct http_call *call)
{
	static const char prefix[] = "unix:";

	if (strncmp(call->url, prefix, strlen(prefix)) == 0) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->url + strlen(prefix));
		curl_easy_setopt(curl, CURLOPT_URL, "http://localhost/");
		return;
	}
	curl_easy_setopt(curl, CURLOPT_URL, call->url);
	if (call->unix_path != NULL)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->unix_path);
}

static struct curl_slist *header_list(const struct http_call *call)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(call->headers) && call->headers[i] != NULL; i++)
		list = curl_slist_append(list, call->headers[i]);
	return list;
}

static void set_options(CURL *curl, const struct http_call *call, struct buf *body)
{
	set_target(curl, call);
	if (call->method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, HTTP_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
}

static void take_reply(CURL *curl, struct buf *body, struct http_reply *ret)
{
	char *type = NULL;

	curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &ret->os_errno);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	ret->type = keep_printf("%s", type != NULL ? type : "");
	ret->len = body->len;
	ret->body = keep(buf_take(body));
}

void http_do(const struct http_call *call, struct http_reply *ret)
{
	AUTO_BUF struct buf body = BUF_INIT(HTTP_BODY_MAX);
	struct curl_slist *headers = header_list(call);
	CURL *curl = curl_easy_init();

	ck_assert_ptr_nonnull(curl);
	*ret = (struct http_reply) { 0 };
	set_options(curl, call, &body);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	ret->result = curl_easy_perform(curl);
	take_reply(curl, &body, ret);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}

const char *http_get(const char *url, const char *accept, const char *type)
{
	struct http_call call = { .url = url };
	struct http_reply reply;

	if (accept != NULL)
		call.headers[0] = keep_printf("Accept: %s", accept);
	http_do(&call, &reply);
	ck_assert_msg(reply.result == CURLE_OK, "GET %s: %s (%s)", url,
		      curl_easy_strerror(reply.result), strerror((int)reply.os_errno));
	ck_assert_msg(reply.status == 200, "GET %s: %ld: %s", url, reply.status, reply.body);
	ck_assert_msg(strncmp(reply.type, type, strlen(type)) == 0, "GET %s: a body of type %s",
		      url, reply.type);
	return reply.body;
}

json_t *http_json(const char *url)
{
	return keep_json(
		json_loads(http_get(url, "application/json", "application/json"), 0, NULL));
}

long http_status(const struct http_call *call)
{
	struct http_reply reply;

	http_do(call, &reply);
	return reply.result == CURLE_OK ? reply.status : 0;
}
