/* scripted_server.h - a server that does right or wrong by a script.
 *
 * On a thread of its own, on an address of the test's own. It counts what it
 * was asked, for comparison with what a client says it was told.
 */
#ifndef TESTS_UNIT_SCRIPTED_SERVER_H
#define TESTS_UNIT_SCRIPTED_SERVER_H

#include "portmap/address.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRIPT_HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

#define SCRIPT_CONNS_MAX 64
#define SCRIPT_LINES_MAX 4
#define SCRIPT_LINE_BYTES 16

typedef void scripted_stop_fn(void *arg);

enum script_end {
	SCRIPT_KEEP,
	SCRIPT_CLOSE, /* the end comes in one segment with the reply */
	SCRIPT_RESET,
};

struct script {
	const char *greeting; /* sent at once; NULL: none */
	const char *reply;    /* to each request; NULL: none */
	enum script_end end;  /* after each reply */
	bool ends_at_once;    /* after the greeting */
	bool holds;           /* replies wait for scripted_server_release() */
	char last;            /* byte of a request; 0: it ends with the first empty line */
	const char *extra;    /* on release, to all connections; NULL: none */
	enum script_end extra_end;
	uint64_t stop_after; /* requests: then the server's stop(stop_arg); 0: never */
};

struct scripted_conn {
	int fd;     /* -1: none */
	size_t got; /* bytes of the request */
	unsigned blank;
	bool owed; /* a reply */
};

struct scripted_server {
	struct script script;
	struct address address;
	int listening, wake;
	pthread_t thread;
	_Atomic bool released, quits;
	bool extra_sent;
	_Atomic uint64_t accepted, requests, replies, received;
	_Atomic(scripted_stop_fn *) stop;
	_Atomic(void *) stop_arg;
	struct scripted_conn conns[SCRIPT_CONNS_MAX];
	char lines[SCRIPT_LINES_MAX][SCRIPT_LINE_BYTES]; /* how the first requests begin */
};

/* address NULL: TCP, the test's own address and a free port. */
void scripted_server_start(struct scripted_server *s, const struct script *script,
			   const struct address *address);
/* Replies that are held, and the extra. */
void scripted_server_release(struct scripted_server *s);

/* Join, close. Counts and lines stay. */
void scripted_server_end(struct scripted_server *s);

#endif
