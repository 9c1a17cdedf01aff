/* queue.c - what a chunk costs, here and over what the kernel offers.
 *
 *   queue alone N           put and take, one process, ns
 *   queue cycle N BYTES     feeder, worker, collector: claim, issue, take,
 *                           commit, collect, both frees; chunks a second
 *   queue pipe N BYTES      the same three over two pipes
 *   queue mq N BYTES        the same three over two POSIX message queues
 *   queue recover BLOCKS    recovery of a death that held 16 of them, us
 *   queue idle SECONDS      wake-ups of three waiting processes in that time
 *
 * One number on stdout.
 */
#include "queues/queue.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/number.h"
#include "queues/payload.h"
#include "queues/recover.h"
#include "queues/region.h"

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#define DEPTH 10 /* of a message queue: what the kernel gives by default */
#define BYTES_MAX 8192

enum { MANAGER = 1, FEEDER, WORKER, OWNERS };

static struct region region;
static struct queues mine;
static uint64_t count, bytes;
static char message[BYTES_MAX];

static void die(const char *what)
{
	fprintf(stderr, "queue: %s\n", what);
	exit(1);
}

static void make(uint32_t blocks)
{
	const struct queue_spec spec = { "mp_input_q", QUEUE_WORK, blocks, 64, 8192, 0, false };
	const struct queues_spec all = { &spec, 1, OWNERS };
	struct error e;

	if (region_create(&region, queues_region_bytes(&all), &e) < 0 ||
	    queues_create(&mine, &region, &all, &e) < 0)
		die(e.text);
}

/* A process of its own that runs part and ends. */
static pid_t start(void (*part)(void))
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	part();
	_exit(0);
}

static void per_chunk(uint64_t start_ns, double per)
{
	printf("%.1f\n", (double)(clock_mono_ns() - start_ns) / (double)count / per);
}

static void per_second(uint64_t start_ns)
{
	printf("%.0f\n", (double)count / ((double)(clock_mono_ns() - start_ns) / 1e9));
}

static void alone(void)
{
	uint64_t start_ns;
	uint32_t b;

	make(256);
	queue_claim(&mine, 0, QUEUE_NO_WAIT, &b);
	start_ns = clock_mono_ns();
	for (uint64_t i = 0; i < count; i++) {
		queue_abandon(&mine, b);
		queue_claim(&mine, 0, QUEUE_NO_WAIT, &b);
	}
	per_chunk(start_ns, 1);
}

/* Over the lease queue ------------------------------------------------------ */

static void attach(struct queues *qs, unsigned owner)
{
	if (queues_attach(qs, &region, owner, NULL, NULL) < 0)
		die("cannot attach");
}

static void feed(void)
{
	struct queues qs;

	attach(&qs, FEEDER);
	for (uint64_t i = 0; i < count; i++) {
		struct payload p;
		uint32_t b;

		if (queue_claim(&qs, 0, QUEUE_FOREVER, &b) != QUEUE_CHUNK)
			die("claim");
		payload_open(&qs, b, bytes, &p, NULL);
		memcpy(p.at, message, bytes);
		payload_set(&qs, b, bytes, 1);
		queue_journal(&qs, 0, i + 1);
		if (queue_issue(&qs, 0, b, NULL) < 0)
			die("issue");
	}
	queue_close(&qs, 0);
}

static void work(void)
{
	struct queues qs;
	uint32_t job, result;

	attach(&qs, WORKER);
	while (queue_take(&qs, 0, QUEUE_FOREVER, &job) == QUEUE_CHUNK) {
		struct payload in, out;

		queue_begin(&qs, job);
		if (payload_read(&qs, job, &in, NULL) < 0 ||
		    queue_claim_result(&qs, in.bytes, QUEUE_FOREVER, &result) < 0 ||
		    payload_open(&qs, result, in.bytes, &out, NULL) < 0)
			die("result");
		memcpy(out.at, in.at, in.bytes);
		payload_set(&qs, result, in.bytes, 1);
		if (queue_commit(&qs, job, result) < 0)
			die("commit");
	}
}

static void cycle(void)
{
	uint64_t start_ns;
	uint32_t job;

	make(256);
	start_ns = clock_mono_ns();
	start(feed);
	start(work);
	for (uint64_t i = 0; i < count; i++) {
		if (queue_take(&mine, mine.shared->output, QUEUE_FOREVER, &job) != QUEUE_CHUNK)
			die("output");
		queue_finish(&mine, job);
	}
	per_second(start_ns);
}

/* Over the kernel's ----------------------------------------------------------- */

static int input[2], output[2];

static void read_all(int fd)
{
	for (size_t got = 0; got < bytes;) {
		ssize_t n = read(fd, message + got, bytes - got);

		if (n <= 0)
			die("pipe");
		got += (size_t)n;
	}
}

static void pipe_feed(void)
{
	for (uint64_t i = 0; i < count; i++)
		if (write(input[1], message, bytes) != (ssize_t)bytes)
			die("pipe");
}

