/* load_args.c - see load_args.h. */
#include "launcher/load_args.h"

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"
#include "common/problems.h"
#include "launcher/load_values.h"
#include "launcher/text.h"
#include "load/compare.h"
#include "load/job.h"
#include "load/url.h"
#include "portmap/group.h"

#include <ctype.h>
#include <string.h>

#define ROUNDS_DEFAULT 10
#define ROUND_DURATION_NS (2 * CLOCK_NS_PER_S)
#define ROUND_WARM_UP_NS (300 * CLOCK_NS_PER_MS)
#define DURATION_MIN_NS (100 * CLOCK_NS_PER_MS)
#define DURATION_MAX_NS (LOAD_DURATION_MAX_S * CLOCK_NS_PER_S)
#define TIMEOUT_MIN_NS CLOCK_NS_PER_MS
#define TIMEOUT_MAX_NS (3600 * CLOCK_NS_PER_S) /* what a histogram of latencies holds */
#define RATE_MIN 0.1
#define LIST_FILE_MAX (64u << 20)
#define HEADERS_MAX 100
#define METHOD_MAX 32

void load_args_init(struct load_args *a)
{
	*a = (struct load_args) { .wish = LOAD_WISH_DEFAULT, .rounds = ROUNDS_DEFAULT };
	a->body = (struct buf)BUF_INIT(REQUEST_BODY_MAX);
}

/* Lists --------------------------------------------------------------------- */

/* Capacity: the next power of two. */
static void add(struct load_strings *s, const char *text, size_t max, const char *option,
		struct problems *p)
{
	const char **items = s->items;

	if (s->count >= max) {
		if (!problems_has(p, option)) /* once is enough */
			problems_error(p, option, "want at most %zu", max);
		return;
	}
	if ((s->count & (s->count - 1)) == 0)
		items = reallocarray(s->items, s->count > 0 ? 2 * s->count : 1, sizeof(*items));
	if (items == NULL) {
		problems_error(p, option, "out of memory");
		return;
	}
	s->items = items;
	s->items[s->count++] = text;
}

/* Values -------------------------------------------------------------------- */

static void take_time(const char *text, uint64_t min, uint64_t max, const char *option,
		      uint64_t *ret, struct problems *p)
{
	char low[TEXT_BYTES], high[TEXT_BYTES];
	uint64_t ns;

	if (!load_value_time(text, &ns)) {
		problems_error(p, option, "want a time as 500ms, 10s or 2m, got '%s'", text);
		return;
	}
	if (ns >= min && ns <= max) {
		*ret = ns;
		return;
	}
	text_duration(low, sizeof(low), min);
	text_duration(high, sizeof(high), max);
	problems_error(p, option, "want a time from %s to %s, got '%s'", low, high, text);
}

static void take_number(const char *text, unsigned min, unsigned max, const char *option,
			unsigned *ret, struct problems *p)
{
	uint64_t value;

	if (number_parse(text, min, max, &value))
		*ret = (unsigned)value;
	else
		problems_error(p, option, "want a number within %u..%u, got '%s'", min, max, text);
}

static void take_rate(const char *text, double *ret, struct problems *p)
{
	double rate;

	if (load_value_rate(text, &rate) && rate >= RATE_MIN && rate <= LOAD_RATE_MAX)
		*ret = rate;
	else
		problems_error(p, "--rate",
			       "want requests per second as 500 or 18.4k, within %g..%d, got '%s'",
			       RATE_MIN, LOAD_RATE_MAX, text);
}

static void take_url(struct load_args *a, const char *text, struct problems *p)
{
	struct error e = { 0 };
	struct url url;

	if (url_parse(&url, text, &e) < 0)
		problems_error(p, "--url", "%s", e.text);
	add(&a->urls, text, LOAD_TARGETS_MAX, "--url", p);
}

/* One part of a request, as request.c takes it. */
static void check_part(const struct request_options *part, const char *option, struct problems *p)
{
	struct load_request *request = NULL;
	struct error e = { 0 };

	if (load_request_new(&request, part, &e) < 0)
		problems_error(p, option, "%s", e.text);
	load_request_free(request);
}

static void take_header(struct load_args *a, const char *text, struct problems *p)
{
	check_part(&(struct request_options) { .headers = &text, .header_count = 1 }, "--header",
		   p);
	add(&a->headers, text, HEADERS_MAX, "--header", p);
}

static void take_path(struct load_args *a, const char *text, struct problems *p)
{
	check_part(&(struct request_options) { .paths = &text, .path_count = 1 }, "--path", p);
	add(&a->paths, text, REQUEST_PATHS_MAX, "--path", p);
}

