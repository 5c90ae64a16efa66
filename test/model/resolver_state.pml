/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * resolver_state: who decides, the last resolver, and where a request to cancel goes that comes from
 * a link which waits for the promise: to the resolvers' slot, to the adoptable, or to the link.
 *
 * The executor is a lock: what is done on it is never done at the same time.
 *
 * fault DECIDE_IN_TWO_STEPS: two may win
 * fault COUNT_IN_TWO_STEPS: two resolvers may be the last, or none
 * fault ENDED_DROPS: a request that finds the slot emptied, or the adoptable ended, ends there
 * fault SLOT_AFTER_WORD: cancel() looks for the slot after it has looked who decides
 * fault NO_PASS_OVER: the slot is asked although the promise has been locked in
 * fault LEFT_OPEN: a request may be kept after what was kept has been taken
 * fault KEPT_IS_FORGOTTEN: what was asked for before the adoptable started is not handed on when it
 * ends before it has heard
 */

#define OPEN 0
#define LOCKED_IN 1
#define MADE 2

/* of requests */
#define LOCKED 1
#define CLOSED 2
#define RELAYED 4
#define KEPT 8

/* of the slot and the adoptable */
#define ACTIVE 0
#define ENDED 1
#define OVER 2

byte decision = OPEN;
byte resolvers = 2;
byte shares = 2;
byte requests;
bool settled, freed;
byte frees, outcomes, breaks;
bool slot_made, slot_passed_over;
byte slot_stage, adopted_stage;
bool late, locked_in_for_good, executor_busy;
bool adopts;

/* where the requests have gone */
bool asked_at_its_end, slot_heard, adopted_heard, link_has;

inline touch() { assert(!freed) }
inline on_executor() { atomic { !executor_busy -> executor_busy = true } }
inline leave_executor() { executor_busy = false }

inline release(last)
{
    atomic { touch(); shares--; last = shares == 0 };
    if
    :: last -> atomic { touch(); freed = true; frees++ }
    :: else
    fi
}

inline decide(won)
{
#ifdef DECIDE_IN_TWO_STEPS
    won = decision == OPEN;
    if
    :: won -> decision = MADE
    :: else
    fi
#else
    atomic { touch(); won = decision == OPEN; decision = (won -> MADE : decision) }
#endif
}

/* The link above has run: it releases the state. */
proctype link()
{
    bool last;
    touch();
    release(last)
}

inline retire()
{
    on_executor();
    slot_stage = OVER;
    leave_executor()
}

/* By a resolver: nothing is handed on. */
inline settle_open(relay)
{
    relay = slot_made;
    assert(!(requests & LOCKED));
    outcomes++;
    atomic { touch(); assert(!settled); settled = true };
    run link();
    if
    :: relay -> retire()
    :: else
    fi
}

/* The adoptable ends when it likes, once it has started. What it owned may ask on its way out. */
proctype adopted_ends()
{
    bool relay, hand_on, won, last;
    byte word;
    on_executor();
    atomic { touch(); won = decision == LOCKED_IN; decision = (won -> MADE : decision) };
    adopted_stage = ENDED;
    assert(won);
    if
    :: atomic { requests & RELAYED -> asked_at_its_end = true; late = true }
    :: atomic { !(requests & RELAYED) -> asked_at_its_end = true; requests = requests | KEPT }
    :: skip
    fi;
    outcomes++;
    relay = slot_made;
#ifdef LEFT_OPEN
    word = requests;
#else
    atomic { touch(); word = requests; requests = requests | CLOSED };
#endif
    hand_on = (word & RELAYED -> late : (word & KEPT) != 0);
    atomic { touch(); assert(!settled); settled = true };
    if
    :: hand_on -> link_has = true
    :: else
    fi;
    run link();
    adopted_stage = OVER;
    leave_executor();
    if
    :: relay -> retire()
    :: else
    fi;
    release(last)
}

