/* serving.c - see serving.h. */
#include "launcher/serving.h"

#include "common/error.h"
#include "common/fd.h"
#include "launcher/config.h"
#include "launcher/heritage.h"
#include "portmap/board.h"
#include "servers/accesslog.h"
#include "servers/loop.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

/* Descriptors for all but connections: epoll, pipes, what libraries open. */
#define SERVING_FDS_RESERVED 64

/* epoll descriptors of libev, libmicrohttpd and hangup.c, libev's eventfd, the
 * access log and its new file while it is reopened. */
#define SERVING_FDS_PER_LOOP 6

struct serving_thread {
	struct serving *serving; /* borrowed */
	struct loop *loop;       /* owned */
	pthread_t thread;
};

struct serving {
	const struct heritage *heritage; /* borrowed */
	struct loop_options options;
	struct loop_limits limits;
	struct accesslog_options log_options;
	struct serving_thread *threads; /* owned; room for capacity */
	size_t count, capacity;
	struct loop *shared; /* borrowed from threads[]; NULL: not needed yet */
	int signal_fd;       /* signalfd of SIGTERM and SIGUSR1; -1: not yet */
	int failed_fd;       /* eventfd: a thread has ended before its time */
	int finish_fd;       /* eventfd: nothing holds it any more */
	_Atomic bool finished, failed;
	pthread_t maker;        /* the thread of serving_new() */
	_Atomic bool started;   /* the loops run, or will at once */
	_Atomic size_t holders; /* reasons not to end: servers, and serving_hold() */
};

size_t serving_fd_count(size_t inherited, size_t thread_count)
{
	return inherited + SERVING_FDS_RESERVED + thread_count * SERVING_FDS_PER_LOOP;
}

/* What each thread may have open, within the process's limit. */
static size_t connection_limit(const struct heritage *h, size_t thread_count)
{
	size_t want = (size_t)h->config->connections_max;
	size_t own = serving_fd_count(heritage_fd_count(h), thread_count);
	struct rlimit limit;
	size_t room;

	fd_raise_limit(own + want * thread_count, NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return want;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur <= own)
		return 1;
	room = (limit.rlim_cur - own) / thread_count;
	return MAX(MIN(want, room), (size_t)1);
}

/* On any serving thread. */
static void tell_log(void *arg, enum accesslog_event event, int code, uint64_t dropped)
{
	const struct config_access_log *log = arg;

	switch (event) {
	case ACCESSLOG_FAILS:
		log_warning("access log %s: %s: lines are dropped", log->file,
			    code == EAGAIN ? "nobody reads fast enough" : strerror(code));
		break;
	case ACCESSLOG_DROPPED:
		log_warning("access log %s: %llu line%s dropped", log->file,
			    (unsigned long long)dropped, dropped == 1 ? " was" : "s were");
		break;
	case ACCESSLOG_NOT_REOPENED:
		log_error("access log %s: cannot be opened anew: %s; the old file stays in use",
			  log->file, strerror(code));
		break;
	}
}

static void use_log(struct serving *s, const struct config_access_log *log)
{
	if (log->file == NULL)
		return;
	s->log_options = (struct accesslog_options) {
		.file = log->file,
		.format = (enum accesslog_format)log->format,
		.buffer_bytes = (size_t)log->buffer_bytes,
		.tell = tell_log,
		.arg = (void *)log,
	};
	s->options.access_log = &s->log_options;
}

static void use_limits(struct serving *s, const struct config_limits *limits)
{
	s->limits = (struct loop_limits) {
		.head_max_bytes = (uint32_t)limits->head_max_bytes,
		.body_max_bytes = (uint32_t)limits->body_max_bytes,
		.server_connections_max = (uint32_t)limits->server_connections_max,
		.address_connections_max = (uint32_t)limits->address_connections_max,
		.connections_per_s = (uint32_t)limits->connections_per_s,
		.head_timeout_ms = (uint32_t)limits->head_timeout_ms,
		.request_timeout_ms = (uint32_t)limits->request_timeout_ms,
		.keepalive_requests_max = (uint32_t)limits->keepalive_requests_max,
	};
	s->options.limits = &s->limits;
}

int serving_new(const struct heritage *h, size_t thread_count, struct serving **ret,
		struct error *e)
{
	struct serving *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(e, ENOMEM, "serving: out of memory");
	thread_count = MAX(thread_count, (size_t)1);
	s->heritage = h;
	s->maker = pthread_self();
	s->signal_fd = s->failed_fd = s->finish_fd = -1;
	s->capacity = thread_count;
	s->options.connections_max = connection_limit(h, thread_count);
	s->options.idle_timeout_s = (unsigned)h->config->idle_timeout_s;
	s->options.wire = h->config->wire;
	use_limits(s, &h->config->limits);
	use_log(s, &h->config->access_log);
	s->threads = calloc(thread_count, sizeof(*s->threads));
	s->failed_fd = eventfd(0, EFD_CLOEXEC);
	s->finish_fd = eventfd(0, EFD_CLOEXEC);
	if (s->threads == NULL || s->failed_fd < 0 || s->finish_fd < 0) {
		serving_free(s);
		return error_set(e, ENOMEM, "serving: out of memory or descriptors");
	}
	*ret = s;
	return 0;
}

