/* toolbox_fixture.c - see toolbox_fixture.h. */
#include "tests/unit/toolbox_fixture.h"

#include "common/cc.h"
#include "common/error.h"
#include "queues/payload.h"

#include <check.h>
#include <string.h>

#define TEXT_BYTES_MAX (1u << 20)
#define OWNERS 4

static const struct queue_spec list[] = {
	{ TOOLBOX_FIXTURE_QUEUE, QUEUE_WORK, 4, 4, 256, 2, false },
	{ "batch_1|audio_lg", QUEUE_WORK, 4, 4, 256, 2, false },
	{ "mp_print_q", QUEUE_SIDE, 4, 4, 256, 0, false },
};

static void add_line(struct toolbox_fixture *f, struct buf *ret, const char *text, size_t len)
{
	pthread_mutex_lock(&f->lock);
	buf_addf(ret, "%.*s\n", (int)len, text);
	pthread_mutex_unlock(&f->lock);
}

static void log_line(void *arg, enum log_level level ATTR_UNUSED, const char *text)
{
	struct toolbox_fixture *f = arg;

	add_line(f, &f->log, text, strlen(text));
}

static void print(void *arg, const char *text, size_t len)
{
	struct toolbox_fixture *f = arg;

	add_line(f, &f->printed, text, len);
}

static int port_take(void *arg ATTR_UNUSED, const char *group, struct eisen_port *ret)
{
	if (strcmp(group, "blue") != 0)
		return -ENOENT;
	*ret = (struct eisen_port) { .group = "blue", .ip = "127.0.0.1", .port = 11000 };
	return 0;
}

static const struct toolbox_ops ops = { .port_take = port_take, .print = print, .log = log_line };

static void make_toolbox(struct toolbox_fixture *f)
{
	struct error e = { 0 };

	ck_assert_msg(toolbox_new(&f->spec, &f->tb, &e) == 0, "%s", e.text);
}

void toolbox_fixture_init(struct toolbox_fixture *f)
{
	const struct queues_spec spec = { list, ARRAY_SIZE(list), OWNERS };
	struct error e = { 0 };

	*f = (struct toolbox_fixture) {
		.kwargs = json_pack("{s:s}", "say_hello", "Hello"),
		.log = BUF_INIT(TEXT_BYTES_MAX),
		.printed = BUF_INIT(TEXT_BYTES_MAX),
	};
	pthread_mutex_init(&f->lock, NULL);
	ck_assert_msg(region_create(&f->region, queues_region_bytes(&spec), &e) == 0, "%s", e.text);
	ck_assert_msg(queues_create(&f->queues, &f->region, &spec, &e) == 0, "%s", e.text);
	f->spec = (struct toolbox_spec) {
		.slot = TOOLBOX_FIXTURE_SLOT,
		.pid = getpid(),
		.name = "eisen:2",
		.group = "blue",
		.kwargs = f->kwargs,
		.queues = &f->queues,
		.counters = { &f->rows, &f->chunks, &f->failed },
		.ops = &ops,
		.arg = f,
	};
	make_toolbox(f);
}

static void end(struct toolbox_fixture *f)
{
	toolbox_end(f->tb);
	toolbox_join(f->tb);
	toolbox_free(f->tb);
}

void toolbox_fixture_restart(struct toolbox_fixture *f)
{
	end(f);
	make_toolbox(f);
}

static unsigned find(struct toolbox_fixture *f, const char *queue)
{
	int id = queues_find(&f->queues, queue);

	ck_assert_msg(id >= 0, "no queue %s", queue);
	return (unsigned)id;
}

