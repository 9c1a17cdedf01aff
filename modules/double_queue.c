/* double_queue.c - two queues of one category at once.
 *
 * Odd workers (by WORKER_ID) serve the category batch_1, even ones batch_7;
 * each takes an audio and a video chunk in turn. The results stand under four
 * headers, one for each queue. The result of a chunk is how many rows it has
 * and the longest of them.
 */
#include <eisen.h>

#include <stdio.h>

EISEN_MODULE("takes from the audio and the video queue of its category");

bool worker_entrance(eisen_toolbox *tb);

static eisen_queue *find(eisen_toolbox *tb, const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "%s|%s", eisen_worker_id(tb) % 2 == 1 ? "batch_1" : "batch_7",
		 name);
	return eisen_queue_find(tb, full);
}

static void work(eisen_toolbox *tb, eisen_chunk *chunk)
{
	const char *text, *longest = "null";
	size_t len, longest_len = 4, rows = 0;
	char result[4096];

	for (; eisen_row(chunk, &text, &len); rows++)
		if (rows == 0 || len > longest_len) {
			longest = text;
			longest_len = len;
		}
	len = (size_t)snprintf(result, sizeof(result), "{\"rows\":%zu,\"longest\":%.*s}", rows,
			       (int)longest_len, longest);
	if (len < sizeof(result))
		eisen_result_text(tb, chunk, result, len);
	else
		eisen_fail(tb, chunk, "a row is longer than 4000 bytes");
}

/* False: nothing more will come from queue. */
static bool work_one(eisen_toolbox *tb, eisen_queue *queue)
{
	eisen_chunk *chunk;

	if (queue == NULL || eisen_take(tb, queue, -1, &chunk) != EISEN_CHUNK)
		return false;
	work(tb, chunk);
	return true;
}

bool worker_entrance(eisen_toolbox *tb)
{
	bool audio = work_one(tb, find(tb, "audio_lg"));
	bool video = work_one(tb, find(tb, "video_lg"));

	return audio || video;
}