static int new_loop(struct serving *s, struct loop **ret, struct error *e)
{
	struct serving_thread *t = &s->threads[s->count];
	int r;

	if (s->count == s->capacity)
		return error_set(e, ENOSPC, "serving: more loops than were announced");
	r = loop_new(&s->options, &t->loop, e);
	if (r < 0)
		return r;
	t->serving = s;
	s->count++;
	*ret = t->loop;
	return 0;
}

int serving_reserve(struct serving *s, int threads, struct serving_place *ret, struct error *e)
{
	struct loop *loop;
	int r = 0;

	*ret = (struct serving_place) { .first = s->count, .count = (size_t)threads };
	if (threads == 0)
		return s->shared != NULL ? 0 : new_loop(s, &s->shared, e);
	for (int i = 0; i < threads && r == 0; i++)
		r = new_loop(s, &loop, e);
	return r;
}

typedef int add_fn(struct loop *loop, const struct server_options *options, struct error *e);

static int add_at(struct serving *s, const struct serving_place *place,
		  const struct server_options *options, add_fn *add, struct error *e)
{
	struct server_options mine = *options;
	int r = 0;

	if (place->count == 0)
		r = add(s->shared, options, e);
	for (size_t i = 0; i < place->count && r == 0; i++) {
		if (options->cell != NULL)
			mine.cell = options->cell + i;
		r = add(s->threads[place->first + i].loop, &mine, e);
	}
	if (r == 0)
		serving_hold(s);
	return r;
}

int serving_add_at(struct serving *s, const struct serving_place *place,
		   const struct server_options *options, struct error *e)
{
	return add_at(s, place, options, loop_add, e);
}

int serving_add(struct serving *s, int threads, const struct server_options *options,
		struct error *e)
{
	struct serving_place place;
	int r = serving_reserve(s, threads, &place, e);

	return r < 0 ? r : serving_add_at(s, &place, options, e);
}

int serving_add_running(struct serving *s, const struct serving_place *place,
			const struct server_options *options, struct error *e)
{
	const struct serving_place shared = { 0 };

	if (place == NULL)
		place = &shared;
	if (place->count == 0 && s->shared == NULL)
		return error_set(e, EINVAL, "serving: no loop was reserved for more servers");
	/* In an app's open(): nobody else runs the loop yet. */
	if (!atomic_load(&s->started) && pthread_equal(s->maker, pthread_self()))
		return add_at(s, place, options, loop_add, e);
	return add_at(s, place, options, loop_add_running, e);
}

static void *thread_main(void *arg)
{
	struct serving_thread *t = arg;
	struct error e = { 0 };
	uint64_t one = 1;

	if (loop_run(t->loop, &e) < 0) {
		log_error("serving thread: %s", e.text);
		(void)!write(t->serving->failed_fd, &one, sizeof(one));
	}
	return NULL;
}

static int start_threads(struct serving *s, size_t *ret_started)
{
	atomic_store(&s->started, true);
	for (size_t i = 0; i < s->count; i++) {
		int r = pthread_create(&s->threads[i].thread, NULL, thread_main, &s->threads[i]);

		if (r != 0) {
			log_error("cannot start a serving thread: %s", strerror(r));
			return -r;
		}
		(*ret_started)++;
	}
	return 0;
}

static void drain_all(struct serving *s, int drain_ms)
{
	for (size_t i = 0; i < s->count; i++)
		loop_drain(s->threads[i].loop, (unsigned)drain_ms);
}

void serving_hold(struct serving *s)
{
	atomic_fetch_add(&s->holders, 1);
}

void serving_let_go(struct serving *s)
{
	uint64_t one = 1;

	if (atomic_fetch_sub(&s->holders, 1) != 1 || atomic_exchange(&s->finished, true))
		return;
	heritage_report(s->heritage, REPORT_FINISHED);
	(void)!write(s->finish_fd, &one, sizeof(one));
	drain_all(s, s->heritage->config->drain_ms);
}

void serving_fail(struct serving *s)
{
	uint64_t one = 1;

	atomic_store(&s->failed, true);
	(void)!write(s->failed_fd, &one, sizeof(one));
	drain_all(s, s->heritage->config->drain_ms);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* True for SIGTERM; SIGUSR1 is seen to. */
static bool take_signal(const struct serving *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGTERM)
		return true;
	for (size_t i = 0; i < s->count; i++)
		loop_reopen_log(s->threads[i].loop);
	return false;
}

