/* ring.pml - blocks, hints and deaths: two queues of blocks in a circle.
 *
 * A feeder claims free blocks and issues them, workers lease and finish them,
 * any of them may die between two steps, and so may the manager that cleans up
 * after them. One step is one access to shared memory.
 *
 *   FREEQ ──claim──▶ OWNED ──issue──▶ WORKQ ──take──▶ LEASED ──finish──▶ FREEQ
 *
 * A word's generation is modelled by what it is for: a swap fails when the word
 * has changed since this process read it (seen[]).
 *
 * Proved: each ticket is finished once, none is lost, every block is free at
 * the end, and CELLS = BLOCKS cells are never too few, however often somebody
 * dies: an enqueued block has one hint, never two.
 *
 * Faults: HINT_BEFORE_WORD, NO_REHINT, REHINT_ALL, REHINT_BLIND (without a look
 * whether the hint is there), NO_SKIP (recovery leaves the hint a block was
 * taken by), UNSIGNED (the comparison of positions), NO_RECORD (a put says
 * nothing).
 */
#ifndef BLOCKS
#define BLOCKS 2
#endif
#ifndef CELLS
#define CELLS 2 /* of a ring */
#endif
#ifndef TICKETS
#define TICKETS 2
#endif
#ifndef DEATHS
#define DEATHS 2 /* of feeder and workers */
#endif
#ifndef MANAGER_DEATHS
#define MANAGER_DEATHS 0
#endif
#ifndef WORKERS
#define WORKERS 1
#endif

#define FREEQ 0
#define WORKQ 1

#define OWNED 1
#define ENQ 2
#define LEASED 3

/* Owners. The manager's number is another one after each of its deaths. */
#define MANAGER 0
#define FEEDER (1 + MANAGER_DEATHS)
#define WORKER (2 + MANAGER_DEATHS)
#define OWNERS (2 + MANAGER_DEATHS + WORKERS)
#define NOBODY 15
#define NONE 15

byte state[BLOCKS], owner[BLOCKS], queue[BLOCKS]; /* the control words */
byte seen[OWNERS];   /* block + 1 whose word it has read and that is unchanged since */
byte record[OWNERS]; /* block + 1 that it is putting */

/* Rings. A cell is its position and a block. */
byte cell[2 * CELLS], tail[2], head[2];
#define CELL(q, position) cell[(q) * CELLS + (position) % CELLS]
#define MAKE(position, b) ((position) * 4 + (b))
#define POSITION(c) ((c) / 4)
#define BLOCK(c) ((c) % 4)
#define NOT_EMPTY(q) (POSITION(CELL(q, head[q])) == head[q])

bool dead[OWNERS];
chan kill[OWNERS] = [0] of { bit };
#define DEAD(o) ((o) < OWNERS && dead[(o) % OWNERS])
byte deaths, gone;    /* how many died; how many have left for good */
byte ticket[BLOCKS];  /* ghost: what the block carries */
byte issued, finished;
bool is_finished[TICKETS];

/* What each process has in hand; one set of names, since inlines share them. */
#define REGISTERS \
	byte at, c, b, h, t, got; \
	bool swapped, stuck
#define FORGET \
	at = 0; c = 0; b = 0; h = 0; t = 0; got = 0; swapped = false; stuck = false

inline changed(which)
{
	t = 0;
	do
	:: t < OWNERS -> seen[t] = (seen[t] == which + 1 -> 0 : seen[t]); t++
	:: else -> break
	od;
	t = 0
}

inline read_word(which) { seen[me] = which + 1 }
#define UNCHANGED(which) (seen[me] == which + 1)

inline write_word(which, new_state, new_queue)
{
	changed(which);
	state[which] = new_state;
	owner[which] = me;
	queue[which] = new_queue
}

inline advance(counter, from)
{
	atomic { if :: counter == from -> counter = from + 1 :: else fi }
}

