/* load_sample.c - see load_sample.h. */
#include "launcher/load_sample.h"

#include "common/buf.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/number.h"
#include "launcher/load_layout.h"

#include <string.h>
#include <time.h>

/* Its pid by /api/workers; 0: none now. */
static pid_t find_pid(const json_t *workers, int number)
{
	const json_t *worker;
	size_t i;

	json_array_foreach(workers, i, worker)
	{
		if (json_integer_value(json_object_get(worker, "START_SEQUENCE_NUM")) == number)
			return (pid_t)json_integer_value(json_object_get(worker, "pid"));
	}
	return 0;
}

int load_samples_init(struct load_samples *ret, const struct load_layout *l, const json_t *workers,
		      uint64_t from_ns, uint64_t duration_ns, uint64_t period_ns, struct error *e)
{
	size_t count = (size_t)(duration_ns / period_ns);
	struct load_samples s = {
		.worker_count = l->worker_count,
		.from_ns = from_ns,
		.to_ns = from_ns + duration_ns,
		.period_ns = period_ns,
		.count_max = count,
	};

	s.workers = calloc(l->worker_count + 1, sizeof(*s.workers));
	s.shares = calloc(l->worker_count * count + 1, sizeof(*s.shares));
	if (s.workers == NULL || s.shares == NULL) {
		load_samples_release(&s);
		return error_set(e, ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < l->worker_count; i++)
		s.workers[i] = (struct load_sample_worker) {
			.number = l->workers[i].number,
			.pid = find_pid(workers, l->workers[i].number),
			.series = s.shares + i * count,
		};
	*ret = s;
	return 0;
}

uint64_t load_samples_next(const struct load_samples *s)
{
	if (s->worker_count == 0 || s->complete)
		return UINT64_MAX;
	return MIN(s->from_ns + s->taken * s->period_ns, s->to_ns);
}

static bool read_clock(pid_t pid, uint64_t *ret_ns)
{
	struct timespec used;
	clockid_t clock;

	if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return false;
	*ret_ns = (uint64_t)used.tv_sec * CLOCK_NS_PER_S + (uint64_t)used.tv_nsec;
	return true;
}

/* What was used since it was read last belongs to the samples since then. */
static void fill(struct load_sample_worker *w, uint64_t used_ns, uint64_t since_ns, size_t whole)
{
	double share = since_ns > 0 ? (double)used_ns / (double)since_ns : 0;

	w->used_ns += used_ns;
	while (w->filled < whole)
		w->series[w->filled++] = share;
}

static bool look_at(struct load_sample_worker *w, uint64_t now_ns, size_t whole)
{
	uint64_t cpu_ns;

	/* A clock that goes back is another process's, which has the same pid. */
	if (!read_clock(w->pid, &cpu_ns) || cpu_ns < w->cpu_ns)
		return false;
	if (w->read_ns != 0)
		fill(w, cpu_ns - w->cpu_ns, now_ns - w->read_ns, whole);
	w->cpu_ns = cpu_ns;
	w->read_ns = now_ns;
	return true;
}

void load_samples_take(struct load_samples *s, uint64_t now_ns)
{
	uint64_t passed = now_ns > s->from_ns ? (now_ns - s->from_ns) / s->period_ns : 0;
	size_t whole = (size_t)MIN(passed, (uint64_t)s->count_max);

	s->gone = false;
	for (size_t i = 0; i < s->worker_count; i++)
		if (!look_at(&s->workers[i], now_ns, whole))
			s->gone = true;
	s->taken = whole + 1;
	s->complete = now_ns >= s->to_ns;
}

void load_samples_find(struct load_samples *s, const json_t *workers)
{
	for (size_t i = 0; i < s->worker_count; i++) {
		struct load_sample_worker *w = &s->workers[i];
		pid_t pid = find_pid(workers, w->number);

		if (pid == w->pid)
			continue;
		w->pid = pid;
		w->cpu_ns = 0;
		if (w->read_ns == 0) /* it was not there when we began */
			w->read_ns = s->from_ns;
	}
}

size_t load_samples_count(const struct load_samples *s)
{
	return s->taken > 0 ? s->taken - 1 : 0;
}

void load_samples_report(const struct load_samples *s, struct report_worker *ret)
{
	for (size_t i = 0; i < s->worker_count; i++) {
		ret[i].cpu_ns = s->workers[i].used_ns;
		ret[i].cpu_series = s->workers[i].series;
		ret[i].rss_bytes = load_sample_rss(s->workers[i].pid);
	}
}

void load_samples_release(struct load_samples *s)
{
	free(s->workers);
	free(s->shares);
	*s = (struct load_samples) { 0 };
}

uint64_t load_sample_rss(pid_t pid)
{
	AUTO_BUF struct buf text = BUF_INIT(256);
	char path[64];
	const char *at;
	uint64_t pages;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (pid <= 0 || fd_read_file(path, &text, NULL) < 0)
		return 0;
	at = strchr(buf_text(&text), ' '); /* behind the whole size */
	if (at == NULL)
		return 0;
	at++;
	return number_take(&at, &pages) ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
