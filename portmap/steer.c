/* steer.c - which socket of a shared port gets a connection: listen.h.
 *
 * A classic BPF program (socket(7), filter.txt of the kernel) chooses by the
 * place in the kernel's set of sockets, which is the order in which they
 * began to listen: the order of the group's workers.
 */
#include "portmap/listen.h"

#include "common/cc.h"
#include "portmap/plan.h"

#include <assert.h>
#include <linux/filter.h>
#include <sys/socket.h>

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	unsigned short len;
};

/* Places of live sockets, as runs without a gap. */
struct run {
	uint32_t place;
	uint32_t count;
};

/* The kernel bounds a program in bytes as well: net.core.optmem_max, 20480 on
 * many machines. An instruction becomes up to two of 8 bytes each. */
#define RUN_INSNS 3
#define RUNS_MAX 400
_Static_assert((3 + RUNS_MAX * RUN_INSNS) * 16 < 20480, "a program fits optmem_max");
_Static_assert(3 + RUNS_MAX * RUN_INSNS <= BPF_MAXINSNS, "a program fits");

struct runs {
	struct run list[RUNS_MAX];
	size_t count;
	uint32_t live; /* the runs' counts added up */
};

static void emit(struct program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	assert(p->len < BPF_MAXINSNS);
	p->code[p->len++] = (struct sock_filter)BPF_JUMP(code, k, jt, jf);
}

/* Live sockets in runs beyond RUNS_MAX are left out. */
static void runs_add(struct runs *runs, uint32_t place)
{
	struct run *last = runs->count > 0 ? &runs->list[runs->count - 1] : NULL;

	if (last != NULL && last->place + last->count == place) {
		last->count++;
	} else {
		if (runs->count == RUNS_MAX)
			return;
		runs->list[runs->count++] = (struct run) { .place = place, .count = 1 };
	}
	runs->live++;
}

/* The group's workers in order; every one of them when none is live. */
static void runs_init(struct runs *ret, const struct plan *plan, unsigned group, const bool *live)
{
	for (int pass = 0; pass < 2 && ret->live == 0; pass++) {
		uint32_t place = 0;

		for (size_t i = 0; i < plan->slot_count; i++) {
			if (plan->slots[i].group != (int32_t)group)
				continue;
			if (live[i] || pass == 1)
				runs_add(ret, place);
			place++;
		}
	}
}

/* A = a random number below the count of live sockets; the run that it falls
 * into, and its place there:
 *
 *	A = random; A %= live
 *	for each run: if A < end of run: return A + (place - begin of run)
 */
static void choose_program(struct program *ret, const struct runs *runs)
{
	uint32_t begin = 0;

	emit(ret, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_RANDOM);
	emit(ret, BPF_ALU | BPF_MOD | BPF_K, 0, 0, runs->live);
	for (size_t i = 0; i < runs->count; i++) {
		const struct run *run = &runs->list[i];

		emit(ret, BPF_JMP | BPF_JGE | BPF_K, 2, 0, begin + run->count);
		emit(ret, BPF_ALU | BPF_ADD | BPF_K, 0, 0, run->place - begin);
		emit(ret, BPF_RET | BPF_A, 0, 0, 0);
		begin += run->count;
	}
	emit(ret, BPF_RET | BPF_K, 0, 0, 0); /* never; the kernel wants an end */
}

static int attach(int fd, struct program *program)
{
	struct sock_fprog prog = { .len = program->len, .filter = program->code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog)) < 0
		       ? -errno
		       : 0;
}

static const struct plan_slot *first_slot(const struct plan *plan, unsigned group)
{
	for (size_t i = 0; i < plan->slot_count; i++) {
		if (plan->slots[i].group == (int32_t)group)
			return &plan->slots[i];
	}
	return NULL;
}

int listeners_steer(const struct listeners *l, const struct plan *plan, unsigned group,
		    const bool *live)
{
	const struct plan_slot *first = first_slot(plan, group);
	struct program program = { .len = 0 };
	struct runs runs = { .count = 0 };
	int r = 0;

	assert(group < plan->input.group_count);
	if (first == NULL || !plan->input.groups[group].shared)
		return 0;
	runs_init(&runs, plan, group, live);
	choose_program(&program, &runs);
	/* A program counts for all sockets of a port: attach it to one. */
	for (size_t i = first->first; r == 0 && i < first->first + first->count; i++) {
		if (l->fds[i] >= 0)
			r = attach(l->fds[i], &program);
	}
	return r;
}
