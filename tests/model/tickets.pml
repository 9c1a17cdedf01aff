/* tickets.pml - numbers without a hole, and an end that is one.
 *
 * Several threads give chunks of one queue their tickets, somebody closes the
 * queue at any time, workers take and ask whether the end has come, and
 * whoever gives out tickets may die. One step is one access to shared memory.
 *
 *   the queue's word   closed | next ticket | generation and block of the last
 *   a block's          pending or given | generation | ticket
 *
 * Proved: the tickets given out are 0 .. next - 1, each is finished once, none
 * enters a queue of which somebody was told that it has ended, all blocks are
 * free at the end.
 *
 * Faults: NO_SETTLE (the last ticket is not written down before the next one is
 * given), NO_PENDING (nothing says that a block waits for a ticket), FREE_GIVEN
 * (recovery frees every block that is being filled), STOP_EARLY (the end does
 * not wait for a block that has a ticket and is not in yet), WORD_TWICE (who
 * asks for the end reads a block's word again for its generation).
 */
#ifndef BLOCKS
#define BLOCKS 2
#endif
#ifndef TICKETS
#define TICKETS 2 /* at most */
#endif
#ifndef ISSUERS
#define ISSUERS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef MANAGER_DEATHS
#define MANAGER_DEATHS 0
#endif

#define FREE 0
#define OWNED 1
#define ENQ 2
#define LEASED 3

#define NONE 15
#define OWNERS (ISSUERS + 1)
#define WORKER ISSUERS
#define MANAGER OWNERS

/* Control words. */
byte state[BLOCKS], owner[BLOCKS], generation[BLOCKS];

#if BLOCKS == 2
#define SOME(s) (state[0] == s || state[1] == s)
#else
#define SOME(s) (state[0] == s || state[1] == s || state[2] == s)
#endif

/* A block's ticket word, and the queue's: its generation is cut. */
bool pending[BLOCKS];
byte of_generation[BLOCKS], ticket[BLOCKS];
bool closed;
byte next, last, last_generation;

bool finished[TICKETS], told;
byte deaths, manager_deaths, gone;
bool dead[OWNERS];
chan kill[OWNERS + 1] = [0] of { bit };

/* What was read. */
#define REGISTERS \
	byte b, got, word, p_generation, l, l_generation, mine; \
	bool p, yes, was_closed
#define FORGET \
	b = 0; got = 0; word = 0; p_generation = 0; l = 0; l_generation = 0; \
	mine = 0; p = false; yes = false; was_closed = false

inline die(me)
{
	atomic { kill[me]?0 -> dead[me] = true; FORGET }
}

inline write_word(which, new_state, new_owner)
{
	assert(!(told && new_state == ENQ));
	state[which] = new_state;
	owner[which] = new_owner;
	generation[which]++
}

/* next alone tells two values of the queue's word apart, and closed. */
#define SAME (next == mine && closed == was_closed)

inline read_queue()
{
	atomic { mine = next; was_closed = closed; l = last; l_generation = last_generation }
}

/* Whoever got the last ticket has it in writing. yes: the queue's word, as
 * read, is still true. */
inline settle()
{
	if
	:: l == NONE -> yes = true
	:: l != NONE ->
		atomic { p = pending[l]; p_generation = of_generation[l]; word = ticket[l] }
		yes = SAME;
		if
		:: yes && p && p_generation == l_generation ->
			atomic {
				if
				:: pending[l] == p && of_generation[l] == p_generation && ticket[l] == word ->
					pending[l] = false;
					ticket[l] = mine - 1
				:: else
				fi
			}
		:: else
		fi
	fi;
	atomic { p = false; p_generation = 0; word = 0 }
}

/* A ticket for the block in got; yes: there was one. */
inline give()
{
#ifndef NO_PENDING
	atomic { pending[got] = true; of_generation[got] = generation[got]; ticket[got] = 0 }
#endif
	do
	:: read_queue();
	   if
	   :: was_closed || mine == TICKETS -> yes = false; break
	   :: else ->
#ifdef NO_SETTLE
		yes = true;
#else
		settle();
#endif
		if
		:: yes ->
			atomic {
				yes = SAME;
				if
				:: yes ->
					assert(!closed);
					next++;
					last = got;
					last_generation = generation[got]
				:: else
				fi
			}
			if :: yes -> break :: else fi
		:: else
		fi
	   fi
	od;
	if
	:: yes -> atomic { pending[got] = false; of_generation[got] = generation[got]; ticket[got] = mine }
	:: else
	fi;
	atomic { l = 0; l_generation = 0; mine = 0; was_closed = false }
}

