/* eisen.h - all that a module of eisen needs.
 *
 * A module is a shared object. It may hold any of three things:
 *   - a worker: a function that takes chunks and gives results,
 *   - a generator: a function that makes rows,
 *   - an app: functions that answer HTTP requests.
 * Build it with  cc -shared -fPIC $(pkg-config --cflags eisen) x.c -o x.so
 * and name it in the config. Each module says once which interface it was
 * built for:
 *
 *	EISEN_MODULE("what it does, in a line");
 *
 * Unless a function says otherwise: strings are UTF-8 and NUL-terminated,
 * sizes are bytes, times are milliseconds, borrowed values live as long as the
 * toolbox or chunk they came from, and any thread of the worker may call.
 *
 * What is guarded. Arguments are checked: NULL, a queue or a chunk that is none,
 * a chunk that was finished before (as long as the worker has not taken 64
 * others since), a result or a row that is no JSON give an error and a line in
 * the log that says what is wanted. A chunk that a module takes and forgets goes
 * back. A module that crashes takes its worker with it, nobody else; its chunks
 * go to another worker, and after so many attempts to the dead letters. Tools
 * and large chunks are mapped read-only. Not guarded is other memory of the
 * process: rows are read where all processes share them, and a module that writes
 * there in spite of the const may spoil what others work on. With
 * EISEN_GUARD_CHUNKS=1 in its environment eisen gives modules a copy instead: it
 * cannot be written, and nothing behind it can be read.
 */
#ifndef EISEN_H
#define EISEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EISEN_ABI 1

struct eisen_module {
	int abi; /* EISEN_ABI, as the module was built */
	const char *about;
};

#define EISEN_MODULE(text) \
	extern const struct eisen_module eisen_module; \
	const struct eisen_module eisen_module = { EISEN_ABI, text }

typedef struct eisen_toolbox eisen_toolbox; /* a worker's; lives as long as the worker */
typedef struct eisen_queue eisen_queue;
typedef struct eisen_chunk eisen_chunk;

/* A worker --------------------------------------------------------------- */

/* WORKER_REF names one of these. The first module in worker_modules is called
 * in a loop on the worker's main thread until it returns false; then the
 * worker is done and is not started again. The others are called once before
 * it, last one first, and must return at once: they start threads.
 *
 * What a call takes is finished before it returns, by whichever thread; the
 * same goes for a thread of eisen_thread(). What is not fails, and is tried
 * again; a function that leaves something is called again, whatever it returned. */
typedef bool eisen_worker_fn(eisen_toolbox *tb);

int eisen_start_sequence_num(const eisen_toolbox *tb); /* 0 .. PROCS_MAX-1 */
int eisen_worker_id(const eisen_toolbox *tb);          /* START_SEQUENCE_NUM + 1 */
pid_t eisen_worker_pid(const eisen_toolbox *tb);
const char *eisen_worker_name(const eisen_toolbox *tb);  /* "eisen:0" */
const char *eisen_worker_group(const eisen_toolbox *tb); /* its port group; NULL: none */

/* Every key of the config, the config's "kwargs" merged in, "queues" (names)
 * and START_SEQUENCE_NUM. Borrowed; do not change it. */
json_t *eisen_kwargs(const eisen_toolbox *tb);

/* Is the worker to end, because it was told to or because its first module is
 * done? A thread that only watches looks at this; whoever takes chunks learns
 * from eisen_take() when there are no more. */
bool eisen_stopping(const eisen_toolbox *tb);

/* Wait, at most so long; true when the worker is to end. */
bool eisen_sleep(eisen_toolbox *tb, int timeout_ms);

/* A thread of the module's own, without signals; it is joined when the worker
 * ends, so it has to end then. 0 or -errno (-EAGAIN: 256 run). */
int eisen_thread(eisen_toolbox *tb, void (*run)(eisen_toolbox *tb, void *arg), void *arg);

/* Queues ----------------------------------------------------------------- */

enum eisen_take {
	EISEN_CHUNK,   /* *ret is a chunk; finish it */
	EISEN_STOP,    /* no more will come, or the worker is to end: return false */
	EISEN_TIMEOUT, /* none came in time */
};

/* "mp_input_q", "jobs_q", "batch_1|audio_lg". NULL: there is none of that
 * name; the log says which there are. */
eisen_queue *eisen_queue_find(eisen_toolbox *tb, const char *name);
const char *eisen_queue_name(const eisen_queue *queue);

/* Take the oldest chunk. timeout_ms < 0: wait for as long as it takes. The
 * chunk is leased to this process: when it dies, another one gets it. Rows that
 * this slot kept (eisen_keep()) before its process was started anew come first;
 * eisen_keep() alone ends those. Whoever has not finished a chunk of the queue
 * is told EISEN_STOP once it is closed and empty, and does not wait for himself.
 * EISEN_STOP also for what is no queue, so that the module's loop ends. */
