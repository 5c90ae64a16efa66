/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * promise_state: the word between one producer and one consumer, and the shares, which requests to
 * cancel hold a little longer. Whoever comes second finds the other's move by a load. The context of
 * what waits may die, though not while the promise is being decided: that is for users to order.
 *
 * fault STALE_LOAD: release() takes for the number of shares what it was earlier
 * fault SETTLE_IN_TWO_STEPS: the producer stores, whatever the load has found
 * fault ATTACH_IN_TWO_STEPS: the consumer stores where the load has found nothing
 * fault MARKED_LATE: a producer that comes second stores when it has handed on
 * fault DROP_BLIND: the consumer drops without looking whether the outcome is there
 * fault FORSAKEN_WITHOUT_SHARE: what waited goes, and with it the share that the producer will need
 * fault FORSAKEN_IS_TOLD: a rejection that nobody waits for any more is reported
 * fault PIN_BY_NOBODY: a share is made by one who has none
 */

#define PENDING 0
#define ATTACHED 1
#define SETTLED 2
#define DROPPED 3
#define FORSAKEN 4

byte word = PENDING;
byte shares = 1;
byte frees, outcomes, reports, made_ready, ran, walks;
bool freed, stored, rejected, attaches, drops, forsaken, deciding;

inline touch() { assert(!freed) }
inline destroy() { atomic { touch(); freed = true; frees++ } }

inline release(seen, last)
{
#ifdef STALE_LOAD
    /* seen is from before */
#else
    atomic { touch(); seen = shares };
#endif
    if
    :: seen == 1 -> destroy()
    :: else ->
        atomic { touch(); shares--; last = shares == 0 };
        if
        :: last -> destroy()
        :: else
        fi
    fi
}

inline report_unobserved()
{
    touch();
    assert(stored);
    if
    :: rejected -> reports++
    :: else
    fi
}

/* A request under way: a share until it has gone on. */
proctype walk()
{
    byte seen = 1;
    bool last;
#ifdef PIN_BY_NOBODY
    atomic { touch(); shares++ };
#endif
    touch();
    release(seen, last);
    walks--
}

inline ask()
{
#ifdef PIN_BY_NOBODY
    walks++;
#else
    atomic { touch(); shares++; walks++ };
#endif
    run walk()
}

/* Nobody else writes once the consumer has moved. */
inline mark() { atomic { touch(); word = SETTLED } }

/* What was attached; owns the consumer's share. */
proctype queued()
{
    byte seen = 1;
    bool last;
    touch();
    assert(stored);
    assert(word == SETTLED); /* as requests to cancel ask */
    ran++;
    release(seen, last)
}

inline make_ready()
{
    made_ready++;
    run queued()
}

/* The context of what waits dies, and drops that. */
proctype death()
{
    byte seen = 1;
    bool last;
    if
    :: atomic {
            word == ATTACHED && !deciding -> touch();
#ifndef FORSAKEN_WITHOUT_SHARE
            shares++;
#endif
            word = FORSAKEN;
            forsaken = true
        };
        release(seen, last)
    :: word != ATTACHED
    fi
}

proctype producer()
{
    byte before;
    byte seen = 1;
    bool last;
    if
    :: rejected = true
    :: skip
    fi;
    touch();
    stored = true;
    outcomes++;
    atomic { touch(); before = word; deciding = true };
    if
    :: before == PENDING ->
#ifdef SETTLE_IN_TWO_STEPS
        atomic { touch(); word = SETTLED }
#else
        atomic { touch(); before = word; word = SETTLED }
#endif
    :: else ->
#ifndef MARKED_LATE
        mark()
#endif
    fi;
    deciding = false;
    if
    :: before == PENDING
#ifdef FORSAKEN_IS_TOLD
    :: before == FORSAKEN -> report_unobserved(); release(seen, last)
#else
    :: before == FORSAKEN -> release(seen, last)
#endif
    :: before == DROPPED -> report_unobserved(); release(seen, last)
    :: before == ATTACHED -> make_ready()
    fi
#ifdef MARKED_LATE
    ;
    if
    :: before != PENDING -> mark()
    :: else
    fi
#endif
}

proctype consumer()
{
    bool won;
    byte seen = 1;
    bool last;
    if
    :: ask()
    :: skip
    fi;
    if
    :: ask()
    :: skip
    fi;
    if
    :: attaches = true;
        atomic { touch(); won = word == PENDING };
        if
        :: won ->
#ifdef ATTACH_IN_TWO_STEPS
            atomic { touch(); word = ATTACHED }
#else
            atomic { touch(); won = word == PENDING; word = (won -> ATTACHED : word) }
#endif
        :: else
        fi;
        if
        :: won ->
            if
            :: run death()
            :: skip
            fi
        :: else -> make_ready()
        fi
    :: drops = true;
#ifdef DROP_BLIND
        atomic { touch(); won = true; word = DROPPED };
#else
        atomic { touch(); won = word == PENDING };
        if
        :: won -> atomic { touch(); won = word == PENDING; word = (won -> DROPPED : word) }
        :: else
        fi;
#endif
        if
        :: won
        :: else -> report_unobserved(); release(seen, last)
        fi
    fi
}

init
{
    atomic { run producer(); run consumer() };
    _nr_pr == 1;
    assert(frees == 1 && walks == 0);
    assert(outcomes == 1);
    assert(made_ready == (attaches && !forsaken -> 1 : 0) && ran == made_ready);
    assert(reports == (rejected && drops -> 1 : 0))
}
