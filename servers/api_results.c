/* api_results.c - pages of results, and what there is; see api_results.h. */
#include "servers/api_results.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/number.h"
#include "servers/api_impl.h"
#include "servers/api_reply.h"
#include "servers/api_store.h"
#include "servers/json_text.h"
#include "servers/query.h"
#include "servers/request.h"
#include "work/results_read.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <string.h>

#define DEFAULT_QUEUE "mp_input_q"

struct question {
	char queue[RESULTS_NAME_BYTES];
	uint64_t from; /* the first ticket that may be in it */
	uint64_t limit;
};

static int take_queue(const char *value, struct question *ret, struct error *e)
{
	if (value[0] == '\0' || strlen(value) >= sizeof(ret->queue))
		return error_set(e, EINVAL, "queue: want the name of one, see /api/queues");
	snprintf(ret->queue, sizeof(ret->queue), "%s", value);
	return 0;
}

static int take_after(const char *value, struct question *ret, struct error *e)
{
	uint64_t after;

	if (!api_ticket_parse(value, &after))
		return error_set(e, EINVAL, "after: want a ticket as 7 or _TID_7, got \"%.40s\"",
				 value);
	ret->from = after + 1;
	return 0;
}

static int take_limit(const char *value, struct question *ret, struct error *e)
{
	if (!number_parse(value, 1, API_RESULTS_LIMIT_MAX, &ret->limit))
		return error_set(e, EINVAL, "limit: want a number within 1..%d, got \"%.40s\"",
				 API_RESULTS_LIMIT_MAX, value);
	return 0;
}

static const struct parameter {
	const char *name;
	int (*take)(const char *value, struct question *ret, struct error *e);
} parameters[] = {
	{ "queue", take_queue },
	{ "after", take_after },
	{ "limit", take_limit },
};

/* seen: bits of those that were given already. */
static int take_pair(const struct query_pair *pair, unsigned *seen, struct question *ret,
		     struct error *e)
{
	for (unsigned i = 0; i < ARRAY_SIZE(parameters); i++) {
		if (strcmp(pair->name, parameters[i].name) != 0)
			continue;
		if ((*seen & 1u << i) != 0)
			return error_set(e, EINVAL, "%s: given twice", pair->name);
		*seen |= 1u << i;
		return parameters[i].take(pair->value, ret, e);
	}
	return error_set(e, EINVAL, "no parameter \"%s\": there are queue, after and limit",
			 pair->name);
}

static int parse(const char *query, struct question *ret, struct error *e)
{
	struct query_pair pair;
	unsigned seen = 0;
	int r;

	*ret = (struct question) { .queue = DEFAULT_QUEUE, .limit = API_RESULTS_LIMIT };
	while ((r = query_next(&query, &pair)) > 0) {
		r = take_pair(&pair, &seen, ret, e);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return error_set(e, EINVAL, "the query is too long, or malformed behind a '%%'");
	return 0;
}

struct page {
	struct json_text *j;
	uint64_t limit, count;
	uint64_t last; /* ticket, with count > 0 */
	bool more;     /* there are others behind it */
};

static int add_item(void *arg, const struct results_row *row)
{
	struct page *p = arg;
	char name[32];

	if (p->count == p->limit ||
	    (p->count > 0 && p->j->out->len + row->len > API_RESULTS_PAGE_BYTES)) {
		p->more = true;
		return 1;
	}
	snprintf(name, sizeof(name), "_TID_%" PRIu64, row->ticket);
	json_text_array(p->j, NULL);
	json_text_string(p->j, NULL, name);
	json_text_raw(p->j, NULL, row->json, row->len);
	json_text_end(p->j);
	p->count++;
	p->last = row->ticket;
	return 0;
}

static int write_page(struct results_reader *reader, const struct results_stored *stored,
		      const struct question *q, struct json_text *j, struct error *e)
{
	struct page page = { .j = j, .limit = q->limit };
	int r;

	json_text_object(j, NULL);
	json_text_string(j, "queue", stored->alias[0] != '\0' ? stored->alias : stored->name);
	json_text_string(j, "header", stored->name);
	json_text_uint(j, "total", stored->counts.done);
	json_text_array(j, "items");
	r = results_page(reader, stored->id, q->from, q->limit + 1, add_item, &page, e);
	if (r < 0)
		return r;
	json_text_end(j);
	if (page.more)
		json_text_uint(j, "next", page.last);
	else
		json_text_null(j, "next");
	json_text_end(j);
	return 0;
}

void api_get_results(struct api *a, const struct request *request, struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };
	struct results_reader *reader;
	struct results_stored stored;
	struct error e = { 0 };
	struct question q;
	int r;

	if (parse(request->query, &q, &e) < 0) {
		api_send_error(reply, MHD_HTTP_BAD_REQUEST, NULL, e.text);
		return;
	}
	r = api_store_find(a, q.queue, &reader, &stored, &e);
	if (r == 0) {
		r = write_page(reader, &stored, &q, &j, &e);
		if (r < 0)
			api_store_close(a);
	}
	if (r < 0)
		api_send_error(reply, api_store_status(r), NULL, e.text);
	else
		api_send_text(reply, MHD_HTTP_OK, &text);
}

/* What there is ------------------------------------------------------------ */

static int add_queue(void *arg, const struct results_stored *queue)
{
	struct json_text *j = arg;

	json_text_object(j, NULL);
	json_text_string(j, "name", queue->alias[0] != '\0' ? queue->alias : queue->name);
	json_text_string(j, "header", queue->name);
	json_text_uint(j, "done", queue->counts.done);
	json_text_uint(j, "dead", queue->counts.dead);
	json_text_uint(j, "evicted", queue->counts.evicted);
	json_text_uint(j, "rows", queue->counts.rows);
	json_text_uint(j, "bytes", queue->counts.bytes);
	json_text_uint(j, "issued", queue->counts.issued);
	json_text_end(j);
	return 0;
}

void api_write_results(struct api *a, const char *key, struct json_text *j)
{
	bool store = a->context->results_db != NULL;
	struct results_reader *reader;
	struct error e = { 0 };
	int r = 0;

	json_text_object(j, key);
	json_text_bool(j, "store", store);
	json_text_string(j, "db", a->context->results_db);
	json_text_string(j, "label", a->context->result_label);
	json_text_array(j, "queues");
	if (store)
		r = api_store_open(a, &reader, &e);
	if (store && r == 0) {
		r = results_each_queue(reader, add_queue, j, &e);
		if (r < 0)
			api_store_close(a);
	}
	json_text_end(j);
	json_text_string(j, "error", r < 0 ? e.text : NULL);
	json_text_end(j);
}