proctype issuer(byte me)
{
	REGISTERS;
	do
	:: {
		do
		:: closed || next == TICKETS -> break
		:: atomic { !closed && next < TICKETS && SOME(FREE) ->
			got = 0;
			do :: state[got] != FREE -> got++ :: else -> break od;
			write_word(got, OWNED, me) }
		   give();
		   if
		   :: yes -> atomic { write_word(got, ENQ, me); got = 0; yes = false }
		   :: else -> atomic { write_word(got, FREE, me); got = 0 }
		   fi
		od;
		gone++;
		break
	   } unless { die(me) };
	   !dead[me]
	od
}

/* Has the OWNED block of this generation a ticket? Into yes. */
inline look_for_ticket(which, use)
{
	do
	:: read_queue();
	   settle();
	   if :: yes -> break :: else fi
	od;
	yes = (!pending[which] && of_generation[which] == use);
	atomic { l = 0; l_generation = 0; mine = 0; was_closed = false }
}

/* Could a block still come out of the queue, which is closed? Into yes. */
inline ask_for_end()
{
	b = 0;
	do
	:: b < BLOCKS ->
		atomic { word = state[b]; got = generation[b] }
		if
		:: word == ENQ || word == LEASED -> yes = true; break
#ifndef STOP_EARLY
		:: word == OWNED ->
			word = 0;
#ifdef WORD_TWICE
			got = generation[b];
#endif
			look_for_ticket(b, got);
			if :: yes -> break :: else fi
#else
		:: word == OWNED
#endif
		:: word == FREE
		fi;
		b++
	:: else -> yes = false; break
	od;
	atomic { word = 0; got = 0; b = 0 }
}

/* It finishes what it takes in one step: results.pml has the rest. */
proctype worker(byte me)
{
	REGISTERS;
	do
	:: atomic { SOME(ENQ) ->
		got = 0;
		do :: state[got] != ENQ -> got++ :: else -> break od;
		assert(!told);
		write_word(got, LEASED, me) }
	   atomic {
		assert(!pending[got] && ticket[got] < next);
		assert(!finished[ticket[got]]);
		finished[ticket[got]] = true;
		write_word(got, FREE, me);
		got = 0
	   }
	:: closed && !told ->
		ask_for_end();
		if
		:: atomic { !yes -> told = true }
		:: atomic { yes -> yes = false }
		fi
	:: atomic { told && gone == ISSUERS + 1 -> break }
	od
}

proctype closer() { closed = true }

inline bury(o)
{
	b = 0;
	do
	:: b < BLOCKS ->
		if
		:: state[b] == OWNED && owner[b] == o ->
#ifdef FREE_GIVEN
			yes = false;
#else
			look_for_ticket(b, generation[b]);
#endif
			if
			:: yes -> atomic { write_word(b, ENQ, me); yes = false }
			:: else -> atomic { write_word(b, FREE, me) }
			fi
		:: else
		fi;
		b++
	:: else -> break
	od;
	atomic { b = 0; dead[o] = false; o = 0 }
}

#define DEAD(o) ((o) < OWNERS && dead[(o) % OWNERS])

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
		:: atomic { gone == ISSUERS && told -> gone++; break }
		od;
		break
	   } unless { atomic { kill[me]?0 -> FORGET; o = 0 } }
	od;
	atomic {
		do
		:: b < next -> assert(finished[b]); b++
		:: else -> break
		od;
		b = 0;
		do
		:: b < BLOCKS -> assert(state[b] == FREE); b++
		:: else -> break
		od
	}
}

proctype killer()
{
end:	do
	:: atomic {
		deaths < DEATHS ->
endless:	if
		:: kill[0]!0 -> deaths++
#if ISSUERS > 1
		:: kill[1]!0 -> deaths++
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
		last = NONE;
		do :: i < BLOCKS -> owner[i] = MANAGER; i++ :: else -> break od;
		i = 0;
		do :: i < ISSUERS -> run issuer(i); i++ :: else -> break od;
		run worker(WORKER);
		run manager();
		run closer();
		run killer();
		i = 0
	}
}
