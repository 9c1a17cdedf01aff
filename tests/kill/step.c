/* step.c - see step.h. ptrace(2). */
#include "tests/kill/step.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Of the linker (ld(1)). */
extern const char __executable_start[], etext[];

#ifdef __x86_64__
static bool in_program(pid_t pid)
{
	uintptr_t at =
		(uintptr_t)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), NULL);

	return at >= (uintptr_t)__executable_start && at < (uintptr_t)etext;
}
#else
static bool in_program(pid_t pid)
{
	(void)pid;
	return true;
}
#endif

static bool may_trace(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

const char *step_impossible(void)
{
#ifndef __x86_64__
	return "single steps are known for x86-64 only";
#endif
	if (SANITIZED)
		return "under a sanitizer most instructions are not the program's";
	if (!may_trace())
		return "ptrace(2) is forbidden here";
	return NULL;
}

/* False: it has ended, and well. */
static bool await_stop(struct stepper *s)
{
	int status;

	ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
	if (WIFSTOPPED(status)) {
		ck_assert_msg(WSTOPSIG(status) == SIGTRAP || WSTOPSIG(status) == SIGSTOP,
			      "signal %d after %ld steps", WSTOPSIG(status), s->steps);
		return true;
	}
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x after %ld steps",
		      (unsigned)status, s->steps);
	s->pid = 0;
	return false;
}

void stepper_start(struct stepper *s, void (*run)(void *arg), void *arg)
{
	*s = (struct stepper) { .pid = fork() };
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		run(arg);
		_exit(0);
	}
	ck_assert(await_stop(s));
}

bool stepper_step(struct stepper *s)
{
	do {
		if (s->pid == 0)
			return false;
		ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, s->pid, NULL, NULL), 0);
	} while (await_stop(s) && !in_program(s->pid));
	s->steps++;
	return s->pid != 0;
}

void stepper_kill(struct stepper *s)
{
	if (s->pid == 0)
		return;
	kill(s->pid, SIGKILL);
	ck_assert_int_eq(waitpid(s->pid, NULL, 0), s->pid);
	s->pid = 0;
}

void stepper_resume(struct stepper *s)
{
	if (s->pid == 0)
		return;
	ck_assert_int_eq(ptrace(PTRACE_DETACH, s->pid, NULL, NULL), 0);
	await_stop(s);
}
