/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * biased_lock: a thread that owns it, two at once that revoke that, and everybody from then on; or
 * everybody from the beginning, where the system has no barrier for other threads. What the owner
 * stores stays in its buffer until an arbitrary moment, or until a barrier: its loads pass it.
 *
 * fault NO_BARRIER: who revokes does not wait for what is in the owner's buffer
 * fault BARRIER_TOO_EARLY: the barrier is issued before the revocation is said
 * fault NO_SECOND_LOOK: the owner does not look whether it still is the owner
 * fault NOT_WAITED_FOR: who revokes does not wait until the owner has let go
 * fault SECOND_GOES_AHEAD: a second one that revokes does not wait for the first
 * fault WRONG_FLAG: the owner lets go of the flag that is everybody's
 * fault STAYS_HELD: the owner that finds itself revoked does not let go
 * fault FIRST_IN_TWO_STEPS: nobody becomes the owner by a load and a store
 */

#define THREADS 3
#define ROUNDS 2

/* In place of a thread's number. */
#define NOBODY 0
#define REVOKING 1
#define EVERYBODY 2
#define number(thread) (3 + thread)

byte owner = NOBODY;
bool held, locked, has_barrier;
chan buffer = [2] of { bool }; /* of the owner, whoever that is: nobody else stores held */
byte inside, finished;
byte uses, uses_seen;

inline flush() { atomic { buffer?value; held = value } }

active proctype memory()
{
    bool value;
end:
    do
    :: flush()
    od
}

inline barrier_on_all_threads()
{
    atomic {
        do
        :: buffer?value -> held = value
        :: empty(buffer) -> break
        od
    }
}

inline lock_as_owner()
{
    if
    :: owner == me ->
        buffer!true;
#ifdef NO_SECOND_LOOK
        as_owner = true
#else
        if
        :: owner == me -> as_owner = true
        :: else ->
#ifndef STAYS_HELD
            buffer!false
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
        !held;
#endif
        owner = EVERYBODY
    :: else ->
#ifndef SECOND_GOES_AHEAD
        owner == EVERYBODY
#endif
    fi
}

inline lock_slowly()
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
        :: seen == me -> lock_as_owner()
        :: else
        fi;
        seen = owner
    :: else
    fi;
    if
    :: as_owner
    :: !as_owner ->
        if
        :: seen != EVERYBODY -> revoke()
        :: else
        fi;
        /* The exchange that finds it free. */
        atomic { !locked -> locked = true }
    fi
}

proctype thread(byte me)
{
    byte seen, round;
    bool as_owner, won, value;
    do
    :: round < ROUNDS ->
        as_owner = false;
        lock_as_owner();
        if
        :: as_owner
        :: else -> lock_slowly()
        fi;

        inside++;
        assert(inside == 1);
        uses_seen = uses;
        uses = uses_seen + 1;
        inside--;

        if
        :: as_owner ->
#ifdef WRONG_FLAG
            locked = false
#else
            buffer!false
#endif
        :: else -> locked = false
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
    finished == THREADS;
    assert(uses == THREADS * ROUNDS)
}
