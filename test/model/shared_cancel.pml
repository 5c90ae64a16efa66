/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * shared_state: the promise behind is cancelled when all consumers have asked, and not before; a
 * link that is queued keeps its request, also while others are being queued.
 *
 * fault COUNT_IN_TWO_STEPS: of two that ask at once, both or neither may be the last
 * fault ASKS_TOO_EARLY: a handle stops counting before what it attaches counts
 * fault SETTLED_WHEN_DISTRIBUTED: a link takes the promise to be pending until all are queued
 */

byte unasked = 1;
byte still_to_ask = 1; /* of those that count, as a bystander counts them */
byte asked_behind, kept, cancels;
bool behind_settled, distributed;

/* A link asks, on its executor. */
inline cancel_link(left, settled_now)
{
#ifdef SETTLED_WHEN_DISTRIBUTED
    settled_now = distributed;
#else
    settled_now = behind_settled;
#endif
    if
    :: settled_now -> kept++; goto done
    :: else
    fi;
#ifdef COUNT_IN_TWO_STEPS
    left = unasked - 1;
    still_to_ask--;
    unasked = left;
#else
    atomic { unasked--; still_to_ask-- };
#endif
    left = unasked;
    if
    :: left == 0 ->
        /* shared_state::cancel */
        if
        :: atomic { !behind_settled -> assert(still_to_ask == 0); asked_behind++ }
        :: else ->
#ifdef SETTLED_WHEN_DISTRIBUTED
            skip
#else
            kept++ /* begins again at the link, which finds it settled */
#endif
        fi
    :: else
    fi;
done:
    skip
}

proctype link()
{
    byte left;
    bool settled_now;
    cancel_link(left, settled_now);
    cancels++
}

proctype handle()
{
    byte left;
    /* attaches a link, which speaks for it */
#ifdef ASKS_TOO_EARLY
    atomic { unasked-- };
    atomic { unasked++ };
#else
    atomic { unasked++ };
    atomic { unasked-- };
#endif
    run link()
}

proctype producer()
{
    if
    :: behind_settled = true; distributed = true
    :: skip
    fi
}

init
{
    atomic {
        unasked++; /* a copy */
        still_to_ask++;
        run handle();
        run handle();
        run producer()
    };
    _nr_pr == 1;
    assert(cancels == 2);
    /* All have asked: the promise behind has heard it, or the last of them keeps it. */
    assert(asked_behind > 0 || kept > 0)
}
