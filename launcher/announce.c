/* announce.c - see announce.h. */
#include "launcher/announce.h"

#include "common/buf.h"
#include "common/log.h"
#include "common/problems.h"
#include "launcher/config.h"
#include "launcher/manager.h"
#include "launcher/printer.h"
#include "launcher/resources.h"
#include "launcher/rundir.h"
#include "launcher/table.h"
#include "launcher/text.h"
#include "portmap/listen.h"
#include "portmap/plan.h"

#include <ctype.h>

/* Of the table: no more than a printer takes at once. */
#define ANNOUNCED_BYTES_MAX (PRINTER_BUFFER_BYTES / 2 - 1024)

/* A folder's name may hold anything: nothing in it shall move the cursor. */
static void add_printable(struct buf *ret, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add(ret, iscntrl((unsigned char)*text) ? "?" : text, 1);
}

static void announce_folder(const struct manager_options *o, struct printer *out)
{
	AUTO_BUF struct buf text = BUF_INIT(PRINTER_BUFFER_BYTES / 2);
	char url[ADDRESS_TEXT_BYTES];
	struct address address;

	plan_address(o->plan, 0, &address);
	address_url(&address, url, sizeof(url));
	buf_addf(&text, "%s serves ", url);
	add_printable(&text, o->folder);
	if (o->log_format == LOG_FORMAT_JSON) {
		log_info("%s", buf_text(&text));
		return;
	}
	buf_adds(&text, "\n");
	printer_write(out, buf_text(&text), text.len);
}

static void announce_table(const struct manager_options *o, const struct resources *res,
			   const char *status_url, struct printer *out)
{
	const struct plan *plan = o->plan;
	AUTO_BUF struct buf table = BUF_INIT(ANNOUNCED_BYTES_MAX);
	AUTO_BUF struct buf text = BUF_INIT(PRINTER_BUFFER_BYTES / 2);
	char argument[RUNDIR_ARGUMENT_BYTES];

	rundir_argument(o->rundir, argument, sizeof(argument));
	table_start(plan, res->board, table_wants_colour(STDOUT_FILENO), &table);
	buf_adds(&text, "\n");
	if (table.failed)
		buf_addf(&text, "Too much for a table here: 'eisen plan' shows it.\n");
	else
		buf_add(&text, buf_text(&table), table.len);
	buf_addf(&text,
		 "\n%zu server%s, %zu worker%s. Status: %s  Stop: Ctrl-C or 'eisen stop %s'\n\n",
		 plan->served_count, text_plural(plan->served_count), plan->slot_count,
		 text_plural(plan->slot_count), status_url, argument);
	printer_write(out, buf_text(&text), text.len);
}

/* Standard output is for the results then. */
static void announce_work(const struct manager_options *o, const char *status_url)
{
	size_t workers = o->plan->slot_count, feeders = o->config->work.feeder_count;
	char argument[RUNDIR_ARGUMENT_BYTES];

	rundir_argument(o->rundir, argument, sizeof(argument));
	log_info("%zu worker%s, %zu feeder%s, status: %s, stop: Ctrl-C or 'eisen stop %s'", workers,
		 text_plural(workers), feeders, text_plural(feeders), status_url, argument);
}

void announce(const struct manager_options *o, const struct resources *res, struct printer *out)
{
	const struct plan *plan = o->plan;
	char url[ADDRESS_TEXT_BYTES];

	if (o->folder != NULL)
		announce_folder(o, out);
	address_url(&res->status_address, url, sizeof(url));
	if (plan->served_count == 0 && o->config->work.queue_count > 0)
		announce_work(o, url);
	else if (o->log_format == LOG_FORMAT_JSON)
		log_info("%zu server%s, %zu worker%s, status: %s", plan->served_count,
			 text_plural(plan->served_count), plan->slot_count,
			 text_plural(plan->slot_count), url);
	else
		announce_table(o, res, url, out);
}

void announce_warnings(const struct plan *plan)
{
	struct problems warnings = { 0 };

	listeners_preflight(plan, &warnings);
	for (size_t i = 0; i < warnings.kept; i++)
		log_warning("%s: %s", warnings.list[i].path, warnings.list[i].text);
	problems_release(&warnings);
}
