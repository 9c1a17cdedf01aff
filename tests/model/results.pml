/* results.pml - a result goes with its job, and is freed once.
 *
 * Workers lease jobs, attach a result and commit; a collector stores, frees the
 * result, then the job; recovery cleans up after any of them, and after itself.
 * Queues are sets here: that hints lead to the blocks is ring.pml's matter. One
 * step is one access to shared memory.
 *
 *   job     FREE ──▶ ENQ(work) ──▶ LEASED(work) ──▶ ENQ(out) ──▶ LEASED(out) ──▶ FREE
 *   result  FREE ──▶ OWNED ──▶ ATT(parent) ──────────────────────▶ FREE
 *
 * Proved: each ticket is stored with the result it was committed with, is
 * counted as done once, and all blocks are free at the end.
 *
 * Faults: DROP_WITH_COLLECTOR (recovery frees what a dead collector held),
 * REQUEUE_ALWAYS (even if its result has been freed), JOB_FIRST (the collector
 * frees the job, then the result), LEAVE_ATTACHED (recovery of a worker does
 * not free what it attached), FREE_ATTACHED (it frees all that it attached),
 * COMMIT_FIRST (commit, then attach), PARENT_LATE (attach, then say to whom),
 * COUNT_ON (a finish that did not come about stays counted).
 */
#ifndef JOBS
#define JOBS 2
#endif
#ifndef RESULTS
#define RESULTS 2
#endif
#ifndef TICKETS
#define TICKETS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef MANAGER_DEATHS
#define MANAGER_DEATHS 1
#endif

#define BLOCKS (JOBS + RESULTS) /* jobs first */
#define IS_JOB(b) ((b) < JOBS)

/* A free block has the state FREE, of whichever queue. */
#define FREE 0
#define OWNED 1
#define ENQ 2
#define LEASED 3
#define ATT 4

#define WORK 0
#define OUT 1

#define COLLECTOR 0
#define WORKER 1
#define OWNERS (1 + WORKERS)
#define MANAGER OWNERS
#define NONE 15

byte state[BLOCKS], owner[BLOCKS], queue[BLOCKS]; /* the control words */
byte result[JOBS], parent[RESULTS];
byte ticket[JOBS], payload[RESULTS]; /* what they carry */
byte tally[JOBS];                    /* times finished */
bool noted[JOBS]; /* the tally has the generation of the word as it is now */

bool stored[TICKETS], with_result[TICKETS]; /* ghosts: the last commit's */
byte issued, counted;
byte deaths, manager_deaths;
bool busy; /* the collector has not done what it set out to do */
bool dead[OWNERS];
chan kill[OWNERS + 1] = [0] of { bit };

#define DONE(job) (tally[job] - (noted[job] -> 1 : 0))
#define PARENT(r) parent[(r) - JOBS]
#define PAYLOAD(r) payload[(r) - JOBS]

inline write_word(b, new_state, new_owner, new_queue)
{
	state[b] = new_state;
	owner[b] = new_owner;
	queue[b] = new_queue;
	if :: IS_JOB(b) -> noted[b] = false :: else fi
}

/* got: a block that was in this state and queue, now ours. */
inline take(first, old_state, old_queue, new_state)
{
	atomic {
		got = first;
		do
		:: state[got] == old_state && queue[got] == old_queue -> break
		:: else -> got++
		od;
		write_word(got, new_state, me, old_queue)
	}
}

#define SOME(old_state, old_queue, first, end) \
	((state[first] == old_state && queue[first] == old_queue) || \
	 (state[end - 1] == old_state && queue[end - 1] == old_queue))

#define REGISTERS byte got, job, r; bool has
#define FORGET got = 0; job = 0; r = 0; has = false

inline die(me)
{
	atomic { kill[me]?0 -> dead[me] = true; busy = (me == COLLECTOR -> false : busy); FORGET }
}

/* One at a time in full: a feeder has nothing to do with results. */
proctype feeder()
{
	byte got;
	do
	:: atomic { issued < TICKETS && SOME(FREE, 0, 0, JOBS) ->
		got = 0;
		do :: state[got] != FREE -> got++ :: else -> break od;
		ticket[got] = issued;
		issued++;
		write_word(got, ENQ, MANAGER, WORK);
		got = 0 }
	:: issued == TICKETS -> break
	od
}

inline commit_with_result()
{
	atomic { job = got; got = 0 }
	atomic { SOME(FREE, 0, JOBS, BLOCKS) -> take(JOBS, FREE, 0, OWNED); r = got; got = 0 }
	PAYLOAD(r) = ticket[job];
#ifdef COMMIT_FIRST
	atomic { with_result[ticket[job]] = true; write_word(job, ENQ, me, OUT) }
#endif
#ifndef PARENT_LATE
	PARENT(r) = job;
#endif
	result[job] = r;
	atomic { write_word(r, ATT, me, 0) }
#ifdef PARENT_LATE
	PARENT(r) = job;
#endif
#ifndef COMMIT_FIRST
	atomic { with_result[ticket[job]] = true; write_word(job, ENQ, me, OUT) }
#endif
	atomic { job = 0; r = 0 }
}

inline commit_without()
{
	atomic { job = got; got = 0; result[job] = NONE }
	atomic { with_result[ticket[job]] = false; write_word(job, ENQ, me, OUT); job = 0 }
}

proctype worker(byte me)
{
	REGISTERS;
end:	do
	:: {
end_idle:	do
		:: atomic { SOME(ENQ, WORK, 0, JOBS) -> take(0, ENQ, WORK, LEASED) }
		   if
		   :: commit_with_result()
		   :: commit_without()
		   fi
		od
	   } unless { die(me) };
end_dead:  !dead[me]
	od
}

