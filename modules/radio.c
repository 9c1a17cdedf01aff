/* radio.c - a page for each radio: an app whose servers keep a row.
 *
 *	{"group": "blue", "app": {"kind": "module", "path": "radio", "work": "mp_input_q"}}
 *
 * With "work" each server takes one row of that queue when it starts, keeps it
 * for as long as its slot lives, and gets it in open(). Here a row is an object
 * with a "name" and whatever else is known; "stream" is played, links are
 * links. The page is the same for as long as the server lives: it is made
 * once. /api/row is the row itself.
 */
#include <eisen.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EISEN_MODULE("a page for the row that a server keeps, in its group's colour");

struct radio {
	char *row; /* JSON text */
	size_t row_len;
	char *page; /* HTML */
	size_t page_len;
};

static const char css[] =
	":root{color-scheme:light dark}"
	"body{margin:0;font:1.05rem/1.6 system-ui,sans-serif;background:Canvas;color:CanvasText}"
	"header{background:var(--c);color:#fff;padding:3.5rem 1.5rem 2rem}"
	"header>*,main{max-width:44rem;margin-inline:auto}"
	"h1{font-size:clamp(2rem,7vw,3.6rem);line-height:1.1;margin-block:0 .4rem}"
	"header p{margin-block:0;opacity:.9}"
	"main{padding:1.5rem}"
	"audio{width:100%;margin-block:.5rem 1.5rem}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.5rem 1.5rem;margin:0}"
	"dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}"
	"a{color:inherit;text-decoration-color:var(--c);text-decoration-thickness:.14em}"
	"footer{max-width:44rem;margin:2rem auto;padding:0 1.5rem;font-size:.85rem;opacity:.7}";

/* What comes from elsewhere is text, never markup. */
static void escape(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

/* Dark enough for white text on it; another name gets a hue of its own. */
static void colour(FILE *out, const char *group)
{
	static const struct {
		const char *name, *css;
	} known[] = {
		{ "blue", "#1f5fb8" },    { "yellow", "#8a6a00" }, { "green", "#1f7a3d" },
		{ "red", "#b3262e" },     { "orange", "#a84e0c" }, { "purple", "#6f3aa0" },
		{ "magenta", "#a1297d" }, { "cyan", "#0d6e7a" },
	};
	unsigned hue = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(group, known[i].name) == 0) {
			fputs(known[i].css, out);
			return;
		}
	}
	for (; *group != '\0'; group++)
		hue = hue * 31 + (unsigned char)*group;
	fprintf(out, "hsl(%u 60%% 32%%)", hue % 360);
}

/* Only such addresses are made links: "javascript:" is an address as well. */
static bool is_link(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void add_value(FILE *out, const json_t *value)
{
	const char *text = json_string_value(value);
	char *json = text == NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	fputs("<dd>", out);
	if (text != NULL && is_link(text)) {
		fputs("<a rel=\"noreferrer\" href=\"", out);
		escape(out, text);
		fputs("\">", out);
	}
	escape(out, text != NULL ? text : json != NULL ? json : "");
	if (text != NULL && is_link(text))
		fputs("</a>", out);
	fputs("</dd>", out);
	free(json);
}

static void add_facts(FILE *out, json_t *row)
{
	const char *stream = json_string_value(json_object_get(row, "stream"));
	const char *key;
	json_t *value;

	if (stream != NULL && is_link(stream)) {
		fputs("<audio controls preload=\"none\" src=\"", out);
		escape(out, stream);
		fputs("\"></audio>", out);
	}
	fputs("<dl>", out);
	json_object_foreach(row, key, value)
	{
		if (strcmp(key, "name") == 0)
			continue;
		fputs("<dt>", out);
		escape(out, key);
		fputs("</dt>", out);
		add_value(out, value);
	}
	fputs("</dl>", out);
}

/* A row that is a string is a name. */
static const char *name_of(const json_t *row)
{
	const char *name =
		json_string_value(json_is_object(row) ? json_object_get(row, "name") : row);

	return name != NULL ? name : "A radio without a name";
}

static void add_page(FILE *out, const struct eisen_server *server, json_t *row)
{
	fputs("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">"
	      "<link rel=\"icon\" href=\"data:,\"><title>",
	      out);
	escape(out, name_of(row));
	fprintf(out, "</title><style>%s:root{--c:", css);
	colour(out, server->group);
	fputs("}</style></head><body><header><h1>", out);
	escape(out, name_of(row));
	fputs("</h1><p>", out);
	escape(out, server->group);
	fprintf(out, " · port %u</p></header><main>", server->port);
	if (json_is_object(row))
		add_facts(out, row);
	fputs("</main><footer>The same as JSON: <a href=\"/api/row\">/api/row</a></footer>"
	      "</body></html>\n",
	      out);
}

static void radio_close(void *state)
{
	struct radio *radio = state;

	free(radio->row);
	free(radio->page);
	free(radio);
}

static int make_page(struct radio *radio, const struct eisen_server *server)
{
	json_t *row = json_loadb(server->row, server->row_len, JSON_DECODE_ANY, NULL);
	FILE *out = open_memstream(&radio->page, &radio->page_len);
	int r = -EINVAL;

	if (row != NULL && out != NULL)
		add_page(out, server, row);
	if (out != NULL && fclose(out) == 0 && row != NULL)
		r = 0;
	json_decref(row);
	return r;
}

static int radio_open(eisen_toolbox *tb, const struct eisen_server *server, void **state)
{
	struct radio *radio = calloc(1, sizeof(*radio));

	if (radio == NULL)
		return -ENOMEM;
	if (server->row != NULL)
		radio->row = strndup(server->row, server->row_len);
	radio->row_len = server->row_len;
	if (radio->row == NULL || make_page(radio, server) < 0) {
		eisen_print(tb, "radio: port %u has no row: give its app \"work\": \"mp_input_q\"",
			    server->port);
		radio_close(radio);
		return -EINVAL;
	}
	eisen_print(tb, "%s:%u plays %.*s", server->ip, server->port, (int)server->row_len,
		    server->row);
	*state = radio;
	return 0;
}

static void radio_handle(void *state, const eisen_request *request, eisen_reply *reply)
{
	const struct radio *radio = state;
	const char *method = eisen_request_method(request), *path = eisen_request_path(request);

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		eisen_reply_status(reply, 405);
		eisen_reply_header(reply, "Allow", "GET, HEAD");
	} else if (strcmp(path, "/") == 0) {
		/* Nothing but what is in the page, and what is played. */
		eisen_reply_header(reply, "Content-Security-Policy",
				   "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
				   "media-src http: https:; base-uri 'none'; form-action 'none'; "
				   "frame-ancestors 'none'");
		eisen_reply_body(reply, "text/html; charset=utf-8", radio->page, radio->page_len);
	} else if (strcmp(path, "/api/row") == 0) {
		eisen_reply_body(reply, "application/json", radio->row, radio->row_len);
	} else {
		eisen_reply_status(reply, 404);
	}
}

extern const eisen_app app; /* the entry's name, unless "entry" says another */

const eisen_app app = { .open = radio_open, .handle = radio_handle, .close = radio_close };