enum eisen_take eisen_take(eisen_toolbox *tb, eisen_queue *queue, int timeout_ms,
			   eisen_chunk **ret);

/* The same, of whichever queue has one. count is at most 64. */
enum eisen_take eisen_take_any(eisen_toolbox *tb, eisen_queue *const *queues, size_t count,
			       int timeout_ms, eisen_chunk **ret);

/* The next row, JSON text, not NUL-terminated; it lives until the chunk is
 * finished. False: there are no more. One thread per chunk. */
bool eisen_row(eisen_chunk *chunk, const char **ret_text, size_t *ret_len);
json_t *eisen_row_json(eisen_chunk *chunk); /* parsed; a new reference, NULL: no more */

/* The next row as a whole number of 64 bits, the fastest of the three. False: there
 * are no more, or the next one is no such number; that one is still to be read
 * otherwise. A chunk whose next row could not be read, here or as JSON, and was
 * not read otherwise cannot be finished with a result: it fails, and the call
 * returns -EBADMSG. */
bool eisen_row_int(eisen_chunk *chunk, int64_t *ret);

uint64_t eisen_ticket(const eisen_chunk *chunk);         /* n of _TID_n */
size_t eisen_chunk_rows(const eisen_chunk *chunk);       /* in all */
unsigned eisen_chunk_attempts(const eisen_chunk *chunk); /* failed ones before this */
const char *eisen_chunk_header(eisen_chunk *chunk);      /* "mp_input_q (default);_TID_0;" */
eisen_queue *eisen_chunk_queue(const eisen_chunk *chunk);

/* Exactly one of these ends a chunk; it may not be used afterwards. All return
 * 0 or -errno. -ESTALE: the chunk was finished before; -EBADMSG: it failed, see
 * eisen_row_int(); after any other error (-EINVAL: no JSON; -E2BIG) the chunk is
 * still the module's. A result is one JSON value in one line; text is checked
 * and copied. Results wait while the collector is behind. */
int eisen_result(eisen_toolbox *tb, eisen_chunk *chunk, json_t *result); /* steals result */
int eisen_result_text(eisen_toolbox *tb, eisen_chunk *chunk, const char *json, size_t len);
int eisen_done(eisen_toolbox *tb, eisen_chunk *chunk); /* without a result */
int eisen_fail(eisen_toolbox *tb, eisen_chunk *chunk,
	       const char *why);                         /* retry, then dead letter */
int eisen_return(eisen_toolbox *tb, eisen_chunk *chunk); /* as if it had not been taken */
int eisen_keep(eisen_toolbox *tb, eisen_chunk *chunk);   /* the row is this slot's for good */

/* Put rows (a JSON array) as one chunk; rows is borrowed. Waits while the
 * queue is full, at most timeout_ms (< 0: without end). 0, -EPIPE (closed),
 * -ETIMEDOUT, -ECANCELED (the worker is to end), -E2BIG, -errno. */
int eisen_put(eisen_toolbox *tb, eisen_queue *queue, json_t *rows, int timeout_ms);

/* No more will be put into a queue that modules fill: those who take from it get
 * EISEN_STOP once all is done. 0 or -errno; fine twice. */
int eisen_queue_close(eisen_toolbox *tb, eisen_queue *queue);

/* Tools, ports, words ---------------------------------------------------- */

/* Large read-only data, "tools" in the config; one copy for all workers.
 * NULL: no such tool. */
const void *eisen_tool(eisen_toolbox *tb, const char *name, size_t *ret_len);

struct eisen_port {
	char group[64];
	char ip[64];
	unsigned port;
	size_t index; /* eisen's own number for it */
};

/* Pop the next free port of a group; it stays this slot's over a restart. 0,
 * -ENOENT: no such group, or it is not this slot's; -EAGAIN: none is left. */
int eisen_port_take(eisen_toolbox *tb, const char *group, struct eisen_port *ret);

/* Whole lines in the group's colour, through the manager. A line's end is
 * added. */
