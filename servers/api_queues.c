/* api_queues.c - see api_queues.h. */
#include "servers/api_queues.h"

#include "common/buf.h"
#include "common/clock.h"
#include "portmap/plan.h"
#include "portmap/ports.h"
#include "queues/catalogue.h"
#include "servers/api_impl.h"
#include "servers/api_missing.h"
#include "servers/api_reply.h"
#include "servers/json_text.h"
#include "servers/query.h"

#include <microhttpd.h>
#include <string.h>

static const char *kind_name(enum queue_kind kind)
{
	switch (kind) {
	case QUEUE_WORK:
		return "work";
	case QUEUE_OUTPUT:
		return "output";
	case QUEUE_DEAD:
		return "dead";
	case QUEUE_SIDE:
		return "side";
	case QUEUE_FREE:
		break;
	}
	return "free";
}

static void write_name(struct json_text *j, const char *name, const char *kind)
{
	const char *bar = strchr(name, '|');
	char category[QUEUE_NAME_BYTES];

	snprintf(category, sizeof(category), "%.*s", bar != NULL ? (int)(bar - name) : 0, name);
	json_text_string(j, "name", name);
	json_text_string(j, "category", bar != NULL ? category : NULL);
	json_text_string(j, "kind", kind);
}

static void write_oldest(struct json_text *j, const struct queue_counts *n)
{
	if (n->queued == 0)
		json_text_null(j, "oldest_ms");
	else
		json_text_uint(j, "oldest_ms", n->oldest_ns / CLOCK_NS_PER_MS);
}

static void write_missing(struct api *a, unsigned queue, const struct queue_counts *n,
			  struct json_text *j)
{
	const struct api_missing *m = api_missing(a, queue, n);
	int64_t count = api_difference(n);

	json_text_object(j, "missing");
	json_text_uint(j, "count", count > 0 ? (uint64_t)count : 0);
	json_text_array(j, "ranges");
	for (size_t i = 0; i < m->named; i++) {
		json_text_array(j, NULL);
		json_text_uint(j, NULL, m->ranges[i].first);
		json_text_uint(j, NULL, m->ranges[i].last);
		json_text_end(j);
	}
	json_text_end(j);
	json_text_bool(j, "more", m->more || (count > 0 && m->named == 0));
	json_text_end(j);
}

/* What only a queue with tickets has. */
static void write_tickets(struct api *a, unsigned queue, struct json_text *j)
{
	struct queue_counts n;
	bool conserved = api_count(a->context->queues, queue, &n);

	json_text_uint(j, "depth", n.queued);
	json_text_uint(j, "queued", n.queued);
	json_text_uint(j, "leased", n.leased);
	json_text_uint(j, "kept", n.kept);
	json_text_uint(j, "finishing", n.finishing);
	json_text_uint(j, "done", n.done);
	json_text_uint(j, "dead", n.dead);
	json_text_uint(j, "skipped", n.skipped);
	json_text_uint(j, "issued", n.issued);
	if (n.expected > 0)
		json_text_uint(j, "expected", n.expected);
	else
		json_text_null(j, "expected");
	json_text_uint(j, "retries", n.retries);
	write_oldest(j, &n);
	json_text_bool(j, "closed", n.closed);
	json_text_bool(j, "conservation", conserved);
	json_text_int(j, "difference", api_difference(&n));
	write_missing(a, queue, &n, j);
}

static void write_depth(const struct queues *qs, unsigned queue, struct json_text *j)
{
	struct queue_counts n;

	queues_count(qs, queue, &n);
	json_text_uint(j, "depth", n.queued);
	json_text_uint(j, "queued", n.queued);
	json_text_uint(j, "leased", n.leased);
	write_oldest(j, &n);
}

static void write_queue(struct api *a, unsigned queue, const struct queue_about *about,
			struct json_text *j)
{
	json_text_object(j, NULL);
	write_name(j, about->name, kind_name(about->kind));
	if (about->maxsize > 0)
		json_text_uint(j, "maxsize", about->maxsize);
	if (about->kind == QUEUE_WORK || about->kind == QUEUE_SIDE)
		json_text_uint(j, "in", about->puts);
	json_text_uint(j, "out", about->takes);
	if (about->kind == QUEUE_WORK)
		write_tickets(a, queue, j);
	else
		write_depth(a->context->queues, queue, j);
	json_text_end(j);
}

