/* results_read.c - a results database opened for reading, and its queues; see
 * results_read.h. */
#include "work/results_read.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"
#include "work/results_read_impl.h"
#include "work/results_schema.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#define URI_BYTES_MAX (4 * 4096)

static const char *const queries[RESULTS_QUERY_COUNT] = {
	[RESULTS_SAVEPOINT] = "SAVEPOINT reader",
	[RESULTS_RELEASE] = "RELEASE reader",
	[RESULTS_QUEUES] =
		"SELECT id, name, alias, expected_rows, rows_max, issued, done, dead, evicted,"
		" rows, bytes,"
		" (SELECT min(ticket) FROM result WHERE result.queue = id),"
		" (SELECT max(ticket) FROM result WHERE result.queue = id)"
		" FROM queue ORDER BY id LIMIT ?1",
	[RESULTS_META] = "SELECT value FROM meta WHERE key = ?1",
	[RESULTS_ROWS] = "SELECT ticket, rows, value FROM result"
			 " WHERE queue = ?1 AND ticket >= ?2 ORDER BY ticket LIMIT ?3",
	[RESULTS_DEAD_ROWS] = "SELECT ticket, rows, value, attempts, reason FROM dead"
			      " WHERE queue = ?1 AND ticket >= ?2 ORDER BY ticket LIMIT ?3",
	[RESULTS_RANGE_AT] = "SELECT first FROM evicted WHERE queue = ?1 AND last >= ?2"
			     " ORDER BY last LIMIT 1",
	[RESULTS_THERE] =
		"SELECT ticket, ticket, rows FROM result WHERE queue = ?1 AND ticket >= ?2"
		" UNION ALL"
		" SELECT ticket, ticket, rows FROM dead WHERE queue = ?1 AND ticket >= ?2"
		" UNION ALL"
		" SELECT first, last, rows FROM evicted WHERE queue = ?1 AND last >= ?2"
		" ORDER BY 2",
};

static int prepare_all(struct results_reader *r, struct error *e)
{
	bool empty = true;
	int err = results_schema_check(r->db, r->path, &empty, e);

	if (err == 0 && empty)
		return error_set(e, ENOENT, "%s: has no results yet", r->path);
	for (int i = 0; i < RESULTS_QUERY_COUNT && err == 0; i++)
		err = results_db_prepare(r->db, r->path, queries[i], &r->queries[i], e);
	return err;
}

