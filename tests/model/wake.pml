/* wake.pml - nobody sleeps while there is work for him.
 *
 * Putters put items into queues, workers take them or sleep, or a loop waits
 * for an event descriptor (LOOP). What a queue holds is a number here; that
 * hints lead to it is ring.pml's matter. One step is one access to shared
 * memory or one system call. A sleep word is count * 2 + "somebody may sleep".
 *
 * Proved: all items are finished, everybody learns of the end (STOP), whoever
 * dies, and whenever; with one queue or two, with time-outs.
 *
 * Faults: NO_PASS_ON, NO_WAKE_AT_RECOVERY, WAKE_IF_BIT (recovery wakes only if
 * somebody may sleep), NO_RECHECK (between the bit and the sleep), LOOK_FIRST
 * (for sleepers, then put), BIT_ONCE (a woken one does not set it again),
 * NO_WAKE_AT_CLOSE, NO_WAKE_AT_END; with LOOP also EVENT_IF_ARMED (recovery
 * signals only an armed descriptor), ARM_LATE (after the look).
 */
#ifndef ITEMS
#define ITEMS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef QUEUES
#define QUEUES 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0
#endif

#define PUTTER 0
#define WORKER 1
#define PROCESSES (1 + WORKERS)
#define MANAGER PROCESSES
#define NOTHING 15

byte queued[QUEUES], leased[QUEUES];
byte sleep[QUEUES];
bool asleep[PROCESSES];   /* in the kernel, on the queues it waits for */
byte holds[PROCESSES];    /* the queue it has an item of; ghost of the word's owner */
bool closed[QUEUES];
bool armed, readable;     /* of the event descriptor of queue 0 */
bool dead[PROCESSES];
chan kill[PROCESSES] = [0] of { bit };
bool hasty; /* the queue is closed at once, not when all is finished */
byte deaths, timeouts, sent, finished, gone;

#define MAY_SLEEP(word) ((word) % 2 == 1)

/* With two queues the first worker waits for both, the others for one each. */
#define WANTS(p, q) ((p) == WORKER || QUEUES == 1 || ((p) % 2) == (q))
#define SLEEPS_ON(p, q) (asleep[p] && WANTS(p, q))

#define REGISTERS byte v, q, p; bool yes
#define FORGET v = 0; q = 0; p = 0; yes = false

inline futex_wake_one(on)
{
	atomic {
		p = WORKER;
		do
		:: p < PROCESSES && SLEEPS_ON(p, on) -> asleep[p] = false; break
		:: p + 1 < PROCESSES -> p++
		:: p + 1 == PROCESSES -> /* none, or any of them */
			p = WORKER;
			do
			:: p < PROCESSES && SLEEPS_ON(p, on) -> asleep[p] = false; break
			:: p < PROCESSES && !SLEEPS_ON(p, on) -> p++
			:: p == PROCESSES -> break
			od;
			break
		od;
		p = 0
	}
}

inline futex_wake_all(on)
{
	d_step {
		p = WORKER;
		do
		:: p < PROCESSES -> asleep[p] = (SLEEPS_ON(p, on) -> false : asleep[p]); p++
		:: else -> break
		od;
		p = 0
	}
}

inline signal_event(on)
{
	atomic { yes = armed; armed = false }
	atomic { readable = (yes -> true : readable); yes = false }
}

inline wake_one(on)
{
	do
	:: atomic { !MAY_SLEEP(sleep[on]) -> break }
	:: atomic { MAY_SLEEP(sleep[on]) -> v = sleep[on] }
	   atomic { yes = (sleep[on] == v); sleep[on] = (yes -> v + 1 : sleep[on]); v = 0 }
	   if :: atomic { yes -> yes = false } futex_wake_one(on); break :: else fi
	od
#ifdef LOOP
	;
	signal_event(on)
#endif
}