/* The whole file; false when it was told why not. */
static bool read_file(const char *file, const char *option, struct buf *ret, struct problems *p)
{
	struct error e = { 0 };
	int r;

	if (file[0] == '\0') {
		problems_error(p, option, "want a file's name, got ''");
		return false;
	}
	r = fd_read_file(file, ret, &e);
	if (r == -EFBIG)
		problems_error(p, option, "%s: want at most %zu bytes", file, ret->max);
	else if (r < 0)
		problems_error(p, option, "%s", e.text);
	return r == 0;
}

static void take_list(struct load_args *a, const char *file, struct problems *p)
{
	AUTO_BUF struct buf text = BUF_INIT(LIST_FILE_MAX);
	struct error e = { 0 };
	size_t count = 0;

	if (a->listed != NULL) {
		problems_error(p, "--paths", "one FILE only; --path adds single ones");
		return;
	}
	if (!read_file(file, "--paths", &text, p))
		return;
	if (load_request_read_paths(buf_text(&text), text.len, &a->listed, &count, &e) < 0)
		problems_error(p, "--paths", "%s: %s", file, e.text);
	for (size_t i = 0; i < count; i++)
		add(&a->paths, a->listed[i], REQUEST_PATHS_MAX, "--paths", p);
}

/* "@FILE", or the text itself. */
static void take_body(struct load_args *a, const char *text, struct problems *p)
{
	struct request_options *request = &a->wish.request;

	if (request->body != NULL) {
		problems_error(p, "--body", "one only");
		return;
	}
	request->body = text;
	request->body_bytes = strlen(text);
	if (text[0] == '@') {
		read_file(text + 1, "--body", &a->body, p);
		request->body = buf_text(&a->body);
		request->body_bytes = a->body.len;
	}
	if (request->body_bytes > REQUEST_BODY_MAX)
		problems_error(p, "--body", "want at most %u bytes", REQUEST_BODY_MAX);
}

static void take_groups(struct load_args *a, const char *text, struct problems *p)
{
	char *rest, *name;

	if (a->groups_text != NULL) {
		problems_error(p, "--groups", "once only, with commas between the names");
		return;
	}
	a->groups_text = strdup(text);
	rest = a->groups_text;
	if (rest == NULL) {
		problems_error(p, "--groups", "out of memory");
		return;
	}
	while ((name = strsep(&rest, ",")) != NULL) {
		if (name[0] == '\0') {
			problems_error(p, "--groups", "want names with commas between, got '%s'",
				       text);
			return; /* once is enough */
		}
		add(&a->groups, name, GROUPS_MAX, "--groups", p);
	}
}

static void take_method(struct load_args *a, const char *text, struct problems *p)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)text[i]) && text[i] != '-')
			len = 0;
	if (len == 0 || len > METHOD_MAX)
		problems_error(p, "--method", "want a method as GET, POST or DELETE, got '%s'",
			       text);
	else
		check_part(&(struct request_options) { .method = text }, "--method", p);
	a->wish.request.method = text;
}

static void take_time_of(struct load_args *a, enum load_option option, const char *text,
			 struct problems *p)
{
	struct load_wish *w = &a->wish;

	if (option == LOAD_OPT_DURATION) {
		a->own_duration = true;
		take_time(text, DURATION_MIN_NS, DURATION_MAX_NS, "--duration", &w->duration_ns, p);
	} else if (option == LOAD_OPT_WARM_UP) {
		a->own_warm_up = true;
		take_time(text, 0, DURATION_MAX_NS, "--warm-up", &w->warm_up_ns, p);
	} else {
		take_time(text, TIMEOUT_MIN_NS, TIMEOUT_MAX_NS, "--timeout", &w->timeout_ns, p);
	}
}