void eisen_print(eisen_toolbox *tb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Rows that are done, for percent and time left. Chunks count by themselves
 * when they are finished, less what was said here; this is for progress within
 * one. */
void eisen_rows_done(eisen_toolbox *tb, uint64_t rows);

/* A generator ------------------------------------------------------------ */

typedef struct eisen_generator eisen_generator;

enum eisen_row_result {
	EISEN_ROW,   /* a row was added */
	EISEN_END,   /* there are no more */
	EISEN_ERROR, /* eisen_generator_error() says why */
};

/* {"module": {"path": "x.so", "entry": "rows", …}} names one ("rows" may be left
 * out; the other keys are its own). It adds one row for each call; all it
 * remembers is in eisen_generator_state(). After a crash it starts anew and is
 * asked for all rows again: the same order, please. A call that adds no row, or
 * two, or what is no JSON ends the feeder with an error that says so. */
typedef enum eisen_row_result eisen_generator_fn(eisen_generator *g);

json_t *eisen_generator_settings(const eisen_generator *g); /* borrowed: the object above */

/* Zeroed memory of this size, the same at every call; freed at the end. */
void *eisen_generator_state(eisen_generator *g, size_t size);

/* 0 or -errno. A row is JSON in one line of at most 1 MiB. */
int eisen_row_add_text(eisen_generator *g, const char *json, size_t len); /* one JSON value */
int eisen_row_add_string(eisen_generator *g, const char *text, size_t len);
int eisen_row_add_int(eisen_generator *g, int64_t value);
int eisen_row_add(eisen_generator *g, json_t *value); /* steals value */
void eisen_generator_error(eisen_generator *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* How many there will be, exactly; in the first call, so that it is known from
 * the start. */
void eisen_generator_expect(eisen_generator *g, uint64_t rows);

/* An app ----------------------------------------------------------------- */

typedef struct eisen_request eisen_request; /* one request; lives during handle() */
typedef struct eisen_reply eisen_reply;     /* what is to be answered; the same */

struct eisen_server { /* borrowed; lives until close() has returned */
	const char *group;
	const char *ip; /* the path, for a Unix socket */
	unsigned port;
	json_t *settings; /* "settings" of the app's object in the config, else {} */
	const char *row;  /* with "work": the row this server keeps, JSON text; else NULL */
	size_t row_len;   /* it is not NUL-terminated */
};

/* {"kind": "module", "path": "x.so", "entry": "radio", "work": "mp_input_q",
 * "settings": {…}} names one, a const object that the module exports; without
 * "entry" the one called app. All of a server's functions run on its serving
 * thread: state needs no lock, and while one blocks, the thread's other
 * servers wait. With "threads": n in the config the server is opened n times,
 * on n threads of its own. */
typedef struct eisen_app {
	/* May be NULL. *state is the app's own, one per server. 0 or -errno: the
	 * worker then ends, and is started again after a pause; close() is not
	 * called. */
	int (*open)(eisen_toolbox *tb, const struct eisen_server *server, void **state);
	void (*handle)(void *state, const eisen_request *request, eisen_reply *reply);
	void (*close)(void *state); /* may be NULL */
	bool takes_body;            /* else a request with a body gets 413 */
} eisen_app;

const char *eisen_request_method(const eisen_request *request);
/* As sent, not decoded: "/a%20b", without the query; "*" of OPTIONS. */
const char *eisen_request_path(const eisen_request *request);
/* What is behind '?'. NULL: none. */
const char *eisen_request_query(const eisen_request *request);
/* The first of that name, whatever its case. NULL: none. */
const char *eisen_request_header(const eisen_request *request, const char *name);
/* Not NUL-terminated; "" of length 0 when there is none. */
const char *eisen_request_body(const eisen_request *request, size_t *ret_len);

/* The reply goes out when handle() has returned. What is given is copied; of
 * several bodies or statuses the last one counts. Without any of these it is
 * 204; with a body alone, 200; an error without a body gets a page that says
 * its name. HEAD needs no care: the body is left out. What HTTP does not have
 * is answered 500, and said in the worker's output. */
void eisen_reply_status(eisen_reply *reply, unsigned status); /* 200 to 599 */
/* All together at most 4096 bytes; the connection's (Connection,
 * Content-Length, Transfer-Encoding, …) are the server's own, Content-Type
 * goes with the body. */
void eisen_reply_header(eisen_reply *reply, const char *name, const char *value);
void eisen_reply_body(eisen_reply *reply, const char *type, const void *bytes, size_t len);
void eisen_reply_json(eisen_reply *reply, json_t *value); /* steals value */

/* Serve app on a port that was taken; returns once it accepts. It goes on
 * until the worker ends, beside the module. app and the module's code must
 * last as long, as static objects do; settings is borrowed for the call, NULL
 * for none. 0; -EINVAL: eisen_port_take() did not give that port to this
 * process; -EALREADY: it is served; -ESHUTDOWN: the worker is ending; -errno. */
int eisen_serve(eisen_toolbox *tb, const struct eisen_port *port, const eisen_app *app,
		json_t *settings);

#ifdef __cplusplus
}
#endif

#endif
