/* gated.c - a worker for tests: sums, and stops or breaks where it is told to.
 *
 * kwargs: "gate", a FIFO that must have a writer before the tickets from
 * "gate_from" on are finished; "crash", "exit", "fail": a ticket at which to do
 * so; "print": say each ticket; "pad": give a text of so many bytes instead.
 */
#include <eisen.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

EISEN_MODULE("sums, for tests");

static bool is_ticket(eisen_toolbox *tb, const char *key, const eisen_chunk *chunk)
{
	const json_t *ticket = json_object_get(eisen_kwargs(tb), key);

	return ticket != NULL && (uint64_t)json_integer_value(ticket) == eisen_ticket(chunk);
}

/* Until somebody has the FIFO open for writing. */
static void pass_gate(eisen_toolbox *tb, const eisen_chunk *chunk)
{
	const char *gate = json_string_value(json_object_get(eisen_kwargs(tb), "gate"));
	json_int_t from = json_integer_value(json_object_get(eisen_kwargs(tb), "gate_from"));
	int fd;

	if (gate == NULL || eisen_ticket(chunk) < (uint64_t)from)
		return;
	fd = open(gate, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

static bool break_at(eisen_toolbox *tb, eisen_chunk *chunk)
{
	if (is_ticket(tb, "crash", chunk))
		abort();
	if (is_ticket(tb, "exit", chunk))
		_exit(0);
	if (!is_ticket(tb, "fail", chunk))
		return false;
	eisen_fail(tb, chunk, "told to");
	return true;
}

static json_t *make_result(eisen_toolbox *tb, int64_t sum)
{
	json_int_t pad = json_integer_value(json_object_get(eisen_kwargs(tb), "pad"));
	json_t *result;
	char *text;

	if (pad <= 0)
		return json_integer(sum);
	text = malloc((size_t)pad);
	if (text == NULL)
		return NULL;
	memset(text, 'x', (size_t)pad);
	result = json_stringn(text, (size_t)pad);
	free(text);
	return result;
}

bool worker_entrance(eisen_toolbox *tb);

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_chunk *chunk;
	int64_t sum = 0, number;

	if (eisen_take(tb, eisen_queue_find(tb, "mp_input_q"), -1, &chunk) != EISEN_CHUNK)
		return false;
	while (eisen_row_int(chunk, &number))
		sum += number;
	pass_gate(tb, chunk);
	if (break_at(tb, chunk))
		return true;
	if (json_is_true(json_object_get(eisen_kwargs(tb), "print")))
		eisen_print(tb, "ticket %llu is %lld", (unsigned long long)eisen_ticket(chunk),
			    (long long)sum);
	eisen_result(tb, chunk, make_result(tb, sum));
	return true;
}
