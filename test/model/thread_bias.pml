/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * thread_bias: a thread that is the owner, two at once that revoke that, and everybody from then on;
 * or everybody from the beginning, where the system has no barrier for other threads. What belongs to
 * the bias is a word that the owner changes by a load and a store, and everybody in one step. What the
 * owner stores stays in its buffer until an arbitrary moment, or until a barrier: its loads pass it,
 * but for those of what is in there.
 *
 * fault NO_BARRIER: who revokes does not wait for what is in the owner's buffer
 * fault BARRIER_TOO_EARLY: the barrier is issued before the revocation is said
 * fault NO_SECOND_LOOK: the owner does not look whether it still is the owner
 * fault NOT_WAITED_FOR: who revokes does not wait until the owner has left
 * fault SECOND_GOES_AHEAD: a second one that revokes does not wait for the first
 * fault LEAVES_TOO_EARLY: the owner leaves before it has stored the word
 * fault STAYS_INSIDE: the owner that finds itself revoked does not leave
 * fault FIRST_IN_TWO_STEPS: nobody becomes the owner by a load and a store
 */

#define THREADS 3
#define ROUNDS 2

/* In place of a thread's number. */
#define NOBODY 0
#define REVOKING 1
#define EVERYBODY 2
#define number(thread) (3 + thread)

/* What is stored. */
#define INSIDE 0
#define WORD 1

byte owner = NOBODY;
bool inside, has_barrier;
byte word;
chan buffer = [3] of { bit, byte }; /* of the owner, whoever that is: nobody else stores these */
byte finished;

inline reach_memory()
{
    if
    :: stored == INSIDE -> inside = value
    :: stored == WORD -> word = value
    fi
}

active proctype memory()
{
    bit stored;
    byte value;
end:
    do
    :: atomic { buffer?stored, value; reach_memory() }
    od
}

inline barrier_on_all_threads()
{
    atomic {
        do
        :: buffer?stored, value -> reach_memory()
        :: empty(buffer) -> break
        od
    }
}

inline enter_as_owner()
{
    if
    :: owner == me ->
        buffer!INSIDE, true;
#ifdef NO_SECOND_LOOK
        as_owner = true
#else
        if
        :: owner == me -> as_owner = true
        :: else ->
#ifndef STAYS_INSIDE
            buffer!INSIDE, false
#endif
        fi
#endif
    :: else
    fi
}

inline revoke()
{
#ifdef BARRIER_TOO_EARLY
    barrier_on_all_threads();
#endif
    atomic {
        won = seen != REVOKING && owner == seen;
        owner = (won -> REVOKING : owner)
    };
    if
    :: won ->
#ifndef NO_BARRIER
#ifndef BARRIER_TOO_EARLY
        barrier_on_all_threads();
#endif
#endif
#ifndef NOT_WAITED_FOR
        !inside;
#endif
        owner = EVERYBODY
    :: else ->
#ifndef SECOND_GOES_AHEAD
        owner == EVERYBODY
#endif
    fi
}

inline enter_slowly()
{
    seen = owner;
    if
    :: seen == NOBODY ->
#ifdef FIRST_IN_TWO_STEPS
        owner = me;
        seen = me;
#else
        atomic {
            owner = (owner == NOBODY -> (has_barrier -> me : EVERYBODY) : owner);
            seen = owner
        };
#endif
        if
        :: seen == me -> enter_as_owner()
        :: else
        fi;
        seen = owner
    :: else
    fi;
    if
    :: as_owner
    :: !as_owner && seen != EVERYBODY -> revoke()
    :: !as_owner && seen == EVERYBODY
    fi
}

proctype thread(byte me)
{
    byte seen, round, value, mine;
    bit stored;
    bool as_owner, won, has_stored;
    do
    :: round < ROUNDS ->
        as_owner = false;
        enter_as_owner();
        if
        :: as_owner
        :: else -> enter_slowly()
        fi;

        if
        :: as_owner ->
            /* Nobody else has stored it since: it may be in the buffer still. */
            value = (has_stored -> mine : word);
            mine = value + 1;
            has_stored = true;
#ifdef LEAVES_TOO_EARLY
            buffer!INSIDE, false;
            buffer!WORD, mine
#else
            buffer!WORD, mine;
            buffer!INSIDE, false
#endif
        :: else -> word++
        fi;
        round++
    :: else -> break
    od;
    finished++
}

init
{
    byte i;
    atomic {
        if
        :: has_barrier = true
        :: skip
        fi;
        do
        :: i < THREADS -> run thread(number(i)); i++
        :: else -> break
        od
    };
    finished == THREADS && empty(buffer);
    assert(word == THREADS * ROUNDS)
}
