/* accesslog_conn.c - what a connection knows of its request, for the log. */
#include "servers/accesslog.h"
#include "servers/loop_impl.h"

#include "common/clock.h"

#include <string.h>

static struct accesslog_text text_of(const char *text)
{
	return (struct accesslog_text) { text, text != NULL ? strlen(text) : 0 };
}

static struct accesslog_text header(const struct request *request, const char *name, size_t len)
{
	struct accesslog_text value = { 0 };

	MHD_lookup_connection_value_n(request->connection, MHD_HEADER_KIND, name, len, &value.text,
				      &value.len);
	return value;
}

/* What the stage says is known; MHD holds the texts for so long. */
static void add(struct conn *conn, unsigned status, uint64_t bytes)
{
	const struct request *r = &conn->request;
	char addr[PEER_TEXT_BYTES];
	struct accesslog_entry entry = {
		.site = conn->server->app.site,
		.addr = { addr, peer_format(&conn->peer, addr) },
		.status = status,
		.bytes = bytes,
	};

	if (r->stage >= REQUEST_STARTED) {
		entry.duration_us = (clock_mono_ns() - conn->started_ns) / 1000;
		entry.path = text_of(r->path != NULL ? conn->target : NULL);
		entry.query = text_of(r->query);
	}
	if (r->stage >= REQUEST_OPEN) {
		entry.method = text_of(r->method_text);
		entry.version = text_of(r->version);
		entry.referer = header(r, "Referer", strlen("Referer"));
		entry.user_agent = header(r, "User-Agent", strlen("User-Agent"));
	}
	accesslog_add(conn->server->loop->access_log, &entry);
}

void accesslog_request(struct conn *conn, bool whole)
{
	const struct request *r = &conn->request;

	if (r->stage == REQUEST_ANSWERED)
		add(conn, r->status, whole ? r->reply_bytes : ACCESSLOG_UNKNOWN);
}

void accesslog_refusal(struct conn *conn, unsigned status)
{
	if (conn->server->loop->access_log != NULL)
		add(conn, status, ACCESSLOG_UNKNOWN);
}
