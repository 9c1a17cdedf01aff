/* seed_ports.c - one or more servers on each core, by colour.
 *
 * The port group worker as a module: it looks its START_SEQUENCE_NUM up in the
 * lists of the configuration, takes a port of that colour, like list.pop(), and
 * serves there.
 *
 *	"kwargs": {"blue_lst": [0], "yellow_lst": [1], "green_lst": [2],
 *	           "servers_each": 2}
 *
 * eisen gives a worker its ports by itself ("servers" in the configuration);
 * this is for a module that wants to choose.
 */
#include <eisen.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("takes ports by colour and serves on them");

static const char *const colours[] = { "blue", "yellow", "green" };

/* The server -------------------------------------------------------------- */

struct hello {
	const struct eisen_server *server; /* lives as long as the server does */
	int start_sequence_num;
	pid_t pid;
	json_t *colour; /* of the settings */
};

/* One for each server; handle() is called on the serving thread. */
static int hello_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	struct hello *hello = calloc(1, sizeof(*hello));

	if (hello == NULL)
		return -ENOMEM;
	hello->server = server;
	hello->start_sequence_num = eisen_start_sequence_num(tb);
	hello->pid = eisen_worker_pid(tb);
	hello->colour = json_object_get(server->settings, "colour");
	*state = hello;
	return 0;
}

static void hello_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	const struct hello *hello = state;

	eisen_reply_json(reply, json_pack("{s:s, s:O, s:i, s:i, s:i}", "path",
					  eisen_request_path(request), "colour", hello->colour,
					  "port", (int)hello->server->port, "START_SEQUENCE_NUM",
					  hello->start_sequence_num, "pid", (int)hello->pid));
}

static const eisen_app hello_app = { .open = hello_open, .handle = hello_handle, .close = free };

/* The worker -------------------------------------------------------------- */

static bool is_in(const json_t *list, int number)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		if (json_integer_value(item) == number)
			return true;
	}
	return false;
}

/* NULL: in none of the lists. */
static const char *colour_of(const eisen_toolbox *tb)
{
	char key[32];

	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
		snprintf(key, sizeof(key), "%s_lst", colours[i]);
		if (is_in(json_object_get(eisen_kwargs(tb), key), eisen_start_sequence_num(tb)))
			return colours[i];
	}
	return NULL;
}

static int serve_one(eisen_toolbox *tb, const char *colour)
{
	json_t *settings = json_pack("{s:s}", "colour", colour);
	struct eisen_port port;
	int r = eisen_port_take(tb, colour, &port);

	if (r == 0)
		r = eisen_serve(tb, &port, &hello_app, settings);
	if (r == 0)
		eisen_print(tb, "%s serves %s:%u", eisen_worker_name(tb), port.ip, port.port);
	json_decref(settings);
	return r;
}

extern eisen_worker_fn worker_entrance;

/* The servers run beside it: it has nothing to do but to wait for its end. */
bool worker_entrance(eisen_toolbox *tb)
{
	json_int_t each = json_integer_value(json_object_get(eisen_kwargs(tb), "servers_each"));
	const char *colour = colour_of(tb);
	int r = colour != NULL ? 0 : -ENOENT;

	for (json_int_t i = 0; i < (each > 0 ? each : 1) && r == 0; i++)
		r = serve_one(tb, colour);
	if (r == 0)
		return !eisen_sleep(tb, -1);
	eisen_print(tb, "%s: %s", eisen_worker_name(tb),
		    colour == NULL ? "START_SEQUENCE_NUM is in no colour's list" : strerror(-r));
	return false; /* there is no more to do: eisen does not start it again */
}
