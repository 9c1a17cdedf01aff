/* load_result.c - see load_result.h. */
#include "launcher/load_result.h"

#include "common/buf.h"
#include "common/error.h"
#include "common/problems.h"
#include "launcher/cli.h"
#include "launcher/load_output.h"
#include "load/html.h"
#include "load/report.h"

#include <math.h>
#include <string.h>

#define JSON_MARK "{\"eisen_load" /* what every document of ours begins with, and no config */

enum { OPT_JSON = 512, OPT_HTML, OPT_FAIL_IF };

static const struct argp_option options[] = {
	{ "json", OPT_JSON, "FILE", 0,
	  "Write the document there; \"-\": print it instead of the tables", 4 },
	{ "html", OPT_HTML, "FILE", 0,
	  "Write a page with plots there, one file that needs nothing else", 4 },
	{ "fail-if", OPT_FAIL_IF, "CONDITION", 0,
	  "Exit with 1 when it holds, as 'p99>5ms', 'errors>0', 'errors>0.1%', 'rate<5000'; again "
	  "and again",
	  4 },
	{ "verbose", 'v', NULL, 0, "A row for each port as well", 4 },
	{ "quiet", 'q', NULL, 0, "No tables and no progress", 4 },
	{ 0 },
};

static void take_threshold(struct load_result_wish *wish, const char *text)
{
	struct error e = { 0 };

	if (wish->threshold_count == THRESHOLDS_MAX)
		problems_error(wish->problems, "--fail-if", "want at most %d", THRESHOLDS_MAX);
	else if (threshold_parse(&wish->thresholds[wish->threshold_count], text, &e) < 0)
		problems_error(wish->problems, "--fail-if", "%s", e.text);
	else
		wish->threshold_count++;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct load_result_wish *wish = state->input;

	switch (key) {
	case OPT_JSON:
		wish->json = arg;
		return 0;
	case OPT_HTML:
		wish->html = arg;
		return 0;
	case OPT_FAIL_IF:
		take_threshold(wish, arg);
		return 0;
	case 'v':
		wish->verbose = true;
		return 0;
	case 'q':
		wish->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp load_result_argp = { .options = options, .parser = parse };

/* Before the run ------------------------------------------------------------ */

static bool is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

bool load_result_shows(const struct load_result_wish *wish)
{
	return !wish->quiet && !is_stdout(wish->json) && !is_stdout(wish->html);
}

static void check_output(const char *path, const char *mark, const char *option,
			 const char *const *inputs, size_t count, struct problems *p)
{
	struct error e = { 0 };

	if (path == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(path, "-") != 0 && load_output_same(path, inputs[i])) {
			problems_error(p, option, "%s is what is read: it is not overwritten",
				       path);
			return;
		}
	}
	if (load_output_check(path, mark, &e) < 0)
		problems_error(p, option, "%s", e.text);
}

void load_result_check(const struct load_result_wish *wish, const char *const *inputs, size_t count,
		       struct problems *p)
{
	check_output(wish->json, JSON_MARK, "--json", inputs, count, p);
	check_output(wish->html, HTML_MARK, "--html", inputs, count, p);
	if (wish->json != NULL && wish->html != NULL && load_output_same(wish->json, wish->html))
		problems_error(p, "--html", "want another file than --json");
}

/* After it ------------------------------------------------------------------ */

static int check_thresholds(const struct load_result_wish *wish, json_t *document)
{
	json_t *list = json_array();
	int status = CLI_OK;

	for (size_t i = 0; i < wish->threshold_count; i++) {
		const struct threshold *t = &wish->thresholds[i];
		char seen[THRESHOLD_TEXT_BYTES];
		double value = NAN;
		bool crossed = threshold_crossed(t, document, &value);

		json_array_append_new(list, json_pack("{s:s, s:o, s:b}", "text", t->text, "value",
						      isnan(value) ? json_null() : json_real(value),
						      "crossed", crossed));
		if (!crossed)
			continue;
		threshold_show(t, value, seen, sizeof(seen));
		cli_error("--fail-if '%s' holds: %s", t->text, seen);
		status = CLI_FAILED;
	}
	if (wish->threshold_count > 0)
		json_object_set(document, "thresholds", list);
	json_decref(list);
	return status;
}

static int write_text(const char *path, const struct buf *text)
{
	struct error e = { 0 };

	if (text->failed)
		cli_error("%s: the document is larger than %zu bytes, or memory ran out", path,
			  text->max);
	else if (load_output_write(path, buf_text(text), text->len, &e) == 0)
		return CLI_OK;
	else
		cli_error("%s", e.text);
	return CLI_FAILED;
}

static int add_bytes(const char *bytes, size_t len, void *arg)
{
	buf_add(arg, bytes, len);
	return 0;
}

/* In one line: a histogram in it has thousands of numbers. */
static int write_json(const char *path, const json_t *document)
{
	AUTO_BUF struct buf text = BUF_INIT(REPORT_BYTES_MAX);

	if (json_dump_callback(document, add_bytes, &text, JSON_COMPACT) < 0) {
		cli_error("%s: out of memory", path);
		return CLI_FAILED;
	}
	buf_adds(&text, "\n");
	return write_text(path, &text);
}

static int write_html(const char *path, const json_t *document)
{
	AUTO_BUF struct buf text = BUF_INIT(HTML_BYTES_MAX);

	html_write(document, &text);
	return write_text(path, &text);
}

int load_result(const struct load_result_wish *wish, json_t *document, const struct buf *text)
{
	int status = check_thresholds(wish, document);

	if (load_result_shows(wish) && cli_print(text) != CLI_OK)
		status = CLI_FAILED;
	if (wish->json != NULL && write_json(wish->json, document) != CLI_OK)
		status = CLI_FAILED;
	if (wish->html != NULL && write_html(wish->html, document) != CLI_OK)
		status = CLI_FAILED;
	return status;
}
