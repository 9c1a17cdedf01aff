/* results.h - the results of a run, by queue and ticket, in an SQLite file.
 *
 * Why: a result is there exactly once, whoever dies when. The collector puts a
 * batch into one transaction, commits, and only then finishes the leases; a
 * crash in between writes the batch again, and what is there already is left
 * alone (primary key queue and ticket). The file is in WAL mode: it is read
 * while it is written (results_read.h), and it outlives the machine's boot,
 * so that --resume goes on where everything was killed.
 *
 * Invariants: a ticket is in one of three places: result, dead, evicted. The
 * counts in the queue table change in the transaction that changes the rows.
 * With a bound, the bytes of all results never pass it after a commit: the
 * lowest tickets of the queue that holds most go first, 1/16 of the bound at
 * a time, and stay known as evicted.
 *
 * One process writes at a time (flock on PATH-lock). A handle belongs to the
 * process and thread that opened it: never use or close it after fork().
 *
 * Errors of all calls: -EBUSY another program locks it, -ENOSPC the disk, the
 * quota or the file size limit is reached, -EROFS, -EACCES, -EBADMSG damaged,
 * -EMEDIUMTYPE no database of eisen, -EPROTO of another version, -ESTALE removed
 * or replaced while it was open, -ENOMEM, -EIO;
 * the text names the file and what to do.
 */
#ifndef WORK_RESULTS_H
#define WORK_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define RESULTS_QUEUES_MAX 256
#define RESULTS_TICKETS (UINT64_C(1) << 35) /* a ticket is below it */
#define RESULTS_NAME_BYTES 128              /* of a queue's name or alias, NUL included */
#define RESULTS_REASON_BYTES 256            /* a dead letter's reason is cut there */
#define RESULTS_ROWS_UNKNOWN UINT64_MAX
#define RESULTS_ROW_BYTES 16 /* what a result counts beside its text */

enum results_mode {
	RESULTS_NEW,     /* refuse a file that has results: -EEXIST, says how to go on */
	RESULTS_RESUME,  /* keep what is there; also for a collector that starts again */
	RESULTS_REPLACE, /* remove the file first: --fresh. Never one that is not ours */
};

struct results_options {
	enum results_mode mode;
	const char *instance; /* name of the run; NULL: as it is in the file */
	const char *label;    /* RESULT_LABEL; NULL: as it is in the file */
	uint64_t bytes_max;   /* of all results, RESULTS_ROW_BYTES for each included; 0: no bound */
	uint32_t busy_ms;     /* how long to wait for another program's lock; 0: 5000 */
};

/* What is kept of a queue. */
struct results_queue {
	const char *name;        /* as the seed prints it: "mp_input_q (default)" */
	const char *alias;       /* "mp_input_q"; NULL: none */
	const char *fingerprint; /* of its generator and how it is cut; NULL: fed by put */
	uint64_t expected_rows;  /* or RESULTS_ROWS_UNKNOWN */
	uint32_t rows_max;
};

struct results_counts {
	uint64_t done;    /* results that are there */
	uint64_t dead;    /* dead letters */
	uint64_t evicted; /* results that were there */
	uint64_t rows;    /* rows behind done and evicted */
	uint64_t bytes;   /* of the results that are there */
	uint64_t issued;  /* tickets given out, as far as it was said */
};

struct results; /* opaque: a writer */

/* Open for writing, and create when it is not there. -EBUSY, with its pid,
 * when another process of eisen has it open for writing. */
int results_open(struct results **ret, const char *path, const struct results_options *options,
		 struct error *e);

/* What was not committed is rolled back. The last one to close leaves a file
 * without -wal and -shm. NULL is fine. */
void results_close(struct results *r);

/* Can the run go on with what the file has of this queue? -ESTALE with words
 * when fingerprint, rows_max or the kind of feeding changed, and it has
 * results. Before results_declare(), by the manager, with --resume. */
int results_resumable(struct results *r, const struct results_queue *queue, struct error *e);

/* Results of number (the run's own, below RESULTS_QUEUES_MAX) belong to this
 * queue; it is found again by name, so that numbers may change from run to
 * run. Before the first put to it, and not within a transaction. */
int results_declare(struct results *r, unsigned number, const struct results_queue *queue,
		    struct error *e);

/* Forget all dead letters, so that --resume tries their tickets again. Not
 * within a transaction. The count is added to *ret. */
int results_retry_dead(struct results *r, uint64_t *ret, struct error *e);

/* One transaction for a batch, of thousands where it should be fast. After any
 * error within it: results_rollback(), and nothing of the batch is there. */
int results_begin(struct results *r, struct error *e);

/* The result of a ticket: JSON text of len bytes (0: null), of rows rows. One
 * that is there or was evicted stays as it is; a dead letter gives way. */
int results_put(struct results *r, unsigned number, uint64_t ticket, uint32_t rows,
		const char *json, size_t len, struct error *e);

/* A dead letter: why, after how many attempts, and its rows (count rows, text
 * of len bytes, one JSON value a line). A ticket that has a result or a dead
 * letter stays as it is. The text is left out once those of all dead letters
 * would pass bytes_max. */
int results_put_dead(struct results *r, unsigned number, uint64_t ticket, unsigned attempts,
		     const char *reason, uint32_t rows, const char *text, size_t len,
		     struct error *e);

/* So many tickets were given out (0 .. issued - 1): what is missing below is
 * known offline too. Within a transaction; the highest that was said counts. */
int results_put_issued(struct results *r, unsigned number, uint64_t issued, struct error *e);

/* Evict beyond the bound, write the counts, commit. */
int results_commit(struct results *r, struct error *e);

/* Fine without a transaction. */
void results_rollback(struct results *r);

/* As of the last commit, this transaction's own changes included. */
void results_count(const struct results *r, unsigned number, struct results_counts *ret);

/* May the same call succeed later, when the disk has room or the other program
 * is done? For a -errno of the calls above. */
bool results_error_passes(int code);

#endif
