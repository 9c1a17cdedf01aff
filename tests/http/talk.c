/* talk.c - see talk.h.
 *
 * What the server sends is read whenever it comes, so that neither side waits
 * for the other with full buffers. A server may answer and end before all is
 * sent: that ends the sending, and is no fault by itself.
 */
#include "tests/http/talk.h"

#include "common/buf.h"
#include "common/fd.h"
#include "portmap/address.h"
#include "tests/http/answer.h"
#include "tests/http/case_file.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SENT_MAX (4u << 20) /* bytes of one text */
#define PIECES_MAX 16384    /* of one text: longer ones come in more than bytes */
#define PATIENCE_MS 50000   /* below Check's own limit: say what was waited for */

/* Closes the connection itself, so that it also shows a server that does not. */
#define PROBE "GET / HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"

struct talk {
	int fd;
	enum pace pace;
	size_t cut;
	struct buf in;        /* come and not looked at */
	struct answer answer; /* the last one */
	bool answered;
	bool ended; /* the server has ended its side */
	bool reset; /* without grace */
	bool shut;  /* we have ended ours */
	unsigned line;
	struct buf *fault;
};

static bool wrong(struct talk *t, const char *what, const char *about)
{
	buf_addf(t->fault, "line %u: %s", t->line, what);
	if (about != NULL)
		buf_addf(t->fault, ": %s", about);
	if (t->answered)
		buf_addf(t->fault, "\nlast reply:\n%s\n%.2000s", buf_text(&t->answer.head),
			 buf_text(&t->answer.body));
	return false;
}

static bool is_ready(const struct talk *t, short events, int timeout_ms, short *ret)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int r;

	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	*ret = p.revents;
	return r == 1;
}

/* Take what has come or wait for it. False: nothing came for too long. */
static bool receive(struct talk *t)
{
	char bytes[16384];
	short events;
	ssize_t n;

	if (!is_ready(t, POLLIN, PATIENCE_MS, &events))
		return false;
	n = recv(t->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0)
		buf_add(&t->in, bytes, (size_t)n);
	t->reset = n < 0 && errno != EAGAIN;
	t->ended = n == 0 || t->reset;
	return true;
}

/* False: the server takes no more. */
static bool send_piece(struct talk *t, const char *bytes, size_t len)
{
	short events;

	while (len > 0 && !t->ended) {
		ssize_t n = send(t->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN ||
			   !is_ready(t, POLLIN | POLLOUT, PATIENCE_MS, &events)) {
			return false;
		} else if (events & POLLIN) {
			receive(t);
		}
	}
	return !t->ended;
}

/* Until the server has taken all from its socket, or has something to say. */
static void let_read(const struct talk *t)
{
	int unread = 0;
	short events;

	while (ioctl(t->fd, SIOCOUTQ, &unread) == 0 && unread > 0 &&
	       !is_ready(t, POLLIN, 0, &events))
		sched_yield();
}

static void send_text(struct talk *t, const char *bytes, size_t len)
{
	size_t step = t->pace == PACE_WHOLE ? len
		      : t->pace == PACE_CUT ? MAX(MIN(t->cut, len), (size_t)1)
					    : 1 + len / PIECES_MAX;

	for (size_t at = 0; at < len; at += step) {
		if (at > 0 && t->pace == PACE_CUT)
			step = len;
		if (!send_piece(t, bytes + at, MIN(step, len - at)))
			return;
		if (t->pace == PACE_BYTES)
			sched_yield();
		else if (t->pace != PACE_WHOLE)
			let_read(t);
	}
	t->cut = len;
}

static bool take_answer(struct talk *t, bool to_head)
{
	const char *fault;

	for (;;) {
		switch (answer_take(&t->in, to_head, &t->answer, &fault)) {
		case ANSWER_WHOLE:
			t->answered = true;
			return true;
		case ANSWER_BAD:
			return wrong(t, fault, buf_text(&t->in));
		case ANSWER_MORE:
			break;
		}
		if (t->ended)
			return wrong(t, t->reset ? "the server reset" : "the server ended",
				     t->in.len > 0 ? buf_text(&t->in) : "without a reply");
		if (!receive(t))
			return wrong(t, "no reply comes", buf_text(&t->in));
	}
}

/* The next that is not interim, with this status. */
static bool want_answer(struct talk *t, unsigned status, bool to_head)
{
	char want[32];

	do {
		if (!take_answer(t, to_head))
			return false;
	} while (t->answer.status == 100 && status != 100);
	snprintf(want, sizeof(want), "want %u", status);
	return (unsigned)t->answer.status == status || wrong(t, want, NULL);
}

static bool says_close(const struct talk *t)
{
	AUTO_BUF struct buf value = BUF_INIT(1024);

	return answer_header(&t->answer, "Connection", &value) &&
	       strcmp(buf_text(&value), "close") == 0;
}