/* Until SIGTERM, or nothing holds it any more; false when a thread failed before. */
static bool wait_for_term(const struct serving *s)
{
	struct pollfd fds[] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->failed_fd, .events = POLLIN },
		{ .fd = s->finish_fd, .events = POLLIN },
	};

	for (;;) {
		int n = poll(fds, ARRAY_SIZE(fds), -1);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0 && fds[1].revents != 0)
			return false;
		if (n > 0 && fds[2].revents != 0)
			return true;
		if (n > 0 && take_signal(s))
			return true;
	}
}

/* One that has finished has said so, and ends for no other reason. */
static void report_ending(const struct serving *s)
{
	if (!atomic_load(&s->finished))
		heritage_report(s->heritage, REPORT_ENDING);
}

static bool run_threads(struct serving *s)
{
	size_t started = 0;
	bool fine = false;

	if (start_threads(s, &started) == 0) {
		heritage_report(s->heritage, REPORT_READY);
		fine = wait_for_term(s);
		report_ending(s);
	}
	drain_all(s, fine ? s->heritage->config->drain_ms : 0);
	for (size_t i = 0; i < started; i++)
		pthread_join(s->threads[i].thread, NULL);
	return fine;
}

struct beside_watch {
	struct serving *serving;
	const struct serving_beside *beside;
	bool fine;
};

static void *watch_beside(void *arg)
{
	struct beside_watch *w = arg;
	struct serving *s = w->serving;

	w->fine = wait_for_term(s);
	report_ending(s);
	w->beside->stop(w->beside->arg);
	drain_all(s, w->fine ? s->heritage->config->drain_ms : 0);
	return NULL;
}

static void run_main(struct serving *s, const struct serving_beside *beside)
{
	switch (beside->run(beside->arg)) {
	case SERVING_BESIDE_DONE:
		heritage_report(s->heritage, REPORT_FINISHED);
		serving_let_go(s);
		break;
	case SERVING_BESIDE_STOPPED:
		break;
	case SERVING_BESIDE_FAILED:
		serving_fail(s);
		break;
	}
}

static bool run_beside(struct serving *s, const struct serving_beside *beside)
{
	struct beside_watch watch = { .serving = s, .beside = beside };
	size_t started = 0;
	pthread_t thread;
	int r = start_threads(s, &started);

	if (r == 0) {
		r = pthread_create(&thread, NULL, watch_beside, &watch);
		if (r != 0)
			log_error("cannot start a thread: %s", strerror(r));
	}
	if (r == 0) {
		heritage_report(s->heritage, REPORT_READY);
		serving_hold(s);
		run_main(s, beside);
		pthread_join(thread, NULL);
	} else {
		drain_all(s, 0);
	}
	for (size_t i = 0; i < started; i++)
		pthread_join(s->threads[i].thread, NULL);
	return watch.fine;
}

static void on_signal(void *arg)
{
	struct serving *s = arg;

	if (!take_signal(s))
		return;
	report_ending(s);
	drain_all(s, s->heritage->config->drain_ms);
}

/* A process with one thread is spared the atomic operations on its file table
 * at each system call, and those of glibc's cancellation points. */
static bool run_here(struct serving *s)
{
	struct error e = { 0 };

	atomic_store(&s->started, true);
	loop_watch(s->threads[0].loop, s->signal_fd, on_signal, s);
	heritage_report(s->heritage, REPORT_READY);
	if (loop_run(s->threads[0].loop, &e) == 0)
		return true;
	log_error("serving: %s", e.text);
	return false;
}

static void tell_cut(const struct serving *s)
{
	size_t cut = 0;

	for (size_t i = 0; i < s->count; i++)
		cut += loop_cut(s->threads[i].loop);
	if (cut > 0)
		log_warning("%zu request%s not finished within %d ms: cut", cut,
			    cut == 1 ? " was" : "s were", s->heritage->config->drain_ms);
}

static bool await_signals(struct serving *s)
{
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = open_signals();
	if (s->signal_fd >= 0)
		return true;
	log_error("signalfd: %s", strerror(errno));
	return false;
}

static int end(const struct serving *s, bool fine)
{
	tell_cut(s);
	return fine && !atomic_load(&s->failed) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int serving_run(struct serving *s)
{
	if (!await_signals(s))
		return EXIT_FAILURE;
	return end(s, s->count == 1 ? run_here(s) : run_threads(s));
}

int serving_run_beside(struct serving *s, const struct serving_beside *beside)
{
	return await_signals(s) ? end(s, run_beside(s, beside)) : EXIT_FAILURE;
}

void serving_free(struct serving *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		loop_free(s->threads[i].loop);
	free(s->threads);
	auto_close(&s->signal_fd);
	auto_close(&s->failed_fd);
	auto_close(&s->finish_fd);
	free(s);
}
