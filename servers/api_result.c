/* api_result.c - one ticket's result, or what became of it; see
 * api_results.h. */
#include "common/buf.h"
#include "common/error.h"
#include "common/number.h"
#include "queues/catalogue.h"
#include "servers/api_impl.h"
#include "servers/api_reply.h"
#include "servers/api_results.h"
#include "servers/api_store.h"
#include "servers/json_text.h"
#include "servers/query.h"
#include "work/results_read.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <string.h>

#define TICKET_PREFIX "_TID_"

bool api_ticket_parse(const char *text, uint64_t *ret)
{
	size_t len = strlen(TICKET_PREFIX);

	if (strncmp(text, TICKET_PREFIX, len) == 0)
		text += len;
	return number_parse(text, 0, RESULTS_TICKETS - 1, ret);
}

/* What is asked for, and what was found. */
struct find {
	char name[RESULTS_NAME_BYTES];
	uint64_t ticket;
	int queue;     /* in the region; -1: not there */
	bool stored_q; /* the database knows the queue */
	struct results_stored stored;
	struct results_ticket there;
	struct buf *text; /* its value, or a dead letter's rows */
};

static bool parse(const char *raw, struct find *ret)
{
	const char *slash = strrchr(raw, '/');
	char ticket[32];

	return slash != NULL && slash != raw &&
	       query_decode(raw, (size_t)(slash - raw), false, ret->name, sizeof(ret->name)) == 0 &&
	       query_decode(slash + 1, strlen(slash + 1), false, ticket, sizeof(ticket)) == 0 &&
	       api_ticket_parse(ticket, &ret->ticket);
}

/* -ESRCH and -ENODATA are no errors here: the queue may be known without. */
static int look(struct api *a, struct find *f, struct error *e)
{
	struct results_reader *reader;
	int r = api_store_find(a, f->name, &reader, &f->stored, e);

	f->there.state = RESULTS_UNKNOWN;
	f->stored_q = r == 0;
	if (r == -ESRCH || r == -ENODATA)
		return 0;
	if (r < 0)
		return r;
	r = results_get(reader, f->stored.id, f->ticket, &f->there, f->text, e);
	if (r < 0)
		api_store_close(a);
	return r;
}

/* Neither stored nor in flight: will it be given out? */
static bool will_come(const struct queue_counts *n, uint64_t ticket)
{
	return ticket >= n->issued && !n->closed && (n->expected == 0 || ticket < n->expected);
}

struct answer {
	unsigned status;
	const char *state;
};

/* In flight is looked at between two looks at what is stored, since it goes
 * from there to here. */
static int decide(struct api *a, struct find *f, struct answer *ret, struct error *e)
{
	static const struct answer answers[] = {
		[RESULTS_FOUND] = { MHD_HTTP_OK, "done" },
		[RESULTS_DEAD] = { MHD_HTTP_UNPROCESSABLE_CONTENT, "dead" },
		[RESULTS_EVICTED] = { MHD_HTTP_GONE, "evicted" },
		[RESULTS_UNKNOWN] = { MHD_HTTP_NOT_FOUND, "unknown" },
	};
	const struct queues *qs = a->context->queues;
	struct queue_counts n = { 0 };
	int r = look(a, f, e);

	if (r == 0 && f->there.state == RESULTS_UNKNOWN && f->queue >= 0) {
		queues_count(qs, (unsigned)f->queue, &n);
		if (queues_in_flight(qs, (unsigned)f->queue, f->ticket) ||
		    will_come(&n, f->ticket)) {
			*ret = (struct answer) { MHD_HTTP_ACCEPTED, "pending" };
			return 0;
		}
		r = look(a, f, e);
	}
	if (r < 0)
		return r;
	*ret = answers[f->there.state];
	/* Without a store a ticket that was done left no trace. */
	if (f->there.state == RESULTS_UNKNOWN && f->ticket < n.issued)
		ret->state = a->context->results_db != NULL ? "missing" : "not kept";
	return 0;
}

static void write_answer(const struct find *f, const struct answer *answer, struct json_text *j)
{
	const char *header = f->stored_q ? f->stored.name : NULL;
	char ticket[32];

	snprintf(ticket, sizeof(ticket), TICKET_PREFIX "%" PRIu64, f->ticket);
	json_text_object(j, NULL);
	json_text_string(j, "queue",
			 f->stored_q && f->stored.alias[0] != '\0' ? f->stored.alias : f->name);
	json_text_string(j, "header", header);
	json_text_string(j, "ticket", ticket);
	json_text_string(j, "state", answer->state);
	if (f->there.state == RESULTS_FOUND) {
		json_text_uint(j, "rows", f->there.rows);
		json_text_raw(j, "value", buf_text(f->text), f->text->len);
	} else if (f->there.state == RESULTS_DEAD) {
		json_text_uint(j, "attempts", f->there.attempts);
		json_text_string(j, "reason", f->there.reason);
		json_text_string(j, "chunk", f->text->len > 0 ? buf_text(f->text) : NULL);
	}
	json_text_end(j);
}

static void answer_about(struct api *a, struct find *f, struct reply *reply)
{
	AUTO_BUF struct buf text = BUF_INIT(API_TEXT_MAX);
	struct json_text j = { .out = &text };
	struct answer answer;
	struct error e = { 0 };
	int r = decide(a, f, &answer, &e);

	if (r < 0) {
		api_send_error(reply, api_store_status(r), NULL, e.text);
	} else if (f->queue < 0 && !f->stored_q) {
		api_send_error(reply, MHD_HTTP_NOT_FOUND, NULL,
			       "no such queue; /api/queues lists them");
	} else {
		write_answer(f, &answer, &j);
		api_send_text(reply, answer.status, &text);
	}
}

/* -1: there is no such queue with tickets. */
static int find_queue(const struct api *a, const char *name)
{
	const struct queues *qs = a->context->queues;
	int queue = qs != NULL ? queues_find(qs, name) : -1;
	struct queue_about about = { .kind = QUEUE_FREE };

	if (queue >= 0)
		queues_about(qs, (unsigned)queue, &about);
	return about.kind == QUEUE_WORK ? queue : -1;
}

void api_get_result(struct api *a, const char *raw, struct reply *reply)
{
	AUTO_BUF struct buf value = BUF_INIT(API_TEXT_MAX);
	struct find f = { .text = &value };

	if (!parse(raw, &f)) {
		api_send_error(reply, MHD_HTTP_BAD_REQUEST, NULL,
			       "want /api/results/QUEUE/TICKET, percent-encoded, "
			       "TICKET as 7 or _TID_7");
		return;
	}
	f.queue = find_queue(a, f.name);
	answer_about(a, &f, reply);
}