static void pipe_work(void)
{
	for (uint64_t i = 0; i < count; i++) {
		read_all(input[0]);
		if (write(output[1], message, bytes) != (ssize_t)bytes)
			die("pipe");
	}
}

static void over_pipes(void)
{
	uint64_t start_ns;

	if (pipe(input) < 0 || pipe(output) < 0)
		die("pipe");
	start_ns = clock_mono_ns();
	start(pipe_feed);
	start(pipe_work);
	for (uint64_t i = 0; i < count; i++)
		read_all(output[0]);
	per_second(start_ns);
}

static mqd_t open_mq(const char *which)
{
	struct mq_attr attr = { .mq_maxmsg = DEPTH, .mq_msgsize = (long)bytes };
	char name[64];
	mqd_t mq;

	snprintf(name, sizeof(name), "/eisen-bench-%d-%s", (int)getpid(), which);
	mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (mq < 0)
		die("mq_open");
	mq_unlink(name);
	return mq;
}

static mqd_t mq_in, mq_out;

static void mq_feed(void)
{
	for (uint64_t i = 0; i < count; i++)
		if (mq_send(mq_in, message, bytes, 0) < 0)
			die("mq_send");
}

static void mq_work(void)
{
	for (uint64_t i = 0; i < count; i++)
		if (mq_receive(mq_in, message, bytes, NULL) < 0 ||
		    mq_send(mq_out, message, bytes, 0) < 0)
			die("mq");
}

static void over_mq(void)
{
	uint64_t start_ns;

	mq_in = open_mq("in");
	mq_out = open_mq("out");
	start_ns = clock_mono_ns();
	start(mq_feed);
	start(mq_work);
	for (uint64_t i = 0; i < count; i++)
		if (mq_receive(mq_out, message, bytes, NULL) < 0)
			die("mq_receive");
	per_second(start_ns);
}

/* Recovery, idling --------------------------------------------------------------- */

static void recover(void)
{
	struct queues dead;
	uint64_t start_ns, spent_ns = 0;
	uint32_t b;

	make((uint32_t)count);
	for (int round = 0; round < 200; round++) {
		attach(&dead, WORKER);
		for (int i = 0; i < 16; i++)
			if (queue_claim(&dead, 0, QUEUE_NO_WAIT, &b) != QUEUE_CHUNK)
				die("claim");
		start_ns = clock_mono_ns();
		queues_recover(&mine, WORKER, true, "killed", NULL);
		spent_ns += clock_mono_ns() - start_ns;
		queues_detach(&dead);
	}
	printf("%.1f\n", (double)spent_ns / 200 / 1e3);
}

static void wait_for_work(void)
{
	struct queues qs;
	uint32_t b;

	attach(&qs, WORKER);
	queue_take(&qs, 0, QUEUE_FOREVER, &b);
}

static long switches(pid_t pid)
{
	char path[64], line[256];
	long sum = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		const char *digits = strpbrk(line, "0123456789");
		uint64_t n;

		if (strstr(line, "voluntary_ctxt_switches") != NULL && digits != NULL &&
		    number_take(&digits, &n))
			sum += (long)n;
	}
	if (f != NULL)
		fclose(f);
	return sum;
}

/* The time is what is measured. */
static void let_pass(uint64_t ms)
{
	const struct itimerspec at = { .it_value = { .tv_sec = (time_t)(ms / 1000),
						     .tv_nsec = (long)(ms % 1000) * 1000000 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t expired;

	if (fd < 0 || timerfd_settime(fd, 0, &at, NULL) < 0 ||
	    read(fd, &expired, sizeof(expired)) < 0)
		die("timerfd");
	close(fd);
}

static void idle(void)
{
	long before = 0, after = 0;
	pid_t pids[3];

	make(256);
	for (int i = 0; i < 3; i++)
		pids[i] = start(wait_for_work);
	let_pass(200); /* until they wait */
	for (int i = 0; i < 3; i++)
		before += switches(pids[i]);
	let_pass(count * 1000);
	for (int i = 0; i < 3; i++) {
		after += switches(pids[i]);
		kill(pids[i], SIGKILL);
	}
	printf("%ld\n", after - before);
}

static const struct mode {
	const char *name;
	void (*run)(void);
} modes[] = { { "alone", alone }, { "cycle", cycle },     { "pipe", over_pipes },
	      { "mq", over_mq },  { "recover", recover }, { "idle", idle } };

int main(int argc, char **argv)
{
	bytes = 64;
	if (argc < 3 || !number_parse(argv[2], 1, UINT32_MAX, &count) ||
	    (argc > 3 && !number_parse(argv[3], 1, BYTES_MAX, &bytes)))
		die("want MODE N [BYTES]");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run();
		fflush(stdout);
		while (wait(NULL) > 0)
			;
		return 0;
	}
	die("no such mode");
}
