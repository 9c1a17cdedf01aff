/* results_db.c - see results_db.h. */
#include "work/results_db.h"

#include "common/cc.h"
#include "common/error.h"
#include "work/file_holder.h"
#include "work/results.h"

#include <stdbool.h>
#include <string.h>

#define BEGIN_ANEW "eisen run --fresh begins anew"

static int no_room(const char *path, const char *what, struct error *e)
{
	return error_set(e, ENOSPC, "%s: cannot grow: %s; make room, or set results_bytes_max",
			 path, what);
}

/* What the system said last, about the log or the file itself. SQLite passes
 * it on by itself for some calls only. */
static int system_errno(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_system_errno(db);

	if (code == 0)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log != NULL && log->pMethods != NULL)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &code);
	if (code == 0)
		sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &code);
	return code;
}

static int io_error(sqlite3 *db, const char *path, struct error *e)
{
	int code = system_errno(db);

	switch (code) {
	case ENOSPC:
	case EDQUOT:
		return no_room(path, strerror(code), e);
	case EFBIG:
		return no_room(path, "the file size limit is reached (ulimit -f)", e);
	case EACCES:
	case EPERM:
		return error_errno(e, EACCES, "%s", path);
	case EROFS:
		return error_errno(e, EROFS, "%s", path);
	case 0:
		return error_set(e, EIO, "%s: %s", path, sqlite3_errmsg(db));
	default:
		return error_errno(e, EIO, "%s: %s: %s", path, sqlite3_errmsg(db), strerror(code));
	}
}

/* In WAL mode a writer's lock is in PATH-shm, else in the file itself. */
static int locked(const char *path, struct error *e)
{
	AUTO_FREE char *shm = NULL;
	struct file_holder holder;

	if (asprintf(&shm, "%s-shm", path) < 0)
		shm = NULL;
	if ((shm != NULL && file_holder_find(shm, &holder)) || file_holder_find(path, &holder))
		return error_set(e, EBUSY, "%s: locked by %s (pid %d); close it there", path,
				 holder.program, (int)holder.pid);
	return error_set(e, EBUSY, "%s: locked by another program; close it there", path);
}

int results_db_error(sqlite3 *db, const char *path, struct error *e)
{
	/* Extended codes are on; the primary one is in the low byte. */
	switch (sqlite3_errcode(db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return locked(path, e);
	case SQLITE_FULL:
		return no_room(path, "the disk is full", e);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return error_set(e, EACCES, "%s: cannot be written: %s", path, sqlite3_errmsg(db));
	case SQLITE_CORRUPT:
		return error_set(e, EBADMSG, "%s: the file is damaged; keep a copy, " BEGIN_ANEW,
				 path);
	case SQLITE_NOTADB:
		return error_set(e, EMEDIUMTYPE, "%s: is no SQLite database", path);
	case SQLITE_NOMEM:
		return error_set(e, ENOMEM, "%s: out of memory", path);
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return io_error(db, path, e);
	case SQLITE_ERROR: /* our SQL does not suit its tables: not as we made them */
		return error_set(e, EBADMSG, "%s: %s; keep a copy, " BEGIN_ANEW, path,
				 sqlite3_errmsg(db));
	default:
		return error_set(e, EIO, "%s: %s", path, sqlite3_errmsg(db));
	}
}

bool results_error_passes(int code)
{
	return code == -EBUSY || code == -ENOSPC || code == -ENOMEM || code == -EIO;
}

int results_db_exec(sqlite3 *db, const char *path, const char *sql, struct error *e)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return results_db_error(db, path, e);
	return 0;
}

int results_db_prepare(sqlite3 *db, const char *path, const char *sql, sqlite3_stmt **ret,
		       struct error *e)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) != SQLITE_OK)
		return results_db_error(db, path, e);
	return 0;
}

int results_db_row(sqlite3_stmt *stmt, const char *path, struct error *e)
{
	int state = sqlite3_step(stmt), err = 0;

	if (state == SQLITE_ROW)
		return 1;
	if (state != SQLITE_DONE)
		err = results_db_error(sqlite3_db_handle(stmt), path, e);
	sqlite3_reset(stmt);
	return err;
}

int results_db_run(sqlite3_stmt *stmt, const char *path, struct error *e)
{
	int state = results_db_row(stmt, path, e);

	if (state > 0)
		sqlite3_reset(stmt);
	return MIN(state, 0);
}

int results_db_number(sqlite3_stmt *stmt, const char *path, int64_t fallback, int64_t *ret,
		      struct error *e)
{
	int state = results_db_row(stmt, path, e);

	if (state < 0)
		return state;
	*ret = fallback;
	if (state > 0) {
		if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
			*ret = sqlite3_column_int64(stmt, 0);
		sqlite3_reset(stmt);
	}
	return 0;
}

int results_db_ask(sqlite3 *db, const char *path, const char *sql, int64_t *ret, struct error *e)
{
	sqlite3_stmt *stmt = NULL;
	int err;

	err = results_db_prepare(db, path, sql, &stmt, e);
	if (err == 0)
		err = results_db_number(stmt, path, 0, ret, e);
	sqlite3_finalize(stmt);
	return err;
}
