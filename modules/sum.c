/* sum.c - the shortest worker: each chunk's whole numbers added up.
 *
 * Rows that are no whole numbers fail their chunk: it is tried again, and then
 * put aside as a dead letter with the reason, while the others go on.
 */
#include <eisen.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

EISEN_MODULE("adds up the whole numbers of each chunk");

bool worker_entrance(eisen_toolbox *tb);

bool worker_entrance(eisen_toolbox *tb)
{
	eisen_queue *input = eisen_queue_find(tb, "mp_input_q");
	uint64_t sum = 0, rows = 0; /* modulo 2^64, as C has it */
	eisen_chunk *chunk;
	char text[32];
	int64_t number;

	if (eisen_take(tb, input, -1, &chunk) != EISEN_CHUNK)
		return false;
	for (; eisen_row_int(chunk, &number); rows++)
		sum += (uint64_t)number;
	if (rows < eisen_chunk_rows(chunk)) {
		eisen_fail(tb, chunk, "a row is no whole number of 64 bits");
		return true;
	}
	snprintf(text, sizeof(text), "%" PRId64, (int64_t)sum);
	eisen_result_text(tb, chunk, text, strlen(text));
	return true;
}