static bool want_close(struct talk *t)
{
	while (!t->ended)
		if (!receive(t))
			return wrong(t, "the server does not close", NULL);
	if (t->in.len > 0)
		return wrong(t, "more comes than was asked for", buf_text(&t->in));
	if (t->reset)
		return wrong(t, "the server reset", NULL);
	if (t->answered && !t->shut && !says_close(t))
		return wrong(t, "it closes and does not say so", NULL);
	return true;
}

static bool want_keep(struct talk *t)
{
	if (t->answered && says_close(t))
		return wrong(t, "it says that it closes", NULL);
	send_text(t, PROBE, strlen(PROBE));
	return want_answer(t, 200, false) && want_close(t);
}

static bool has_bytes(const struct buf *in, const struct buf *what)
{
	return memmem(buf_text(in), in->len, buf_text(what), what->len) != NULL;
}

/* text: "Name: value" for an exact value, or one that has it. */
static bool want_header(struct talk *t, const struct buf *text, bool exact)
{
	AUTO_BUF struct buf value = BUF_INIT(65536);
	const char *colon = strstr(buf_text(text), ": ");
	AUTO_FREE char *name =
		colon != NULL ? strndup(buf_text(text), (size_t)(colon - buf_text(text))) : NULL;

	if (name == NULL)
		return wrong(t, "want \"Name: value\"", buf_text(text));
	if (!answer_header(&t->answer, name, &value) ||
	    (exact ? strcmp(buf_text(&value), colon + 2) != 0
		   : strstr(buf_text(&value), colon + 2) == NULL))
		return wrong(t, "want header", buf_text(text));
	return true;
}

static bool no_header(struct talk *t, const struct buf *name)
{
	AUTO_BUF struct buf value = BUF_INIT(65536);

	return !answer_header(&t->answer, buf_text(name), &value) ||
	       wrong(t, "want no header", buf_text(name));
}

static bool check(struct talk *t, const struct step *step, const struct buf *text)
{
	const struct buf *body = &t->answer.body;

	if (!t->answered)
		return wrong(t, "no reply is expected before this", NULL);
	switch (step->kind) {
	case STEP_HEADER:
	case STEP_HEADER_HAS:
		return want_header(t, text, step->kind == STEP_HEADER);
	case STEP_NO_HEADER:
		return no_header(t, text);
	case STEP_BODY:
		return (body->len == text->len && has_bytes(body, text)) ||
		       wrong(t, "want the body", buf_text(text));
	case STEP_BODY_HAS:
		return has_bytes(body, text) || wrong(t, "want in the body", buf_text(text));
	case STEP_BODY_LACKS:
		return !has_bytes(body, text) || wrong(t, "want not in the body", buf_text(text));
	default:
		return body->len == step->number || wrong(t, "want another length of body", NULL);
	}
}

static bool end_side(struct talk *t)
{
	t->shut = true;
	shutdown(t->fd, SHUT_WR);
	return true;
}

static bool take_step(struct talk *t, const struct step *step)
{
	AUTO_BUF struct buf text = BUF_INIT(SENT_MAX);

	t->line = step->line;
	if (step->text != NULL && !case_text(&text, step->text, t->answered ? &t->answer : NULL))
		return wrong(t, "a wrong escape", step->text);
	switch (step->kind) {
	case STEP_SEND:
		send_text(t, buf_text(&text), text.len);
		return true;
	case STEP_END:
		return end_side(t);
	case STEP_CONTINUE:
		return want_answer(t, 100, false);
	case STEP_REPLY:
		return want_answer(t, step->number, step->to_head);
	case STEP_CLOSE:
		return want_close(t);
	case STEP_KEEP:
		return want_keep(t);
	default:
		return check(t, step, &text);
	}
}

static int connect_to(const struct address *to)
{
	AUTO_CLOSE int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || connect(fd, &to->any, to->len) < 0)
		return -errno;
	if (to->any.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return take_fd(&fd);
}

bool talk_run(const struct http_case *c, uint32_t app, const struct address *to, enum pace pace,
	      size_t cut, struct buf *ret_fault)
{
	struct talk t = {
		.fd = connect_to(to),
		.pace = pace,
		.cut = cut,
		.in = BUF_INIT(ANSWER_MAX),
		.fault = ret_fault,
		.line = c->line,
	};
	bool good = t.fd >= 0 || wrong(&t, "connect", strerror(-t.fd));

	for (size_t i = 0; good && i < c->count; i++)
		if (c->steps[i].apps & app)
			good = take_step(&t, &c->steps[i]);
	if (t.fd >= 0)
		close(t.fd);
	buf_release(&t.in);
	answer_release(&t.answer);
	return good;
}

size_t talk_first_bytes(const struct http_case *c)
{
	AUTO_BUF struct buf text = BUF_INIT(SENT_MAX);

	if (c->count == 0 || c->steps[0].kind != STEP_SEND ||
	    !case_text(&text, c->steps[0].text, NULL))
		return 0;
	return text.len;
}