/* Port queues ------------------------------------------------------------- */

static void port_queue_name(const struct api *a, size_t group, char *ret, size_t size)
{
	snprintf(ret, size, "mp_%s_q", a->context->plan->input.groups[group].name);
}

static void write_port_queue(const struct api *a, size_t group, size_t sockets, struct json_text *j)
{
	size_t depth = ports_free_count(a->context->ports, (unsigned)group);
	char name[GROUP_NAME_MAX + 8];

	port_queue_name(a, group, name, sizeof(name));
	json_text_object(j, NULL);
	json_text_string(j, "name", name);
	json_text_string(j, "category", "ports");
	json_text_string(j, "kind", "ports");
	json_text_uint(j, "maxsize", sockets);
	json_text_uint(j, "depth", depth);
	json_text_uint(j, "queued", depth);
	json_text_uint(j, "leased", sockets - depth);
	json_text_end(j);
}

static void count_sockets(const struct plan *plan, size_t *ret)
{
	for (size_t i = 0; i < plan->server_count; i++)
		ret[plan->servers[i].group]++;
}

/* All of them ------------------------------------------------------------- */

void api_write_queues(struct api *a, const char *key, struct json_text *j)
{
	const struct queues *qs = a->context->queues;
	size_t sockets[GROUPS_MAX] = { 0 };
	struct queue_about about;

	json_text_array(j, key);
	for (unsigned i = 0; qs != NULL && i < queues_total(qs); i++) {
		queues_about(qs, i, &about);
		if (about.name[0] != '\0')
			write_queue(a, i, &about, j);
	}
	count_sockets(a->context->plan, sockets);
	for (size_t g = 0; g < a->context->plan->input.group_count; g++)
		write_port_queue(a, g, sockets[g], j);
	json_text_end(j);
}

static bool write_named(struct api *a, const char *name, struct json_text *j)
{
	const struct queues *qs = a->context->queues;
	int id = qs != NULL ? queues_find(qs, name) : -1;
	size_t sockets[GROUPS_MAX] = { 0 };
	char known[GROUP_NAME_MAX + 8];
	struct queue_about about;

	if (id >= 0) {
		queues_about(qs, (unsigned)id, &about);
		write_queue(a, (unsigned)id, &about, j);
		return true;
	}
	count_sockets(a->context->plan, sockets);
	for (size_t g = 0; g < a->context->plan->input.group_count; g++) {
		port_queue_name(a, g, known, sizeof(known));
		if (strcmp(name, known) != 0)
			continue;
		write_port_queue(a, g, sockets[g], j);
		return true;
	}
	return false;
}

static void write_names(const struct api *a, struct json_text *j)
{
	const struct queues *qs = a->context->queues;
	char name[GROUP_NAME_MAX + 8];
	struct queue_about about;

	json_text_array(j, "queues");
	for (unsigned i = 0; qs != NULL && i < queues_total(qs); i++) {
		queues_about(qs, i, &about);
		if (about.name[0] != '\0')
			json_text_string(j, NULL, about.name);
	}
	for (size_t g = 0; g < a->context->plan->input.group_count; g++) {
		port_queue_name(a, g, name, sizeof(name));
		json_text_string(j, NULL, name);
	}
	json_text_end(j);
}

void api_get_queue(struct api *a, const char *raw, struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };
	char name[QUEUE_NAME_BYTES + 16]; /* " (default)" may follow */

	if (query_decode(raw, strlen(raw), false, name, sizeof(name)) == 0 &&
	    write_named(a, name, &j)) {
		api_send_text(reply, MHD_HTTP_OK, &text);
		return;
	}
	json_text_object(&j, NULL);
	json_text_uint(&j, "status", MHD_HTTP_NOT_FOUND);
	json_text_string(&j, "error", "no such queue");
	write_names(a, &j);
	json_text_end(&j);
	api_send_text(reply, MHD_HTTP_NOT_FOUND, &text);
}
