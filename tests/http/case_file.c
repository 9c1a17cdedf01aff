/* case_file.c - see case_file.h. */
#include "tests/http/case_file.h"

#include "common/buf.h"
#include "common/number.h"
#include "tests/http/answer.h"

#include <string.h>

#define TEXT_MAX (4u << 20) /* bytes of one text */
#define ALL_APPS UINT32_MAX

struct reader {
	struct case_file *file;
	const json_t *apps;
	uint32_t default_apps;
	unsigned line;
	bool failed;
};

static void complain(struct reader *r, const char *what, const char *about)
{
	fprintf(stderr, "%s:%u: %s: %s\n", r->file->path, r->line, what, about);
	r->failed = true;
}

/* The bit of the app whose name is the first len bytes; 0: none. */
static uint32_t app_bit(const struct reader *r, const char *name, size_t len)
{
	const char *key;
	json_t *value;
	uint32_t bit = 1;

	json_object_foreach((json_t *)r->apps, key, value)
	{
		if (strlen(key) == len && memcmp(key, name, len) == 0)
			return bit;
		bit <<= 1;
	}
	return 0;
}

/* "hello echo" as bits. */
static uint32_t parse_apps(struct reader *r, const char *text)
{
	uint32_t apps = 0;

	while (*(text += strspn(text, " ")) != '\0') {
		size_t len = strcspn(text, " ");
		uint32_t bit = app_bit(r, text, len);

		if (bit == 0)
			complain(r, "no such app", text);
		apps |= bit;
		text += len;
	}
	return apps;
}

static struct http_case *current(struct reader *r)
{
	if (r->file->count == 0) {
		complain(r, "before the first case", "want == NAME");
		return NULL;
	}
	return &r->file->cases[r->file->count - 1];
}

static struct step *add_step(struct reader *r, enum step_kind kind, uint32_t apps)
{
	static struct step nowhere;
	struct http_case *c = current(r);
	struct step *grown;

	if (c == NULL)
		return &nowhere;
	grown = realloc(c->steps, (c->count + 1) * sizeof(*grown));
	if (grown == NULL)
		abort();
	c->steps = grown;
	grown[c->count] = (struct step) { .kind = kind, .line = r->line, .apps = apps };
	return &grown[c->count++];
}

static void add_case(struct reader *r, const char *name)
{
	struct case_file *file = r->file;
	struct http_case *grown = realloc(file->cases, (file->count + 1) * sizeof(*grown));

	if (grown == NULL)
		abort();
	file->cases = grown;
	grown[file->count++] = (struct http_case) {
		.name = strdup(name),
		.line = r->line,
		.apps = r->default_apps,
	};
}

static void add_send(struct reader *r, const char *text)
{
	struct http_case *c = current(r);
	struct step *last = c != NULL && c->count > 0 ? &c->steps[c->count - 1] : NULL;
	AUTO_BUF struct buf joined = BUF_INIT(TEXT_MAX);

	if (strcmp(text, ".") == 0) {
		add_step(r, STEP_END, ALL_APPS);
		return;
	}
	if (strcmp(text, "100") == 0) {
		add_step(r, STEP_CONTINUE, ALL_APPS);
		return;
	}
	if (last == NULL || last->kind != STEP_SEND)
		last = add_step(r, STEP_SEND, ALL_APPS);
	if (last->text != NULL)
		buf_adds(&joined, last->text);
	buf_adds(&joined, text + strspn(text, " "));
	free(last->text);
	last->text = buf_take(&joined);
}

static void add_token(struct reader *r, const char *token)
{
	const char *equals = strchr(token, '=');
	uint32_t apps = equals == NULL ? ALL_APPS : app_bit(r, token, (size_t)(equals - token));
	const char *word = equals == NULL ? token : equals + 1;
	struct step *step;
	uint64_t status;

	if (apps == 0) {
		complain(r, "no such app", token);
	} else if (strcmp(word, "close") == 0) {
		add_step(r, STEP_CLOSE, apps);
	} else if (strcmp(word, "keep") == 0) {
		add_step(r, STEP_KEEP, apps);
	} else if (number_take(&word, &status) && (*word == '\0' || strcmp(word, "/HEAD") == 0)) {
		step = add_step(r, STEP_REPLY, apps);
		step->number = (unsigned)status;
		step->to_head = *word != '\0';
	} else if (strcmp(word, "no-reply") != 0) {
		complain(r, "neither a status nor close nor keep", token);
	}
}

/* "header Name: value" and the like, and whether it is one. */
static bool add_check(struct reader *r, const char *text, uint32_t apps)
{
	static const struct {
		const char *word;
		enum step_kind kind;
	} words[] = {
		{ "header ", STEP_HEADER },         { "header-has ", STEP_HEADER_HAS },
		{ "no-header ", STEP_NO_HEADER },   { "body ", STEP_BODY },
		{ "body-has ", STEP_BODY_HAS },     { "body-lacks ", STEP_BODY_LACKS },
		{ "body-bytes ", STEP_BODY_BYTES },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strncmp(text, words[i].word, strlen(words[i].word)) == 0)
			break;
	if (i == ARRAY_SIZE(words))
		return false;
	text += strlen(words[i].word);
	if (words[i].kind == STEP_BODY_BYTES) {
		uint64_t bytes = 0;

		if (!number_parse(text, 0, UINT32_MAX, &bytes))
			complain(r, "no number", text);
		add_step(r, words[i].kind, apps)->number = (unsigned)bytes;
	} else {
		add_step(r, words[i].kind, apps)->text = strdup(text);
	}
	return true;
}