void load_args_take(struct load_args *a, enum load_option option, const char *text,
		    struct problems *p)
{
	switch (option) {
	case LOAD_OPT_ATTACH:
		a->source.attach = true;
		return;
	case LOAD_OPT_RUN_DIR:
		a->source.instance.run_dir = text;
		return;
	case LOAD_OPT_URL:
		take_url(a, text, p);
		return;
	case LOAD_OPT_COMPARE:
		a->compare = true;
		return;
	case LOAD_OPT_ROUNDS:
		a->own_rounds = true;
		take_number(text, COMPARE_ROUNDS_MIN, COMPARE_ROUNDS_MAX, "--rounds", &a->rounds,
			    p);
		return;
	case LOAD_OPT_DURATION:
	case LOAD_OPT_WARM_UP:
	case LOAD_OPT_TIMEOUT:
		take_time_of(a, option, text, p);
		return;
	case LOAD_OPT_CONNECTIONS:
		take_number(text, 1, LOAD_CONNECTIONS_MAX, "--connections", &a->wish.connections,
			    p);
		return;
	case LOAD_OPT_THREADS:
		take_number(text, 1, LOAD_THREADS_MAX, "--threads", &a->wish.threads, p);
		return;
	case LOAD_OPT_RATE:
		take_rate(text, &a->wish.rate, p);
		return;
	case LOAD_OPT_CLOSE:
		a->wish.request.close = true;
		return;
	case LOAD_OPT_PATH:
		take_path(a, text, p);
		return;
	case LOAD_OPT_PATHS:
		take_list(a, text, p);
		return;
	case LOAD_OPT_METHOD:
		take_method(a, text, p);
		return;
	case LOAD_OPT_HEADER:
		take_header(a, text, p);
		return;
	case LOAD_OPT_BODY:
		take_body(a, text, p);
		return;
	case LOAD_OPT_GROUPS:
		take_groups(a, text, p);
		return;
	case LOAD_OPT_NAME:
		add(&a->names, text, LOAD_COMPARE_MAX, "", p);
		return;
	}
}

/* All together -------------------------------------------------------------- */

static void check_sources(const struct load_args *a, struct problems *p)
{
	bool urls = a->urls.count > 0;

	if (a->source.attach + a->compare + urls > 1)
		problems_error(p, "", "--attach, --url and --compare exclude each other");
	else if (urls && a->names.count > 0)
		problems_error(p, "", "either --url or FILE, got '%s' as well", a->names.items[0]);
	else if (!a->source.attach && !a->compare && a->names.count > 1 &&
		 strcmp(a->names.items[0], "report") == 0)
		problems_error(p, "",
			       "want options behind it: eisen load report FILE... [OPTION...]");
	else if (a->compare && a->names.count < 2)
		problems_error(p, "--compare", "want two layouts or more, as A.json B.json");
	else if (!a->compare && a->names.count > 1)
		problems_error(p, "", "one %s only, got '%s' and '%s'; --compare takes several",
			       a->source.attach ? "NAME" : "FILE or DIR", a->names.items[0],
			       a->names.items[1]);
	if (a->source.instance.run_dir != NULL && !a->source.attach)
		problems_error(p, "--run-dir", "is of the running instance that --attach is for");
	if (urls && a->groups.count > 0)
		problems_error(p, "--groups", "a server of --url has none");
}

static void check_compare(const struct load_args *a, struct problems *p)
{
	if (a->own_rounds && !a->compare)
		problems_error(p, "--rounds", "is for --compare");
	for (size_t i = 0; a->compare && i < a->names.count; i++)
		if (strcmp(a->names.items[i], "-") == 0)
			problems_error(p, "--compare",
				       "reads each layout again and again: no standard input");
}

/* Its parts are fine; are they together? */
static void check_request(const struct load_args *a, struct problems *p)
{
	if (a->wish.connections > 0 && a->wish.threads > a->wish.connections)
		problems_error(p, "--threads", "want at most one a connection, got %u for %u",
			       a->wish.threads, a->wish.connections);
	if (p->errors == 0)
		check_part(&a->wish.request, "", p);
}

static void choose_source(struct load_args *a, struct problems *p)
{
	struct load_source *source = &a->source;

	source->urls = a->urls.items;
	source->url_count = a->urls.count;
	if (a->compare || a->names.count == 0)
		return;
	if (!source->attach)
		source->file = a->names.items[0];
	else if (rundir_name_valid(a->names.items[0]))
		source->instance.name = a->names.items[0];
	else
		problems_error(p, "--attach", "'%s' is no instance's name", a->names.items[0]);
}

void load_args_finish(struct load_args *a, struct problems *p)
{
	struct load_wish *w = &a->wish;

	if (a->compare && !a->own_duration)
		w->duration_ns = ROUND_DURATION_NS;
	if (a->compare && !a->own_warm_up)
		w->warm_up_ns = ROUND_WARM_UP_NS;
	w->request.paths = a->paths.items;
	w->request.path_count = a->paths.count;
	w->request.headers = a->headers.items;
	w->request.header_count = a->headers.count;
	w->groups = a->groups.items;
	w->group_count = a->groups.count;
	choose_source(a, p);
	check_sources(a, p);
	check_compare(a, p);
	check_request(a, p);
}

void load_args_release(struct load_args *a)
{
	free(a->names.items);
	free(a->urls.items);
	free(a->paths.items);
	free(a->headers.items);
	free(a->groups.items);
	buf_release(&a->body);
	free(a->listed);
	free(a->groups_text);
}