/* A cell at head whose block is not in the queue leads nowhere. */
inline skip_stale(q)
{
	h = head[q];
	c = CELL(q, h);
	if
	:: POSITION(c) == h ->
		if
		:: atomic { state[BLOCK(c)] == ENQ && queue[BLOCK(c)] == q -> stuck = true }
		:: else -> advance(head[q], h); stuck = false
		fi
	:: else -> stuck = (tail[q] == at)
	fi
}

#ifdef UNSIGNED
#define RING_IS_FULL (h > at || at - h >= CELLS)
#else
#define RING_IS_FULL (h <= at && at - h >= CELLS)
#endif

inline hint(q, which)
{
	do
	:: at = tail[q];
	   c = CELL(q, at);
	   if
	   :: POSITION(c) == at -> advance(tail[q], at)
	   :: POSITION(c) + CELLS == at ->
		h = head[q];
		if
		:: RING_IS_FULL ->
			skip_stale(q);
			if
#ifdef UNSIGNED
			:: stuck -> break /* as one that gives up would */
#else
			:: stuck && tail[q] == at -> assert(false) /* the ring is full */
#endif
			:: else
			fi
		:: else ->
			atomic {
				swapped = (CELL(q, at) == c);
				if :: swapped -> CELL(q, at) = MAKE(at, which) :: else fi
			}
			if :: swapped -> advance(tail[q], at); break :: else fi
		fi
	   :: else
	   fi
	od;
	atomic { at = 0; c = 0; h = 0; swapped = false; stuck = false }
}

/* got: a block, or NONE. */
inline take(q, new_state)
{
	got = NONE;
	do
	:: h = head[q];
	   c = CELL(q, h);
	   if
	   :: POSITION(c) != h -> if :: head[q] == h -> break :: else fi
	   :: else ->
		atomic { b = BLOCK(c); read_word(b); swapped = (state[b] == ENQ && queue[b] == q) }
		if
		:: !swapped -> advance(head[q], h)
		:: else ->
			atomic {
				swapped = UNCHANGED(b);
				if :: swapped -> write_word(b, new_state, q); got = b :: else fi
			}
			if :: swapped -> advance(head[q], h); break :: else fi
		fi
	   fi
	od;
	atomic { h = 0; c = 0; b = 0; swapped = false; seen[me] = 0 }
}

/* The word says ENQ: from here the chunk is in. What it means for the ticket
 * happens in the same instant. */
inline put_word(q, which)
{
	if
	:: q == WORKQ && state[which] == OWNED -> ticket[which] = issued; issued++
	:: q == FREEQ && state[which] == LEASED ->
		assert(!is_finished[ticket[which]]);
		is_finished[ticket[which]] = true;
		finished++
	:: else
	fi;
	write_word(which, ENQ, q)
}

inline put(q, which)
{
#ifndef NO_RECORD
	record[me] = which + 1;
#endif
#ifdef HINT_BEFORE_WORD
	hint(q, which);
	atomic { put_word(q, which) }
#else
	atomic { put_word(q, which) }
	hint(q, which);
#endif
	record[me] = 0
}

/* Whoever is killed makes no further step. */
inline die(me)
{
	atomic { kill[me]?0 -> dead[me] = true; FORGET; seen[me] = 0 }
}

proctype feeder(byte me)
{
	REGISTERS;
	do
	:: {
		do
		:: issued == TICKETS -> break
		:: issued < TICKETS && NOT_EMPTY(FREEQ) ->
			take(FREEQ, OWNED);
			if :: got != NONE -> put(WORKQ, got) :: else fi;
			got = 0
		od;
		gone++;
		break
	   } unless { die(me) };
	   !dead[me]
	od
}

proctype worker(byte me)
{
	REGISTERS;
	do
	:: {
		do
		:: finished == TICKETS -> break
		:: NOT_EMPTY(WORKQ) ->
			take(WORKQ, LEASED);
			if :: got != NONE -> put(FREEQ, got) :: else fi;
			got = 0
		od;
		gone++;
		break
	   } unless { die(me) };
	   !dead[me]
	od
}