static void add_verdict(struct reader *r, char *text)
{
	size_t len = strcspn(text, " ");
	uint32_t app = app_bit(r, text, len);
	char *token;

	if (add_check(r, text, ALL_APPS))
		return;
	if (app != 0) {
		text += len + strspn(text + len, " ");
		if (!add_check(r, text, app))
			complain(r, "no such expectation", text);
		return;
	}
	while ((token = strsep(&text, " ")) != NULL)
		if (*token != '\0')
			add_token(r, token);
}

static void set_apps(struct reader *r, const char *text)
{
	uint32_t apps = parse_apps(r, text);

	if (r->file->count == 0)
		r->default_apps = apps;
	else
		current(r)->apps = apps;
}

static void take_line(struct reader *r, char *line)
{
	size_t len = strlen(line);

	while (len > 0 && strchr(" \t\n", line[len - 1]) != NULL)
		line[--len] = '\0';
	if (len == 0 || *line == '#')
		return;
	if (strncmp(line, "== ", 3) == 0)
		add_case(r, line + 3);
	else if (strncmp(line, "apps ", 5) == 0)
		set_apps(r, line + 5);
	else if (*line == '>')
		add_send(r, line + 1);
	else if (strncmp(line, "< ", 2) == 0)
		add_verdict(r, line + 2 + strspn(line + 2, " "));
	else
		complain(r, "no such line", line);
}

/* Each app of a case must come to its end, and there only. */
static void check_ends(struct reader *r)
{
	for (size_t i = 0; i < r->file->count; i++) {
		const struct http_case *c = &r->file->cases[i];
		uint32_t ended = 0;

		for (size_t k = 0; k < c->count; k++) {
			r->line = c->steps[k].line;
			if ((c->apps & c->steps[k].apps & ended) != 0)
				complain(r, "a line behind the end", c->name);
			if (c->steps[k].kind == STEP_CLOSE || c->steps[k].kind == STEP_KEEP)
				ended |= c->steps[k].apps;
		}
		r->line = c->line;
		if ((c->apps & ~ended) != 0)
			complain(r, "neither close nor keep", c->name);
	}
}

bool case_file_read(struct case_file *file, const char *path, const json_t *apps)
{
	struct reader r = { .file = file, .apps = apps };
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	AUTO_FREE char *line = NULL;
	size_t room = 0;

	*file = (struct case_file) { .path = path };
	r.default_apps = (uint32_t)((UINT64_C(1) << json_object_size(apps)) - 1);
	if (f == NULL) {
		complain(&r, "cannot be read", strerror(errno));
		return false;
	}
	for (r.line = 1; getline(&line, &room, f) >= 0; r.line++)
		take_line(&r, line);
	check_ends(&r);
	return !r.failed;
}

void case_file_release(struct case_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		for (size_t k = 0; k < file->cases[i].count; k++)
			free(file->cases[i].steps[k].text);
		free(file->cases[i].steps);
		free(file->cases[i].name);
	}
	free(file->cases);
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* What follows a backslash. */
static bool add_escape(struct buf *out, const char **text)
{
	static const char names[] = "rnt0\\{}", bytes[] = "\r\n\t\0\\{}";
	char c = *(*text)++;
	const char *name = c != '\0' ? strchr(names, c) : NULL;
	int high, low;

	if (name != NULL) {
		buf_add(out, &bytes[name - names], 1);
		return true;
	}
	if (c != 'x' || (high = hex((*text)[0])) < 0 || (low = hex((*text)[1])) < 0)
		return false;
	c = (char)(high * 16 + low);
	buf_add(out, &c, 1);
	*text += 2;
	return true;
}

/* The brace that closes the one before text; NULL: none. */
static const char *closing_brace(const char *text)
{
	for (unsigned depth = 1; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (*text == '{')
			depth++;
		else if (*text == '}' && --depth == 0)
			return text;
	}
	return NULL;
}

/* What follows a brace: 40*ab} or reply ETag}. */
static bool add_brace(struct buf *out, const char **text, const struct answer *reply)
{
	const char *end = closing_brace(*text);
	AUTO_FREE char *inside = end != NULL ? strndup(*text, (size_t)(end - *text)) : NULL;
	AUTO_BUF struct buf once = BUF_INIT(TEXT_MAX);
	const char *p = inside;
	uint64_t times;

	if (inside == NULL)
		return false;
	*text = end + 1;
	if (strncmp(inside, "reply ", 6) == 0)
		return reply != NULL && answer_header(reply, inside + 6, out);
	if (!number_take(&p, &times) || *p != '*' || !case_text(&once, p + 1, NULL))
		return false;
	while (times-- > 0)
		buf_add(out, buf_text(&once), once.len);
	return true;
}

bool case_text(struct buf *out, const char *text, const struct answer *reply)
{
	bool good = true;

	while (good && *text != '\0') {
		char c = *text++;

		if (c == '\\')
			good = add_escape(out, &text);
		else if (c == '{')
			good = add_brace(out, &text, reply);
		else
			buf_add(out, &c, 1);
	}
	return good && !out->failed;
}