inline wake_all(on)
{
#ifdef WAKE_IF_BIT
	if
	:: atomic { MAY_SLEEP(sleep[on]) -> sleep[on] = sleep[on] + 2 } futex_wake_all(on)
	:: else
	fi
#else
	sleep[on] = sleep[on] + 2;
	futex_wake_all(on)
#endif
#ifdef LOOP
	;
#ifdef EVENT_IF_ARMED
	signal_event(on)
#else
	atomic { armed = false; readable = true }
#endif
#endif
}

inline die(me)
{
	atomic { kill[me]?0 -> dead[me] = true; asleep[me] = false; FORGET }
}

#define ENDED(q) (closed[q] && queued[q] == 0 && leased[q] == 0)

proctype putter(byte me)
{
	REGISTERS;
	do
	:: {
		do
		:: sent < ITEMS ->
#ifdef LOOK_FIRST
			q = sent % QUEUES;
			wake_one(q);
			atomic { queued[q]++; sent++; q = 0 }
#else
			atomic { q = sent % QUEUES; queued[q]++; sent++ }
			wake_one(q);
			q = 0
#endif
		:: else -> break
		od;
		hasty || finished == ITEMS;
		do
		:: atomic { q < QUEUES -> closed[q] = true }
#ifndef NO_WAKE_AT_CLOSE
			wake_all(q);
#endif
			q++
		:: atomic { q == QUEUES -> gone++; q = 0; break }
		od;
		break
	   } unless { die(me) };
	   !dead[me]
	od
}

inline try_one(from)
{
	atomic {
		if
		:: WANTS(me, from) && holds[me] == NOTHING && queued[from] > 0 ->
			queued[from]--;
			leased[from]++;
			holds[me] = from
		:: else
		fi
	}
}

/* "I may sleep", on a queue of mine. */
inline prepare(on, value)
{
	atomic {
		if
		:: WANTS(me, on) && !MAY_SLEEP(sleep[on]) -> sleep[on] = sleep[on] + 1
		:: else
		fi;
		value = sleep[on]
	}
}

inline pass_on_one(on)
{
#ifndef BIT_ONCE
	prepare(on, v);
#endif
	if :: WANTS(me, on) && queued[on] > 0 -> wake_one(on) :: else fi;
	v = 0
}

#if QUEUES > 1
#define ON_ALL(what) what(0); what(1)
#else
#define ON_ALL(what) what(0)
#endif
#define prepare_value(on) prepare(on, value[on])
#define read_value(on) value[on] = sleep[on]

/* An item takes as long as another one waits: so everybody is needed. */
#if QUEUES == 1 && ITEMS <= WORKERS
#define AT_REST (queued[0] == 0)
#else
#define AT_REST true
#endif

/* The lease ends, and with it perhaps the queue. */
inline finish()
{
	atomic { AT_REST -> q = holds[me]; leased[q]--; finished++; holds[me] = NOTHING }
#ifndef NO_WAKE_AT_END
	if :: ENDED(q) -> wake_all(q) :: else fi;
#endif
	q = 0
}

#define MINE_ENDED ((!WANTS(me, 0) || ENDED(0)) && (!WANTS(me, QUEUES - 1) || ENDED(QUEUES - 1)))
#define VALUE_HOLDS(q) (!WANTS(me, q) || sleep[q] == value[q])

inline sleep_on_all()
{
	atomic {
		asleep[me] = (VALUE_HOLDS(0) && VALUE_HOLDS(QUEUES - 1));
		value[0] = 0;
		value[QUEUES - 1] = 0
	}
	if
	:: !asleep[me]
#if TIMEOUTS > 0
	:: atomic { asleep[me] && timeouts < TIMEOUTS -> timeouts++; asleep[me] = false; late = true }
#endif
	fi
}

