/* apps.c - an app that cannot bear one of its rows, and a worker that takes
 * and serves what it must not; for test_apps.c. */
#include <eisen.h>

#include <stdlib.h>
#include <string.h>

EISEN_MODULE("what apps and ports do wrong");

/* The app: its row says how it opens. */

static int delicate_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	(void)tb;
	if (server->row_len == 7 && memcmp(server->row, "\"crash\"", 7) == 0)
		abort();
	if (server->row_len == 8 && memcmp(server->row, "\"refuse\"", 8) == 0)
		return -1; /* EPERM */
	*state = strndup(server->row, server->row_len);
	return 0;
}

static void delicate_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	if (strcmp(eisen_request_path(request), "/crash") == 0)
		abort();
	if (strcmp(eisen_request_path(request), "/fault") == 0)
		eisen_reply_header(reply, "Content-Length", "0");
	eisen_reply_body(reply, "application/json", state, strlen(state));
}

extern const eisen_app delicate;

const eisen_app delicate = { .open = delicate_open, .handle = delicate_handle, .close = free };

/* The worker: what the calls give, in a line. */

static void port_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	(void)state;
	(void)request;
	eisen_reply_body(reply, "text/plain", "served", 6);
}

static int port_refuse(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	(void)tb;
	(void)server;
	(void)state;
	return -13; /* EACCES */
}

static const eisen_app port_app = { .handle = port_handle };
static const eisen_app closed_app = { .open = port_refuse, .handle = port_handle };

bool take_ports(eisen_toolbox *tb);

/* Of a group with three free ports. */
bool take_ports(eisen_toolbox *tb)
{
	struct eisen_port port = { .port = 80, .index = 0 }, other;
	int nobody = eisen_port_take(tb, "nobody", &port);
	int untaken = eisen_serve(tb, &port, &port_app, NULL);
	int first = eisen_port_take(tb, "blue", &port);
	int refused = eisen_serve(tb, &port, &closed_app, NULL);
	int served = eisen_serve(tb, &port, &port_app, NULL);
	int twice = eisen_serve(tb, &port, &port_app, NULL);
	int second = eisen_port_take(tb, "blue", &other);
	int third = eisen_port_take(tb, "blue", &other);
	int none = eisen_port_take(tb, "blue", &other);

	eisen_print(tb,
		    "nobody %d untaken %d first %d refused %d served %d twice %d second %d third "
		    "%d none %d",
		    nobody, untaken, first, refused, served, twice, second, third, none);
	return !eisen_sleep(tb, -1);
}

/* A chunk of two rows, and one of one. */

bool put_rows(eisen_toolbox *tb);

bool put_rows(eisen_toolbox *tb)
{
	eisen_queue *queue = eisen_queue_find(tb, "jobs_q");
	json_t *two = json_pack("[s, s]", "a", "b"), *one = json_pack("[s]", "c");

	if (eisen_put(tb, queue, two, -1) < 0 || eisen_put(tb, queue, one, -1) < 0)
		abort();
	json_decref(two);
	json_decref(one);
	return !eisen_sleep(tb, -1);
}

/* An app that serves further ports: one when it is opened, one when it is
 * asked to. */

static eisen_toolbox *toolbox;

static int serve_one_more(void)
{
	struct eisen_port port;
	int r = eisen_port_take(toolbox, "blue", &port);

	return r < 0 ? r : eisen_serve(toolbox, &port, &port_app, NULL);
}

static int opener_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	(void)server;
	(void)state;
	toolbox = tb;
	return serve_one_more();
}

static void opener_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	(void)state;
	(void)request;
	eisen_reply_json(reply, json_integer(serve_one_more()));
}

extern const eisen_app opener;

const eisen_app opener = { .open = opener_open, .handle = opener_handle };
