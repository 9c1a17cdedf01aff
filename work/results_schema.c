/* results_schema.c - see results_schema.h.
 *
 * The tables are made before the file goes over to WAL mode, so that the
 * marks that it is ours are in the file itself from its first moment.
 */
#include "work/results_schema.h"

#include "common/cc.h"
#include "common/error.h"
#include "work/results_db.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x4569736e /* "Eisn" */
#define SCHEMA_VERSION 1

/* SQLite's database header, https://www.sqlite.org/fileformat2.html 1.3 */
#define HEADER_BYTES 100
#define HEADER_MAGIC "SQLite format 3" /* its NUL included */
#define HEADER_APPLICATION_ID 68       /* 4 bytes, big-endian */

static const char tables[] =
	"PRAGMA page_size = 8192;"
	"BEGIN IMMEDIATE;"
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE queue ("
	"  id INTEGER PRIMARY KEY,"
	"  name TEXT NOT NULL UNIQUE," /* as printed: mp_input_q (default) */
	"  alias TEXT,"
	"  fingerprint TEXT,"
	"  expected_rows INTEGER," /* null: unknown */
	"  rows_max INTEGER NOT NULL,"
	"  issued INTEGER NOT NULL DEFAULT 0,"
	"  done INTEGER NOT NULL DEFAULT 0,"
	"  dead INTEGER NOT NULL DEFAULT 0,"
	"  evicted INTEGER NOT NULL DEFAULT 0,"
	"  rows INTEGER NOT NULL DEFAULT 0,"
	"  bytes INTEGER NOT NULL DEFAULT 0,"
	"  dead_bytes INTEGER NOT NULL DEFAULT 0"
	");"
	"CREATE TABLE result ("
	"  queue INTEGER NOT NULL,"
	"  ticket INTEGER NOT NULL,"
	"  rows INTEGER NOT NULL,"
	"  value TEXT NOT NULL," /* JSON */
	"  PRIMARY KEY (queue, ticket)"
	") WITHOUT ROWID;"
	"CREATE TABLE dead ("
	"  queue INTEGER NOT NULL,"
	"  ticket INTEGER NOT NULL,"
	"  attempts INTEGER NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  rows INTEGER NOT NULL,"
	"  value TEXT," /* its rows, one a line; null: left out */
	"  PRIMARY KEY (queue, ticket)"
	") WITHOUT ROWID;"
	/* By the last, so that the range of a ticket is found by the first >= it. */
	"CREATE TABLE evicted ("
	"  queue INTEGER NOT NULL,"
	"  last INTEGER NOT NULL,"
	"  first INTEGER NOT NULL,"
	"  rows INTEGER NOT NULL," /* of each */
	"  PRIMARY KEY (queue, last)"
	") WITHOUT ROWID;";

int results_schema_create(sqlite3 *db, const char *path, struct error *e)
{
	char marks[128];
	int err;

	snprintf(marks, sizeof(marks),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION_ID,
		 SCHEMA_VERSION);
	err = results_db_exec(db, path, tables, e);
	if (err == 0)
		err = results_db_exec(db, path, marks, e);
	if (err < 0 && !sqlite3_get_autocommit(db))
		results_db_exec(db, path, "ROLLBACK", NULL);
	return err;
}

int results_schema_check(sqlite3 *db, const char *path, bool *ret_empty, struct error *e)
{
	int64_t application_id = 0, version = 0, objects = 0;
	int err;

	err = results_db_ask(db, path, "PRAGMA application_id", &application_id, e);
	if (err == 0)
		err = results_db_ask(db, path, "PRAGMA user_version", &version, e);
	if (err == 0)
		err = results_db_ask(db, path, "SELECT count(*) FROM sqlite_master", &objects, e);
	if (err < 0)
		return err;
	if (application_id == 0 && version == 0 && objects == 0) {
		*ret_empty = true;
		return 0;
	}
	if (application_id != APPLICATION_ID)
		return error_set(
			e, EMEDIUMTYPE,
			"%s: a database, but not of eisen's results; set another results_db", path);
	if (version != SCHEMA_VERSION)
		return error_set(
			e, EPROTO,
			"%s: results of version %lld, this eisen has version %d; read them "
			"with the eisen that wrote them, or begin anew with --fresh",
			path, (long long)version, SCHEMA_VERSION);
	*ret_empty = false;
	return 0;
}

int results_schema_is_ours(const char *path, struct error *e)
{
	static const unsigned char mark[4] = { APPLICATION_ID >> 24, APPLICATION_ID >> 16 & 0xff,
					       APPLICATION_ID >> 8 & 0xff, APPLICATION_ID & 0xff };
	/* Not blocking: it may be a pipe. */
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char header[HEADER_BYTES];
	struct stat st;
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(e, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return error_set(e, EMEDIUMTYPE, "%s: is no regular file, and not removed", path);
	len = pread(fd, header, sizeof(header), 0);
	if (len == 0)
		return 1;
	if (len != HEADER_BYTES || memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0 ||
	    memcmp(header + HEADER_APPLICATION_ID, mark, sizeof(mark)) != 0)
		return error_set(e, EMEDIUMTYPE,
				 "%s: not a file of eisen's results, and not removed; set another "
				 "results_db, or move it away",
				 path);
	return 1;
}