/* Is there a hint to the block at or behind head? Into swapped. */
inline find_hint(q, which)
{
	swapped = false;
	h = head[q];
	do
	:: c = CELL(q, h);
	   if
	   :: POSITION(c) == h && BLOCK(c) == which -> swapped = true; break
	   :: POSITION(c) == h && BLOCK(c) != which -> h++
	   :: POSITION(c) < h -> break
	   :: else -> h = head[q] /* the ring went on */
	   fi
	od;
	atomic { h = 0; c = 0 }
}

/* A hint that the dead one may not have published. */
inline rehint(o, which)
{
	atomic { read_word(which); b = (state[which] == ENQ && owner[which] == o); q = queue[which] }
	if
	:: b ->
#if !defined(REHINT_BLIND) && !defined(REHINT_ALL)
		find_hint(q, which);
#endif
		if
		:: !swapped && UNCHANGED(which) -> hint(q, which)
		:: else
		fi
	:: else
	fi;
	atomic { b = 0; q = 0; swapped = false; seen[me] = 0 }
}

inline bury(o)
{
#ifndef NO_REHINT
	if :: record[o] != 0 -> got = record[o] - 1; rehint(o, got); got = 0 :: else fi;
#endif
	i = 0;
	do
	:: i < BLOCKS ->
		if
		:: owner[i] == o && state[i] != ENQ ->
#ifndef NO_SKIP
			skip_stale(queue[i]);
#endif
			if
			:: state[i] == OWNED -> put(FREEQ, i)
			:: state[i] == LEASED -> put(WORKQ, i)
			fi
#ifdef REHINT_ALL
		:: owner[i] == o && state[i] == ENQ -> rehint(o, i)
#endif
		:: else
		fi;
		i++
	:: else -> break
	od;
	atomic { i = 0; record[o] = 0; dead[o] = false; o = 0 }
}

/* Everybody is gone: all blocks are free, and are found. */
inline check_end()
{
	assert(finished == TICKETS);
	do
	:: i < BLOCKS -> take(FREEQ, OWNED); assert(got != NONE); i++
	:: else -> break
	od
}

proctype manager()
{
	byte me = MANAGER, i, o, q;
	REGISTERS;
	do
	:: {
		do
		:: atomic {
			DEAD(0) || DEAD(1) || DEAD(2) || DEAD(3) || DEAD(4) ->
			o = 0;
			do :: !dead[o] -> o++ :: else -> break od
		   }
		   bury(o)
		:: gone == WORKERS + 1 -> break
		od;
		break
	   } unless { die(me) };
	   atomic { i = 0; o = 0; q = 0; me++ }
	od;
	atomic { FORGET; i = 0 };
	atomic { check_end() }
}

proctype killer()
{
end:	do
	:: atomic {
		deaths < DEATHS ->
endless:	if
		:: kill[FEEDER]!0 -> deaths++
		:: kill[WORKER]!0 -> deaths++
#if WORKERS > 1
		:: kill[WORKER + 1]!0 -> deaths++
#endif
		fi
	   }
#if MANAGER_DEATHS > 0
	:: kill[0]!0
#endif
#if MANAGER_DEATHS > 1
	:: kill[1]!0
#endif
	od
}

init {
	atomic {
		byte i;
		do
		:: i < 2 * CELLS -> cell[i] = MAKE(i % CELLS, 0); i++
		:: else -> break
		od;
		head[FREEQ] = CELLS; tail[FREEQ] = CELLS + BLOCKS;
		head[WORKQ] = CELLS; tail[WORKQ] = CELLS;
		i = 0;
		do
		:: i < BLOCKS ->
			state[i] = ENQ; owner[i] = NOBODY; queue[i] = FREEQ;
			CELL(FREEQ, CELLS + i) = MAKE(CELLS + i, i);
			i++
		:: else -> break
		od;
		run manager();
		run feeder(FEEDER);
		i = 0;
		do :: i < WORKERS -> run worker(WORKER + i); i++ :: else -> break od;
		run killer();
		i = 0
	}
}