inline wait()
{
	do
	::
#ifdef BIT_ONCE
	   if :: !slept -> ON_ALL(prepare_value) :: else -> ON_ALL(read_value) fi;
#else
	   ON_ALL(prepare_value);
#endif
#ifndef NO_RECHECK
	   ON_ALL(try_one);
#endif
	   if
	   :: atomic { holds[me] != NOTHING -> break }
	   :: atomic { holds[me] == NOTHING && MINE_ENDED -> stop = true; break }
	   :: atomic { holds[me] == NOTHING && !MINE_ENDED && late -> break }
	   :: atomic { holds[me] == NOTHING && !MINE_ENDED && !late -> slept = true }
	      sleep_on_all()
	   fi
#ifdef NO_RECHECK
	   ;
	   ON_ALL(try_one)
#endif
	od;
	atomic { late = false; slept = false; value[0] = 0; value[QUEUES - 1] = 0 }
#ifndef NO_PASS_ON
	ON_ALL(pass_on_one)
#endif
}

proctype worker(byte me)
{
	REGISTERS;
	byte value[QUEUES];
	bool stop, late, slept;
	do
	:: {
		do
		:: ON_ALL(try_one);
		   if :: holds[me] == NOTHING -> wait() :: else fi;
		   if
		   :: holds[me] != NOTHING -> finish()
		   :: atomic { holds[me] == NOTHING && stop -> gone++; stop = false; break }
		   :: else /* the deadline has passed: again */
		   fi
		od;
		break
	   } unless { die(me) };
	   atomic {
		value[0] = 0; value[QUEUES - 1] = 0; stop = false; late = false; slept = false;
		!dead[me]
	   }
	od
}

/* An event loop that takes from queue 0 (QUEUES == 1). */
proctype loop(byte me)
{
	REGISTERS;
	do
	:: {
		do
		:: try_one(0);
		   if
		   :: holds[me] != NOTHING -> finish()
		   :: atomic { holds[me] == NOTHING && ENDED(0) -> gone++; break }
		   :: atomic { holds[me] == NOTHING && !ENDED(0) -> readable = false }
#ifdef ARM_LATE
		      yes = (queued[0] > 0 || ENDED(0));
		      armed = true;
#else
		      armed = true;
		      yes = (queued[0] > 0 || ENDED(0));
#endif
		      atomic { yes || readable -> yes = false }
		   fi
		od;
		break
	   } unless { die(me) };
	   !dead[me]
	od
}

inline bury(o)
{
	atomic {
		if
		:: holds[o] != NOTHING ->
			queued[holds[o]]++; leased[holds[o]]--; holds[o] = NOTHING
		:: else
		fi
	}
#ifndef NO_WAKE_AT_RECOVERY
	q = 0;
	do :: q < QUEUES -> wake_all(q); q++ :: else -> break od;
#endif
	atomic { q = 0; dead[o] = false; o = 0 }
}

#define DEAD(o) ((o) < PROCESSES && dead[(o) % PROCESSES])

proctype manager()
{
	byte o;
	REGISTERS;
	do
	:: atomic {
		DEAD(0) || DEAD(1) || DEAD(2) || DEAD(3) ->
		o = 0;
		do :: !dead[o] -> o++ :: else -> break od
	   }
	   bury(o)
	:: gone == PROCESSES -> break
	od;
	assert(finished == ITEMS)
}

proctype killer()
{
end:	do
	:: atomic {
		deaths < DEATHS ->
endless:	if
		:: kill[PUTTER]!0 -> deaths++
		:: kill[WORKER]!0 -> deaths++
#if WORKERS > 1
		:: kill[WORKER + 1]!0 -> deaths++
#endif
#if WORKERS > 2
		:: kill[WORKER + 2]!0 -> deaths++
#endif
		fi
	   }
	od
}

init {
	atomic {
		byte i;
		do :: i < PROCESSES -> holds[i] = NOTHING; i++ :: else -> break od;
		if :: hasty = true :: hasty = false fi;
		run manager();
		run putter(PUTTER);
		i = 0;
		do
#ifdef LOOP
		:: i == 0 -> run loop(WORKER); i++
		:: i > 0 && i < WORKERS -> run worker(WORKER + i); i++
#else
		:: i < WORKERS -> run worker(WORKER + i); i++
#endif
		:: i == WORKERS -> break
		od;
		run killer();
		i = 0
	}
}
