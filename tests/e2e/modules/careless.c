/* careless.c - mistakes that modules make, each at ticket 7; for test_modules.c. */
#include <eisen.h>
#include <signal.h>
#include <string.h>

EISEN_MODULE("makes a mistake at ticket 7");

eisen_worker_fn forgets, forgets_in_a_thread, finishes_twice, gives_no_json, writes_into_its_chunk,
	sums_what_is_no_number;

typedef void careless_fn(eisen_toolbox *tb, eisen_chunk *chunk);

static bool work(eisen_toolbox *tb, careless_fn *mistake)
{
	eisen_chunk *chunk;

	if (eisen_take(tb, eisen_queue_find(tb, "mp_input_q"), -1, &chunk) == EISEN_STOP)
		return false;
	if (eisen_ticket(chunk) == 7)
		mistake(tb, chunk);
	else
		eisen_done(tb, chunk);
	return true;
}

static void forget(eisen_toolbox *tb, eisen_chunk *chunk)
{
	(void)tb;
	(void)chunk;
}

bool forgets(eisen_toolbox *tb)
{
	return work(tb, forget);
}

static void run(eisen_toolbox *tb, void *arg)
{
	(void)arg;
	while (work(tb, forget))
		;
}

/* The thread goes on taking, with the chunk it forgot, to the end of the queue. */
bool forgets_in_a_thread(eisen_toolbox *tb)
{
	eisen_thread(tb, run, NULL);
	return false;
}

static void finish_twice(eisen_toolbox *tb, eisen_chunk *chunk)
{
	eisen_result(tb, chunk, json_integer(1));
	eisen_result(tb, chunk, json_integer(2));
}

bool finishes_twice(eisen_toolbox *tb)
{
	return work(tb, finish_twice);
}

static void give_no_json(eisen_toolbox *tb, eisen_chunk *chunk)
{
	eisen_result_text(tb, chunk, "{'a': 1}", 8);
}

bool gives_no_json(eisen_toolbox *tb)
{
	return work(tb, give_no_json);
}

static void write_into(eisen_toolbox *tb, eisen_chunk *chunk)
{
	const char *text;
	size_t len;

	signal(SIGSEGV, SIG_DFL); /* no sanitizer's report: it is meant to die */
	if (eisen_row(chunk, &text, &len))
		memset((char *)text, '9', len);
	eisen_done(tb, chunk);
}

bool writes_into_its_chunk(eisen_toolbox *tb)
{
	return work(tb, write_into);
}

static void sum(eisen_toolbox *tb, eisen_chunk *chunk)
{
	json_int_t total = 0;
	int64_t n;

	while (eisen_row_int(chunk, &n))
		total += n;
	eisen_result(tb, chunk, json_integer(total));
}

/* Ticket 7 has a row that is text. */
bool sums_what_is_no_number(eisen_toolbox *tb)
{
	return work(tb, sum);
}
