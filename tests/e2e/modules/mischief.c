/* mischief.c - a worker for tests: sums, and at one row does what it is told.
 *
 * kwargs: "how", see mischiefs[]; "row", the row at which (default: none);
 * "queue", instead of mp_input_q. Rows that are no numbers count as 0.
 */
#include <eisen.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

EISEN_MODULE("does what it must not, for tests");

#define MIB ((size_t)1 << 20)

/* A sanitizer has a handler of its own for it. */
static void crash(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void do_abort(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	abort();
}

static void hang(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	for (;;)
		pause();
}

static void spin(eisen_toolbox *tb, eisen_chunk *chunk)
{
	volatile unsigned turns = 0;

	(void)tb;
	(void)chunk;
	for (;;)
		turns++;
}

static void stop(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	raise(SIGSTOP);
}

static void do_exit(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	exit(3);
}

static void exit_at_once(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
	_exit(4);
}

static void exit_thread(eisen_toolbox *tb, void *arg)
{
	(void)tb;
	(void)arg;
	exit(5);
}

static void exit_in_thread(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)chunk;
	eisen_thread(tb, exit_thread, NULL);
	for (;;)
		pause();
}

/* Memory that is used, not asked for alone; a leak that no sanitizer knows of. */
static void take_memory(size_t bytes)
{
	volatile char *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; memory != MAP_FAILED && i < bytes; i += 4096)
		memory[i] = 1;
}

static void balloon(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)chunk;
	for (;;) {
		take_memory(16 * MIB);
		eisen_sleep(tb, 1);
	}
}

/* Slowly, until somebody says that it is enough. */
static void leak(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)chunk;
	while (!eisen_sleep(tb, 10))
		take_memory(MIB);
}

static void finish_twice(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)eisen_result(tb, chunk, json_integer(-1));
}

static void fail(eisen_toolbox *tb, eisen_chunk *chunk)
{
	eisen_fail(tb, chunk, "told to");
}

static void write_past(eisen_toolbox *tb, eisen_chunk *chunk)
{
	const char *text = "", *end = text;
	size_t len;

	(void)tb;
	while (eisen_row(chunk, &text, &len))
		end = text + len;
	signal(SIGSEGV, SIG_DFL);
	memset((char *)end, 'x', 64);
}

/* Before or instead of the result; what is left of the chunk is the caller's,
 * if it says so. */
static const struct mischief {
	const char *how;
	void (*run)(eisen_toolbox *tb, eisen_chunk *chunk);
	enum { SUM_AFTER, SUM_BEFORE, NO_SUM, NO_MORE } result;
} mischiefs[] = {
	{ "crash", crash, NO_SUM },
	{ "abort", do_abort, NO_SUM },
	{ "hang", hang, NO_SUM },
	{ "spin", spin, NO_SUM },
	{ "stop", stop, SUM_AFTER },
	{ "exit", do_exit, NO_SUM },
	{ "_exit", exit_at_once, NO_SUM },
	{ "exit in a thread", exit_in_thread, NO_SUM },
	{ "balloon", balloon, NO_SUM },
	{ "leak", leak, SUM_AFTER },
	{ "finish twice", finish_twice, SUM_BEFORE },
	{ "fail", fail, NO_SUM },
	{ "write past", write_past, NO_SUM },
	{ "throw away", NULL, NO_SUM },
	{ "throw away and leave", NULL, NO_MORE },
};

static const struct mischief *find(eisen_toolbox *tb)
{
	const char *how = json_string_value(json_object_get(eisen_kwargs(tb), "how"));

	for (size_t i = 0; how != NULL && i < sizeof(mischiefs) / sizeof(mischiefs[0]); i++)
		if (strcmp(mischiefs[i].how, how) == 0)
			return &mischiefs[i];
	return NULL;
}

static bool next_number(eisen_chunk *chunk, int64_t *ret)
{
	const char *text;
	size_t len;

	*ret = 0;
	return eisen_row_int(chunk, ret) || eisen_row(chunk, &text, &len);
}

bool worker_entrance(eisen_toolbox *tb);

bool worker_entrance(eisen_toolbox *tb)
{
	const json_t *at = json_object_get(eisen_kwargs(tb), "row");
	const struct mischief *m = NULL;
	const char *queue = json_string_value(json_object_get(eisen_kwargs(tb), "queue"));
	eisen_chunk *chunk;
	int64_t sum = 0, number;

	queue = queue != NULL ? queue : "mp_input_q";
	if (eisen_take(tb, eisen_queue_find(tb, queue), -1, &chunk) != EISEN_CHUNK)
		return false;
	while (m == NULL && next_number(chunk, &number)) {
		sum += number;
		if (at != NULL && number == json_integer_value(at))
			m = find(tb);
	}
	if (m != NULL && m->run != NULL && m->result != SUM_BEFORE)
		m->run(tb, chunk);
	if (m != NULL && m->result >= NO_SUM)
		return m->result == NO_SUM;
	while (next_number(chunk, &number))
		sum += number;
	eisen_result(tb, chunk, json_integer(sum));
	if (m != NULL && m->run != NULL && m->result == SUM_BEFORE)
		m->run(tb, chunk);
	return true;
}