void toolbox_fixture_feed(struct toolbox_fixture *f, const char *queue, const char *rows)
{
	unsigned id = find(f, queue);
	size_t len = strlen(rows);
	struct error e = { 0 };
	struct payload payload;
	uint32_t block, count = 0;

	for (size_t i = 0; i < len; i++)
		count += rows[i] == '\n';
	ck_assert_int_eq(queue_claim(&f->queues, id, QUEUE_NO_WAIT, &block), QUEUE_CHUNK);
	ck_assert_msg(payload_open(&f->queues, block, len, &payload, &e) == 0, "%s", e.text);
	memcpy(payload.at, rows, len);
	payload_close(&payload);
	payload_set(&f->queues, block, len, count);
	ck_assert_int_eq(queue_issue(&f->queues, id, block, NULL), 0);
}

void toolbox_fixture_close_queue(struct toolbox_fixture *f, const char *queue)
{
	queue_close(&f->queues, find(f, queue));
}

eisen_chunk *toolbox_fixture_take(struct toolbox_fixture *f, const char *queue)
{
	eisen_chunk *chunk = NULL;

	ck_assert_int_eq(eisen_take(f->tb, eisen_queue_find(f->tb, queue), 0, &chunk), EISEN_CHUNK);
	ck_assert_ptr_nonnull(chunk);
	return chunk;
}

static const char *collect(struct toolbox_fixture *f, unsigned queue, bool dead)
{
	static char text[1024];
	struct payload payload;
	uint32_t block, result;
	int len;

	if (queue_take(&f->queues, queue, QUEUE_NO_WAIT, &block) != QUEUE_CHUNK)
		return "";
	result = queue_result(&f->queues, block);
	len = snprintf(text, sizeof(text), "_TID_%llu",
		       (unsigned long long)queue_ticket(&f->queues, block));
	if (dead) {
		snprintf(text + len, sizeof(text) - (size_t)len, " %s",
			 queue_why(&f->queues, block));
	} else if (result != BLOCK_NONE) {
		ck_assert_int_eq(payload_read(&f->queues, result, &payload, NULL), 0);
		snprintf(text + len, sizeof(text) - (size_t)len, " %.*s", (int)payload.bytes,
			 payload.at);
		payload_close(&payload);
	}
	queue_finish(&f->queues, block);
	return text;
}

const char *toolbox_fixture_collect(struct toolbox_fixture *f)
{
	return collect(f, f->queues.shared->output, false);
}

const char *toolbox_fixture_collect_dead(struct toolbox_fixture *f)
{
	return collect(f, f->queues.shared->dead, true);
}

void toolbox_fixture_expect_log(struct toolbox_fixture *f, const char *text)
{
	pthread_mutex_lock(&f->lock);
	ck_assert_msg(strstr(buf_text(&f->log), text) != NULL, "not in the log: %s\n%s", text,
		      buf_text(&f->log));
	pthread_mutex_unlock(&f->lock);
}

bool toolbox_fixture_is_silent(struct toolbox_fixture *f)
{
	return f->log.len == 0;
}

/* What a test left in the queues is drained first. */
static void expect_all_free(struct toolbox_fixture *f)
{
	for (unsigned q = 0; q < ARRAY_SIZE(list); q++) {
		struct queue_counts counts;
		uint32_t block;

		if (list[q].kind != QUEUE_WORK)
			continue;
		while (queue_take(&f->queues, q, QUEUE_NO_WAIT, &block) == QUEUE_CHUNK)
			queue_commit(&f->queues, block, BLOCK_NONE);
		while (*toolbox_fixture_collect(f) != '\0' ||
		       *toolbox_fixture_collect_dead(f) != '\0')
			;
		queues_count(&f->queues, q, &counts);
		ck_assert_uint_eq(counts.free + counts.kept, list[q].maxsize + list[q].leases);
		ck_assert_uint_eq(counts.issued, counts.done + counts.dead + counts.kept);
	}
}

void toolbox_fixture_release(struct toolbox_fixture *f)
{
	end(f);
	expect_all_free(f);
	queues_detach(&f->queues);
	region_detach(&f->region);
	json_decref(f->kwargs);
	buf_release(&f->log);
	buf_release(&f->printed);
	pthread_mutex_destroy(&f->lock);
}
