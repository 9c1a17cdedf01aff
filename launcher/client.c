/* client.c - see client.h. */
#include "launcher/client.h"

#include "common/buf.h"
#include "common/error.h"
#include "launcher/rundir.h"

#include <curl/curl.h>

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *body = arg;

	buf_add(body, bytes, size * count);
	return body->failed ? 0 : size * count;
}

static int perform(CURL *curl, const char *socket_path, const char *method, const char *path,
		   struct buf *body, struct error *e)
{
	char url[256];
	CURLcode r;

	snprintf(url, sizeof(url), "http://localhost%s", path);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CLIENT_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	r = curl_easy_perform(curl);
	if (r != CURLE_OK)
		return error_set(e, EIO,
				 "%s: %s; try again, or restart the instance if it stays so",
				 socket_path, curl_easy_strerror(r));
	return 0;
}

static int check_reply(long status, const json_t *doc, struct error *e)
{
	const char *text = json_string_value(json_object_get(doc, "error"));

	if (status < 200 || status > 299)
		return error_set(e, EPROTO, "the instance answered %ld: %s", status,
				 text != NULL ? text : "no reason given");
	if (doc == NULL)
		return error_set(e, EPROTO, "the instance answered something that is no JSON");
	return 0;
}

int client_call(const struct rundir *rd, const char *method, const char *path, json_t **ret,
		struct error *e)
{
	AUTO_BUF struct buf body = BUF_INIT(CLIENT_REPLY_MAX);
	char socket_path[RUNDIR_PATH_BYTES + 16];
	CURL *curl = curl_easy_init();
	json_t *doc = NULL;
	long status = 0;
	int r;

	if (curl == NULL)
		return error_set(e, ENOMEM, "libcurl: out of memory");
	rundir_control_path(rd, socket_path, sizeof(socket_path));
	r = perform(curl, socket_path, method, path, &body, e);
	if (r == 0) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		doc = json_loadb(buf_text(&body), body.len, 0, NULL);
		r = check_reply(status, doc, e);
	}
	curl_easy_cleanup(curl);
	if (r < 0) {
		json_decref(doc);
		return r;
	}
	*ret = doc;
	return 0;
}