/* Is the job's result still attached to it? Into has. */
inline look_for_result()
{
	r = result[job];
	if
	:: r == NONE -> has = false
	:: else ->
		atomic { has = (state[r] == ATT) }
		has = has && PARENT(r) == job
	fi
}

inline free_result()
{
	if
	:: atomic { has -> write_word(r, FREE, MANAGER, 0) }
	:: else
	fi;
	atomic { has = false; r = 0 }
}

inline count()
{
	atomic {
		tally[job] = (noted[job] -> tally[job] : tally[job] + 1);
		noted[job] = true
	}
}

inline free_job()
{
	atomic {
		assert(stored[ticket[job]]);
		write_word(job, FREE, MANAGER, 0)
	}
}

proctype collector(byte me)
{
	REGISTERS;
end:	do
	:: {
end_idle:	do
		:: atomic { SOME(ENQ, OUT, 0, JOBS) -> take(0, ENQ, OUT, LEASED); job = got; got = 0; busy = true }
		   look_for_result();
		   assert(has == with_result[ticket[job]]);
		   atomic {
			if :: has -> assert(PAYLOAD(r) == ticket[job]) :: else fi;
			stored[ticket[job]] = true;
			r = 0; has = false
		   }
		   count();
#ifdef JOB_FIRST
		   look_for_result();
		   free_job();
		   free_result();
#else
		   look_for_result();
		   free_result();
		   free_job();
#endif
		   atomic { job = 0; busy = false }
		od
	   } unless { die(me) };
end_dead:  !dead[me]
	od
}

/* What the dead worker attached to a job that it did not commit. */
inline free_attached(o)
{
	r = JOBS;
	do
	:: r < BLOCKS ->
		if
		:: state[r] == ATT && owner[r] == o ->
			job = PARENT(r);
#ifdef FREE_ATTACHED
			atomic { write_word(r, FREE, MANAGER, 0) }
#else
			if
			:: atomic {
				job < JOBS && state[job] == LEASED && owner[job] == o && queue[job] == WORK
			   }
			   atomic { write_word(r, FREE, MANAGER, 0) }
			:: else
			fi
#endif
		:: else
		fi;
		r++
	:: else -> break
	od;
	atomic { r = 0; job = 0 }
}

inline recover_output()
{
#ifdef DROP_WITH_COLLECTOR
	atomic { write_word(job, FREE, MANAGER, 0) }
#else
	look_for_result();
	if
#ifndef REQUEUE_ALWAYS
	:: result[job] != NONE && !has -> count(); free_job()
#endif
	:: else ->
#ifndef COUNT_ON
		atomic { tally[job] = DONE(job); noted[job] = false }
#endif
		atomic { write_word(job, ENQ, MANAGER, OUT) }
	fi;
	atomic { has = false; r = 0 }
#endif
}

inline bury(o)
{
#ifndef LEAVE_ATTACHED
	free_attached(o);
#endif
	got = 0;
	do
	:: got < BLOCKS ->
		if
		:: owner[got] == o && state[got] == OWNED -> atomic { write_word(got, FREE, MANAGER, 0) }
		:: owner[got] == o && state[got] == LEASED && queue[got] == WORK ->
			atomic { write_word(got, ENQ, MANAGER, WORK) }
		:: owner[got] == o && state[got] == LEASED && queue[got] == OUT ->
			job = got;
			recover_output();
			job = 0
		:: else
		fi;
		got++
	:: else -> break
	od;
	atomic { got = 0; dead[o] = false; o = 0 }
}

#define DEAD(o) ((o) < OWNERS && dead[(o) % OWNERS])
#define AT_REST (issued == TICKETS && !busy && !DEAD(0) && !DEAD(1) && !DEAD(2) && \
	state[0] == FREE && state[JOBS - 1] == FREE)

inline check_end()
{
	do
	:: got < BLOCKS ->
		assert(state[got] == FREE);
		if :: IS_JOB(got) -> counted = counted + DONE(got) :: else fi;
		got++
	:: else -> break
	od;
	assert(counted == TICKETS);
	got = 0;
	do :: got < TICKETS -> assert(stored[got]); got++ :: else -> break od
}

proctype manager()
{
	byte me = MANAGER, o;
	REGISTERS;
	do
	:: {
		do
		:: atomic {
			DEAD(0) || DEAD(1) || DEAD(2) ->
			o = 0;
			do :: !dead[o] -> o++ :: else -> break od
		   }
		   bury(o)
		:: atomic { AT_REST -> check_end(); break }
		od;
		break
	   } unless { atomic { kill[me]?0 -> FORGET; o = 0 } }
	od
}

proctype killer()
{
end:	do
	:: atomic {
		deaths < DEATHS ->
endless:	if
		:: kill[COLLECTOR]!0 -> deaths++
		:: kill[WORKER]!0 -> deaths++
#if WORKERS > 1
		:: kill[WORKER + 1]!0 -> deaths++
#endif
		fi
	   }
	:: atomic {
		manager_deaths < MANAGER_DEATHS ->
endless2:	kill[MANAGER]!0 -> manager_deaths++
	   }
	od
}

init {
	atomic {
		byte i;
		do :: i < BLOCKS -> owner[i] = MANAGER; i++ :: else -> break od;
		i = 0;
		do :: i < JOBS -> result[i] = NONE; i++ :: else -> break od;
		i = 0;
		do :: i < RESULTS -> parent[i] = NONE; i++ :: else -> break od;
		run feeder();
		run manager();
		run collector(COLLECTOR);
		i = 0;
		do :: i < WORKERS -> run worker(WORKER + i); i++ :: else -> break od;
		run killer();
		i = 0
	}
}
