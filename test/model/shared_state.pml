/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * shared_state: what attaches and drops while the outcome is being distributed.
 *
 * fault NO_DRAINING_MARK: to distribute leaves the list open for whoever comes to queue by himself
 * fault IN_ORDER_OF_THE_LIST: what waits is queued as the list has it, the newest first
 * fault FORGOTTEN_SHARE: a continuation has no share
 * fault REPORTED_BY_EACH: who observes is not remembered
 * fault ATTACH_IN_TWO_STEPS: the list may change in between
 */

#define NONE 0
#define DISTRIBUTING 8
#define SETTLED 16

#define N 4 /* continuations 1..3 */

byte word;
byte next[N], seq[N];
byte ready[N], ran[N];
byte shares = 2; /* the promise behind, and the first handle */
byte attached, listed, given, frees, reports;
bool freed, rejected, observed, is_settled;

inline touch() { assert(!freed) }

inline release(last)
{
    atomic { touch(); shares--; last = shares == 0 };
    if
    :: last ->
        reports = reports + (rejected && !observed -> 1 : 0);
        atomic { touch(); freed = true; frees++ }
    :: else
    fi
}

proctype queued(byte i)
{
    bool last;
    touch();
    assert(is_settled);
    ran[i]++;
    release(last)
}

inline make_ready(i)
{
    assert(ready[i] == 0);
    ready[i]++;
    run queued(i)
}

inline attach(i, w, done)
{
#ifndef FORGOTTEN_SHARE
    atomic { touch(); shares++ };
#endif
    attached++;
#ifndef REPORTED_BY_EACH
    observed = true;
#endif
    done = false;
    atomic { touch(); w = word };
    do
    :: done -> break
    :: !done && w == SETTLED ->
        assert(given == listed); /* behind all that had been in the list */
        make_ready(i);
        done = true
    :: !done && w != SETTLED ->
        next[i] = w % DISTRIBUTING;
#ifdef ATTACH_IN_TWO_STEPS
        listed++;
        seq[i] = listed;
        word = i + (w & DISTRIBUTING);
        done = true
#else
        atomic {
            touch();
            if
            :: word == w ->
                listed++;
                seq[i] = listed;
                word = i + (w & DISTRIBUTING);
                done = true
            :: else -> w = word
            fi
        }
#endif
    od
}

/* Settles the promise behind, whose one continuation this is. */
proctype producer()
{
    byte w, last_one, in_order, before;
    bool last, done;
    if
    :: rejected = true
    :: skip
    fi;
    is_settled = true;
#ifdef NO_DRAINING_MARK
    atomic { touch(); w = word; word = SETTLED };
#else
    atomic { touch(); w = word; word = DISTRIBUTING };
#endif
    do
    :: done -> break
    :: !done ->
        in_order = NONE;
        last_one = w % DISTRIBUTING;
#ifdef IN_ORDER_OF_THE_LIST
        in_order = last_one;
#else
        do
        :: last_one != NONE ->
            d_step {
                before = next[last_one];
                next[last_one] = in_order;
                in_order = last_one;
                last_one = before
            }
        :: else -> break
        od;
#endif
        do
        :: in_order != NONE ->
            before = in_order;
            in_order = next[before];
            assert(seq[before] == given + 1);
            given++;
            make_ready(before)
        :: else -> break
        od;
#ifdef NO_DRAINING_MARK
        done = true
#else
        atomic {
            touch();
            if
            :: word == DISTRIBUTING -> word = SETTLED; done = true
            :: else
            fi
        };
        if
        :: !done -> atomic { touch(); w = word; word = DISTRIBUTING }
        :: else
        fi
#endif
    od;
    release(last)
}

/* A handle: attaches some, and goes. */
proctype handle(byte first, count)
{
    byte w;
    bool last, done;
    do
    :: count > 0 -> attach(first, w, done); first++; count--
    :: break
    od;
    release(last)
}

init
{
    byte i;
    atomic {
        shares++; /* the second handle, a copy */
        run producer();
        run handle(1, 2);
        run handle(3, 1)
    };
    _nr_pr == 1;
    assert(frees == 1);
    atomic {
        for (i : 1 .. N - 1) {
            assert(ran[i] == ready[i]);
            given = (i == 1 -> 0 : given);
            given = given + ran[i]
        };
        assert(given == attached)
    };
    assert(reports == (rejected && attached == 0 -> 1 : 0))
}
