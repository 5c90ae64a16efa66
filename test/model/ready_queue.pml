/* Copyright (c) 2026 The settle authors
 * SPDX-License-Identifier: BSL-1.0
 *
 * ready_queue: two threads outside and the handlers push; one or two threads run the loop, with
 * handlers that push, block, stop the loop, run it from inside, or throw; then the context ends. What
 * is done under the lock is one step: thread_bias is a model of its own.
 *
 * fault POSTED_UNLOCKED: who pushes posts the drain when the lock is free again
 * fault POSTED_FIRST: who pushes posts the drain before that
 * fault LEFT_BEHIND: for what a drain leaves no other is posted
 * fault LEFT_UNTIL_LATER: for what a drain leaves one is posted after the handler
 * fault RESET_AT_THE_END: a drain counts as posted until it has ended
 * fault TAKES_ALL: a drain takes at once all that it may run
 * fault FREED_WHILE_POSTED: the end of the context frees the queue, though a drain is posted
 * fault DROPPED_STAYS_POSTED: a drain that is destroyed unrun still counts as posted
 * fault DROPPED_FREES_NOTHING: a drain that is destroyed unrun leaves the queue to the context
 */

#define SPARE 3 /* of what handlers do, and of what is pushed as the context ends */
#define MOST_IN_A_DRAIN 2
#define LEVELS 2 /* of loops inside one another */
#define NOTHING 255

/* The queue: the continuations are numbered as they are pushed, those from `first` are in it. */
byte first, pushed;
bool posted, ended, freed;

#define ready (first < pushed)

/* The executor: drains in its own queue, taken from there and still to begin, and under way. */
byte posts, beginning, running;
byte posting; /* drains about to post the next */
byte inside;  /* threads that run it */
bool stopped;

byte ran, dropped; /* a bit for each */
byte next_to_run;
byte pushers = 2;
byte spare = SPARE;
bool alone, restarts, blocked, retired;

#define has(set, which) (set >> which & 1)

inline touch() { assert(!freed) }
inline free_queue() { atomic { touch(); freed = true } }

/* Wherever code of the user's runs, in whatever thread, until the context ends. */
inline check() { assert(!ready || posts + beginning + posting > 0) }

inline push()
{
#ifdef POSTED_FIRST
    atomic { touch(); post = !posted; posted = true; posts = posts + post };
    atomic { touch(); pushed++ }
#else
    atomic {
        touch();
        post = !posted;
        posted = true;
        pushed++;
#ifdef POSTED_UNLOCKED
    };
    atomic {
#endif
        posts = posts + post
    }
#endif
}

proctype pusher()
{
    bool post;
    push();
    atomic { check(); pushers-- }
}

/* Under the lock: what to run next, and whether that leaves anything. */
inline take()
{
    touch();
    which = NOTHING;
    post = false;
    if
    :: begun[level - 1] == 0 ->
        beginning--;
#ifndef RESET_AT_THE_END
        posted = false
#endif
    :: else
    fi;
#ifdef TAKES_ALL
    if
    :: begun[level - 1] > 0 -> which = held_back[level - 1]
    :: else ->
        held_back[level - 1] = (first + 1 < pushed -> first + 1 : NOTHING);
        which = (ready -> first : NOTHING);
        first = (first + 2 < pushed -> first + 2 : pushed)
    fi;
#else
    if
    :: ready -> which = first; first++
    :: else
    fi;
#endif
    if
    :: which != NOTHING && ready && !posted ->
        post = true;
#ifndef LEFT_BEHIND
        posted = true;
#ifndef LEFT_UNTIL_LATER
        posting++
#endif
#endif
    :: else
    fi
}

