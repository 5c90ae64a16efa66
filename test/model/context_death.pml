/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * waiting_root: a promise that something waits for is in the list of its context, whose death drops
 * it, while it is decided, and while it is attached to. What is in the resolvers' slot owns a
 * resolver. The contract orders the end of a context and a decision; the state does not rely on it.
 *
 * fault NO_HOLD: the context has no share of what it takes from the list
 * fault LISTED_LATE: what waits is attached first, then listed
 * fault STAYS_LISTED: who settles leaves it in the list
 * fault EMPTIED_FIRST: the slot is emptied before it has been decided who settles
 */

#define PENDING 0
#define ATTACHED 1
#define SETTLED 2

byte word = PENDING;
byte shares = 2;
byte resolvers = 2; /* the decider's, and the one in the slot */
byte frees, outcomes, made_ready, dropped;
bool decided, freed, dead, listed, has_context, busy;
bool slot_full = true, clearing;

inline touch() { assert(!freed) }
inline lock() { atomic { !busy -> busy = true } }
inline unlock() { busy = false }

inline release(last)
{
    atomic { touch(); shares--; last = shares == 0 };
    if
    :: last -> atomic { touch(); freed = true; frees++; assert(!listed) }
    :: else
    fi
}

inline decide(won) { atomic { touch(); won = !decided; decided = true } }

inline list_in()
{
    lock();
    if
    :: dead -> touch()
    :: else -> touch(); listed = true; has_context = true
    fi;
    unlock()
}

inline unlist()
{
#ifndef STAYS_LISTED
    touch();
    if
    :: has_context ->
        lock();
        touch();
        listed = false;
        unlock()
    :: else
    fi
#else
    skip
#endif
}

/* What waits is run, or dropped: it gives up the consumer's share. */
proctype waiting(bool runs)
{
    bool last;
    if
    :: runs -> made_ready++
    :: else -> dropped++
    fi;
    release(last)
}

inline settle(runs, before)
{
    outcomes++;
    atomic { touch(); before = word; word = SETTLED };
    if
    :: before == ATTACHED -> unlist(); run waiting(runs)
    :: else
    fi
}

/* The handler in the slot goes, and with it a resolver: if that were the last and undecided, it would
 * clear the slot again. */
inline clear_slot(left, last)
{
    if
    :: atomic { slot_full -> assert(!clearing); clearing = true };
        atomic { touch(); resolvers--; left = resolvers };
        if
        :: left == 0 ->
            assert(decided);
            release(last)
        :: else
        fi;
        atomic { slot_full = false; clearing = false }
    :: else
    fi
}

proctype resolver(bool decides)
{
    bool won, last;
    byte left, before;
    if
    :: decides ->
        decide(won);
        if
        :: won ->
            settle(true, before);
            lock(); /* on the executor: not while the context dies */
            unlock();
            atomic { !clearing };
            clear_slot(left, last)
        :: else
        fi
    :: else
    fi;
    atomic { touch(); resolvers--; left = resolvers };
    if
    :: left == 0 -> release(last)
    :: else
    fi
}

proctype context()
{
    bool won, last, found;
    byte left, before;
    dead = true;
    lock();
    found = listed;
    if
    :: found -> listed = false;
#ifndef NO_HOLD
        atomic { touch(); shares++ }
#endif
    :: else
    fi;
    unlock();
    if
    :: found ->
#ifdef EMPTIED_FIRST
        clear_slot(left, last);
#endif
        decide(won);
        if
        :: won ->
            settle(false, before);
#ifndef EMPTIED_FIRST
            clear_slot(left, last)
#endif
        :: else
        fi;
#ifndef NO_HOLD
        release(last)
#endif
    :: else
    fi
}

proctype consumer()
{
    bool won;
#ifndef LISTED_LATE
    list_in();
#endif
    atomic { touch(); won = word == PENDING; word = (won -> ATTACHED : word) };
#ifdef LISTED_LATE
    list_in();
#endif
    if
    :: won
    :: else -> unlist(); run waiting(!dead)
    fi
}

init
{
    bool decides;
    if
    :: decides = true
    :: skip
    fi;
    atomic {
        run consumer();
        run resolver(decides);
        run context()
    };
    _nr_pr == 1;
    /* What nobody decided waits with its slot, where the context died before it was listed. */
    assert((frees == 1) == (outcomes == 1));
    assert(outcomes == 1 || (!decides && slot_full && !listed));
    assert(made_ready + dropped == outcomes)
}