static int open_as(struct results_reader *r, const char *name, int flags, struct error *e)
{
	sqlite3_close(r->db);
	r->db = NULL;
	if (sqlite3_open_v2(name, &r->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return r->db == NULL ? error_set(e, ENOMEM, "out of memory")
				     : results_db_error(r->db, r->path, e);
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_busy_timeout(r->db, (int)r->busy_ms);
	/* Not to be believed: anybody may hand us a file. */
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_exec(r->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
	return prepare_all(r, e);
}

/* Nobody writes it: its log was taken into it when the last one closed it. */
static bool is_at_rest(const char *path)
{
	AUTO_FREE char *log = NULL;
	struct stat st;

	if (asprintf(&log, "%s-wal", path) < 0) {
		log = NULL;
		return false;
	}
	return stat(log, &st) < 0 && errno == ENOENT;
}

/* SQLite wants to make a -shm file even to read one in WAL mode; on a medium
 * where that fails it has to be told that nothing changes. */
static int open_immutable(struct results_reader *r, struct error *e)
{
	AUTO_BUF struct buf uri = BUF_INIT(URI_BYTES_MAX);

	buf_adds(&uri, "file:");
	for (const char *at = r->path; *at != '\0'; at++) {
		if (isalnum((unsigned char)*at) || strchr("/._-~", *at) != NULL)
			buf_add(&uri, at, 1);
		else
			buf_addf(&uri, "%%%02X", (unsigned char)*at);
	}
	buf_adds(&uri, "?immutable=1");
	if (uri.failed)
		return error_set(e, ENAMETOOLONG, "%s", r->path);
	return open_as(r, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
}

/* Read-only where it must be. A connection that might write but does not
 * (query_only) takes the log into the file when it is the last one to close, and
 * leaves no -wal and -shm behind. */
static int open_either(struct results_reader *r, struct error *e)
{
	struct stat st;
	int err;

	if (stat(r->path, &st) < 0)
		return errno == ENOENT ? error_set(e, ENOENT,
						   "%s: no such file; results are kept where "
						   "RESULTS_STORE is true",
						   r->path)
				       : error_errno(e, errno, "%s", r->path);
	err = open_as(r, r->path, SQLITE_OPEN_READWRITE, e);
	if ((err == -EACCES || err == -EROFS || err == -EIO) && is_at_rest(r->path))
		err = open_immutable(r, e);
	return err;
}

int results_reader_open(struct results_reader **ret, const char *path, struct error *e)
{
	return results_reader_open_within(ret, path, RESULTS_BUSY_MS, e);
}

int results_reader_open_within(struct results_reader **ret, const char *path, uint32_t busy_ms,
			       struct error *e)
{
	struct results_reader *r = calloc(1, sizeof(*r));
	int err;

	if (r == NULL)
		return error_set(e, ENOMEM, "out of memory");
	r->busy_ms = busy_ms;
	r->path = strdup(path);
	err = r->path == NULL ? error_set(e, ENOMEM, "out of memory") : open_either(r, e);
	if (err < 0) {
		results_reader_close(r);
		return err;
	}
	*ret = r;
	return 0;
}

void results_reader_close(struct results_reader *r)
{
	if (r == NULL)
		return;
	for (int i = 0; i < RESULTS_QUERY_COUNT; i++)
		sqlite3_finalize(r->queries[i]);
	sqlite3_close(r->db);
	free(r->path);
	free(r);
}

static int add_meta(struct results_reader *r, const char *key, struct buf *ret, struct error *e)
{
	sqlite3_stmt *stmt = r->queries[RESULTS_META];
	int err;

	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	err = results_db_row(stmt, r->path, e);
	if (err <= 0)
		return err;
	buf_add(ret, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
	sqlite3_reset(stmt);
	return ret->failed ? error_set(e, EFBIG, "%s: %s is too long", r->path, key) : 0;
}

int results_about(struct results_reader *r, struct buf *instance, struct buf *label,
		  struct error *e)
{
	int err = add_meta(r, "instance", instance, e);

	return err == 0 ? add_meta(r, "label", label, e) : err;
}

static void copy_text(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	snprintf(to, size, "%s", text != NULL ? text : "");
}

static void read_queue(sqlite3_stmt *stmt, struct results_stored *ret)
{
	*ret = (struct results_stored) {
		.id = (unsigned)sqlite3_column_int64(stmt, 0),
		.expected_rows = sqlite3_column_type(stmt, 3) == SQLITE_NULL
					 ? RESULTS_ROWS_UNKNOWN
					 : results_db_count(stmt, 3),
		.rows_max = (uint32_t)results_db_count(stmt, 4),
		.counts = { .issued = results_db_count(stmt, 5),
			    .done = results_db_count(stmt, 6),
			    .dead = results_db_count(stmt, 7),
			    .evicted = results_db_count(stmt, 8),
			    .rows = results_db_count(stmt, 9),
			    .bytes = results_db_count(stmt, 10) },
		.lowest = 1,
		.highest = 0,
	};
	copy_text(ret->name, sizeof(ret->name), stmt, 1);
	copy_text(ret->alias, sizeof(ret->alias), stmt, 2);
	if (sqlite3_column_type(stmt, 11) != SQLITE_NULL) {
		ret->lowest = results_db_count(stmt, 11);
		ret->highest = results_db_count(stmt, 12);
	}
}

int results_each_queue(struct results_reader *r, results_queue_fn *fn, void *arg, struct error *e)
{
	sqlite3_stmt *stmt = r->queries[RESULTS_QUEUES];
	struct results_stored queue;
	int err, stop = 0;

	sqlite3_bind_int(stmt, 1, RESULTS_QUEUES_MAX);
	while (stop == 0 && (err = results_db_row(stmt, r->path, e)) > 0) {
		read_queue(stmt, &queue);
		stop = fn(arg, &queue);
	}
	sqlite3_reset(stmt);
	return stop != 0 ? stop : err;
}

struct search {
	const char *name;
	struct results_stored *ret;
	bool by_name, by_alias; /* found */
	struct buf known;
};

static int look(void *arg, const struct results_stored *queue)
{
	struct search *s = arg;

	if (strcmp(queue->name, s->name) == 0) {
		s->by_name = true;
		*s->ret = *queue;
	} else if (!s->by_name && !s->by_alias && strcmp(queue->alias, s->name) == 0) {
		s->by_alias = true;
		*s->ret = *queue;
	}
	buf_addf(&s->known, "%s\"%s\"", s->known.len > 0 ? ", " : "", queue->name);
	return s->by_name;
}

int results_find_queue(struct results_reader *r, const char *name, struct results_stored *ret,
		       struct error *e)
{
	struct results_stored found;
	struct search s = { .name = name, .ret = &found, .known = BUF_INIT(300) };
	int err = results_each_queue(r, look, &s, e);

	if (err >= 0 && (s.by_name || s.by_alias)) {
		*ret = found;
		err = 0;
	} else if (err >= 0) {
		err = error_set(e, ENOENT, "%s: has no queue \"%s\", but %s", r->path, name,
				s.known.len > 0 ? s.known.data : "none at all");
	}
	buf_release(&s.known);
	return err;
}