/* resolution::run() */
proctype adopted_starts()
{
    byte word;
    bool last;
    run adopted_ends();
    atomic {
        touch();
        word = requests;
#ifndef KEPT_IS_FORGOTTEN
        late = late || ((word & KEPT) && !(word & CLOSED));
#endif
        requests = (requests & (LOCKED | CLOSED)) | RELAYED
    };
    if
    :: (word & KEPT) && !(word & CLOSED) ->
        on_executor();
        if
        :: adopted_stage == ACTIVE -> adopted_heard = true; late = false
        :: else -> assert(adopted_stage == OVER) /* and has handed it on */
        fi;
        leave_executor()
    :: else
    fi;
    release(last)
}

inline take_slot(fresh)
{
    atomic { touch(); fresh = !slot_made; slot_made = true };
    if
    :: fresh && (requests & LOCKED) -> slot_passed_over = true
    :: else
    fi
}

inline lock_in()
{
    atomic { touch(); decision = LOCKED_IN };
    atomic { touch(); requests = requests | LOCKED };
#ifndef NO_PASS_OVER
    if
    :: slot_made -> slot_passed_over = true
    :: else
    fi;
#endif
    locked_in_for_good = true;
    atomic { touch(); shares = shares + 2 }; /* of the resolution, and while it starts */
    adopts = true;
    run adopted_starts()
}

/* A resolver: may decide, may take the slot before or after, and goes. */
proctype resolver(bool may_adopt)
{
    bool won, last, relay, fresh;
    byte left;
    if
    :: take_slot(fresh)
    :: skip
    fi;
    if
    :: decide(won);
        if
        :: won && may_adopt -> lock_in()
        :: won && !may_adopt -> settle_open(relay)
        :: else
        fi
    :: skip
    fi;
    if
    :: take_slot(fresh)
    :: skip
    fi;
    won = false;
#ifdef COUNT_IN_TWO_STEPS
    left = resolvers - 1;
    resolvers = left;
#else
    atomic { touch(); resolvers--; left = resolvers };
#endif
    if
    :: left == 0 ->
        decide(won);
        if
        :: won -> breaks++; settle_open(relay)
        :: else
        fi;
        release(last)
    :: else
    fi
}

/* A request from the link, which waits. */
proctype canceller()
{
    bool relay, last;
    byte word, stage;
again:
    if
    :: atomic { settled -> touch(); link_has = true }; goto done
    :: atomic { else -> touch() }
    fi;
#ifdef SLOT_AFTER_WORD
    atomic { touch(); word = requests };
    atomic { touch(); relay = slot_made };
#else
    atomic { touch(); relay = slot_made };
    atomic { touch(); word = requests };
#endif
look:
    if
    :: (word & CLOSED) || settled -> goto again
    :: else
    fi;
    if
    :: word & RELAYED ->
        on_executor();
        stage = adopted_stage;
        if
        :: stage == ACTIVE -> adopted_heard = true
        :: else -> assert(stage == OVER)
        fi;
        leave_executor();
#ifndef ENDED_DROPS
        if
        :: stage == OVER -> goto again
        :: else
        fi;
#endif
        goto done
    :: !(word & RELAYED) && relay && !(word & LOCKED) ->
        on_executor();
        if
        :: atomic {
                !slot_passed_over && slot_stage == ACTIVE ->
                assert(!locked_in_for_good);
                slot_heard = true
            };
            leave_executor()
        :: else -> leave_executor();
#ifndef ENDED_DROPS
            goto again
#endif
        fi;
        goto done
    :: else ->
        if
        :: atomic { requests == word -> touch(); requests = requests | KEPT }; goto done
        :: atomic { requests != word -> touch(); word = requests }; goto look
        fi
    fi;
done:
    release(last)
}

init
{
    atomic {
        shares++; /* of the canceller */
        run resolver(true);
        run resolver(false);
        run canceller()
    };
    _nr_pr == 1;
    assert(frees == 1 && outcomes == 1 && settled);
    assert(breaks <= 1 && resolvers == 0);
    /* A request for a promise that nobody could hear, and that no adoptable has settled, has come to
     * nothing; every other has been heard, or waits for what comes next. */
    assert(slot_heard || adopted_heard || link_has || ((requests & KEPT) && !adopts));
    assert(link_has || !asked_at_its_end)
}