proctype thread()
{
    byte level, which;
    byte begun[LEVELS], target[LEVELS];
#ifdef TAKES_ALL
    byte held_back[LEVELS];
#endif
    bool post;

loop:
    if
    :: atomic { !stopped && posts > 0 && level < LEVELS ->
            posts--;
            beginning++;
            running++;
            level++
        };
        goto drain
    :: atomic { level > 0 && (stopped || has(ran, target[level - 1])) -> target[level - 1] = 0 };
        goto handled
    :: atomic { level == 0 && stopped && restarts -> inside-- };
        atomic { inside == 0 || !stopped -> stopped = false; inside++ };
        goto loop
    :: atomic { level == 0 && stopped && !restarts -> inside-- };
        goto gone
    :: atomic { level == 0 && !stopped && pushers + posts + running == 0 -> inside-- };
        assert(!ready);
        goto gone
    fi;

drain:
    atomic { take() };
    if
    :: which == NOTHING -> goto drained
    :: else
    fi;
#ifndef LEFT_BEHIND
#ifndef LEFT_UNTIL_LATER
    if
    :: post -> atomic { posts++; posting-- }
    :: else
    fi;
#endif
#endif

    /* A handler. */
    atomic {
        check();
        assert(!has(ran, which));
        ran = ran | 1 << which;
        assert(!alone || which == next_to_run);
        next_to_run++;
        which = 0
    };
    if
    :: atomic { spare > 0 -> spare--; push(); check() }
    :: skip
    fi;
    if
    :: skip
    :: atomic { spare > 0 && !blocked -> spare--; stopped = true }
    :: atomic { spare > 0 && !alone && !stopped && !blocked && ready ->
            spare--;
            blocked = true;
            which = pushed - 1
        };
        atomic { has(ran, which) -> blocked = false; which = 0 }
    :: atomic { spare > 0 && !stopped && level < LEVELS && ready ->
            spare--;
            target[level - 1] = pushed - 1
        };
        goto loop
    :: atomic { spare > 0 -> /* It throws, through all that it was called from. */
            spare--;
            check();
            running = running - level;
            level = 0;
            target[0] = 0;
            begun[0] = 0;
            begun[1] = 0;
            post = false
        };
        goto loop
    fi;

handled:
#ifdef LEFT_UNTIL_LATER
    posts = posts + post;
#endif
    atomic { check(); begun[level - 1]++ };
    if
    :: begun[level - 1] < MOST_IN_A_DRAIN -> goto drain
    :: else
    fi;

drained:
#ifdef RESET_AT_THE_END
    atomic { posted = ready; posts = posts + ready };
#endif
    atomic { running--; level--; begun[level] = 0; which = 0; post = false };
    goto loop;

gone:
    skip
}

/* What is dropped may make others ready, while the context is not known to be no more. */
inline abandon()
{
    do
    :: ready ->
        touch();
        which = first;
        first++;
        assert(!has(ran, which) && !has(dropped, which));
        dropped = dropped | 1 << which;
        if
        :: !retired && spare > 0 -> spare--; push()
        :: skip
        fi
    :: else -> touch(); break
    od
}

inline drop_posts()
{
    do
    :: posts > 0 ->
        posts--;
        abandon();
#ifndef DROPPED_STAYS_POSTED
        posted = false;
#endif
#ifndef DROPPED_FREES_NOTHING
        if
        :: ended -> free_queue()
        :: else
        fi
#endif
    :: else -> break
    od
}

init
{
    byte which;
    bool post, shut_down, destroyed;
    atomic {
        if
        :: alone = true; inside = 1
        :: inside = 2; run thread()
        fi;
        if
        :: restarts = true
        :: skip
        fi;
        run thread();
        run pusher();
        run pusher()
    };
    _nr_pr == 1;
    assert(!restarts || (!ready && posts == 0));

    /* The context's services shut down, and are then destroyed, in any order. */
    do
    :: !retired -> retired = true; abandon()
    :: !shut_down -> drop_posts(); shut_down = true
    :: !retired && spare > 0 -> spare--; push() /* something else has been dropped */
    :: retired && shut_down && !ended ->
        abandon();
        ended = true;
        if
#ifndef FREED_WHILE_POSTED
        :: posted
#endif
        :: else -> free_queue()
        fi
    :: retired && shut_down && !destroyed -> drop_posts(); destroyed = true
    :: ended && destroyed -> break
    od;
    assert(freed);
    assert((ran ^ dropped) == (1 << pushed) - 1)
}
