#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# model.sh [model...]
#
# Checks the models of test/model with spin, each over all its interleavings, and then again with
# each of the faults that its head lists: without a fault there must be no error and no state out of
# reach of the search, with it there must be an error. Needs spin and a C compiler; build/model holds
# what they make.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
depth=100000    # steps
memory=2000     # megabytes
work="$root/build/model"

for tool in spin cc; do
    command -v "$tool" >/dev/null || {
        echo "model: $tool is needed" >&2
        exit 1
    }
done

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for file in "$root"/test/model/*.pml; do
        names+=("$(basename "$file" .pml)")
    done
fi

# What the search prints, in $work/out.
search() { # optimization model [-Dfault]
    rm -rf "$work"
    mkdir -p "$work"
    (
        cd "$work"
        spin "${@:3}" -o3 -a "$root/test/model/$2.pml" >spin.out || {
            cat spin.out >&2
            exit 1
        }
        cc "$1" -w -DSAFETY -DMEMLIM=$memory -o pan pan.c
        ./pan -m$depth >out 2>&1 || true
    )
}

# Lines that were not reached in one of the processes, as spin says, and those that were in one.
missed_somewhere() {
    awk '/^unreached in/ { process = $NF }
        /:[0-9]+, state [0-9]+, / && !/"\((1)\)"$|"goto |"-end-"$/ {
            match($0, /:[0-9]+, state [0-9]+/)
            split(substr($0, RSTART + 1, RLENGTH - 1), at, ", state ")
            print process, at[2], at[1]
        }' "$work/out"
}

never_reached() {
    awk 'FILENAME == ARGV[1] { missed[$1, $2] = 1; line[$3] = 1; next }
        /^proctype|^init/ { process = $NF }
        / => / && match($0, /state +[0-9]+ -/) {
            state = substr($0, RSTART + 5, RLENGTH - 7) + 0
            match($0, /:[0-9]+ => /)
            if (!((process, state) in missed))
                delete line[substr($0, RSTART + 1, RLENGTH - 5)]
        }
        END { for (number in line) print number }' <(missed_somewhere) <("$work/pan" -d) | sort -n
}

# The search came to its end, whatever it found.
complete() {
    ! grep -qE 'max search depth too small|out of memory|Search not completed' "$work/out"
}

failed=0
fail() {
    echo "FAILED $*"
    cat "$work/out"
    failed=$((failed + 1))
}

for name in "${names[@]}"; do
    name=$(basename "$name" .pml)
    begin=$EPOCHREALTIME
    search -O2 "$name"
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out")
    seconds=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begin }")
    # Every statement of a model is there to be reached, in one of the processes that have it.
    missed=$(never_reached)
    if ! complete || ! grep -q 'errors: 0$' "$work/out"; then
        fail "$name"
    elif [ -n "$missed" ]; then
        fail "$name: lines never reached:" $missed
    else
        echo "ok     $name: $states states in $seconds s"
    fi

    faults=$(sed -n 's/^ \* fault \([A-Z_]*\):.*/\1/p' "$root/test/model/$name.pml")
    [ -n "$faults" ] || fail "$name: lists no fault"
    for fault in $faults; do
        grep -qE "^#ifn?def $fault$" "$root/test/model/$name.pml" || fail "$name: no fault $fault"
        search -O0 "$name" "-D$fault"
        if grep -qE 'errors: [1-9]' "$work/out"; then
            found=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' "$work/out" | head -n 1)
            echo "ok     $name, $fault: $found"
        else
            fail "$name, $fault: not found"
        fi
    done
done

echo "$failed failed"
[ "$failed" -eq 0 ]
