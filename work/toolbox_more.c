/* toolbox_more.c - tools, ports, servers, words and progress for a module. */
#include "work/toolbox_impl.h"

#include "common/buf.h"
#include "common/cc.h"
#include "common/utf8.h"
#include "queues/tools.h"

#include <string.h>

#define PRINT_BYTES_MAX (64u << 10)

static void complain_of_tool(eisen_toolbox *tb, const char *name)
{
	const struct tools *tools = tb->spec.tools;
	AUTO_BUF struct buf all = BUF_INIT(512);

	for (size_t i = 0; tools != NULL && i < tools->count; i++)
		buf_addf(&all, "%s%s", i == 0 ? "" : ", ", tools->list[i].name);
	toolbox_complain(tb, "eisen_tool: no tool is called \"%.100s\"; there are: %s", name,
			 all.len == 0 ? "none" : buf_text(&all));
}

const void *eisen_tool(eisen_toolbox *tb, const char *name, size_t *ret_len)
{
	const struct tool *tool;

	if (tb == NULL || name == NULL)
		return NULL;
	tool = tb->spec.tools == NULL ? NULL : tools_find(tb->spec.tools, name);
	if (tool == NULL) {
		complain_of_tool(tb, name);
		return NULL;
	}
	if (ret_len != NULL)
		*ret_len = tool->bytes;
	return tool->at == NULL ? "" : tool->at;
}

int eisen_port_take(eisen_toolbox *tb, const char *group, struct eisen_port *ret)
{
	if (tb == NULL || group == NULL || ret == NULL)
		return -EINVAL;
	if (tb->spec.ops->port_take == NULL)
		return -ENOTSUP;
	return tb->spec.ops->port_take(tb->spec.arg, group, ret);
}

int eisen_serve(eisen_toolbox *tb, const struct eisen_port *port, const eisen_app *app,
		json_t *settings)
{
	if (tb == NULL)
		return -EINVAL;
	if (port == NULL || app == NULL || app->handle == NULL) {
		toolbox_complain(tb, "eisen_serve: want a port and an app with handle()");
		return -EINVAL;
	}
	if (tb->spec.ops->serve == NULL)
		return -ENOTSUP;
	return tb->spec.ops->serve(tb->spec.arg, tb, port, app, settings);
}

/* Longer than a buffer on the stack: rare. */
static void print_long(eisen_toolbox *tb, const char *fmt, va_list args) ATTR_PRINTF(2, 0);
static void print_long(eisen_toolbox *tb, const char *fmt, va_list args)
{
	AUTO_FREE char *text = NULL;
	int len = vasprintf(&text, fmt, args);

	if (len < 0)
		return;
	if (len > (int)PRINT_BYTES_MAX)
		len = (int)utf8_trim(text, PRINT_BYTES_MAX);
	tb->spec.ops->print(tb->spec.arg, text, (size_t)len);
}

void eisen_print(eisen_toolbox *tb, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int len;

	if (tb == NULL || fmt == NULL || tb->spec.ops->print == NULL)
		return;
	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len < sizeof(text)) {
		len -= len > 0 && text[len - 1] == '\n';
		tb->spec.ops->print(tb->spec.arg, text, (size_t)len);
		return;
	}
	va_start(args, fmt);
	print_long(tb, fmt, args);
	va_end(args);
}

/* Counted now, and not once more when the chunk is finished. */
void eisen_rows_done(eisen_toolbox *tb, uint64_t rows)
{
	if (tb == NULL)
		return;
	atomic_fetch_add(&tb->rows_ahead, rows);
	toolbox_count(tb->spec.counters.rows, rows);
}
