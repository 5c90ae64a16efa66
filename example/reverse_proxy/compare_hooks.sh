#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# compare_hooks.sh PROGRAM [ROUNDS [SECONDS [PATH]]]
#
# What settle's hooks cost the proxy: loads one with them and one without (--bare) in turn with wrk.
# Prints requests a second, and the proxy's own time for a request, which what else the machine does
# disturbs less; then the medians, their ratio, and the median of the ratios round by round.

set -euo pipefail

program=$1
rounds=${2:-6}
seconds=${3:-3}
path=${4:-/bytes/100}
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # name argument...: sets pid and port
    "$program" "${@:2}" >"$work/$1" 2>&1 &
    pid=$!
    pids+=("$pid")
    port=
    until [ -n "$port" ]; do
        sleep 0.1
        port=$(sed -n 's/^listening on .*://p' "$work/$1")
    done
}
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # its name has no blank
# load NAME PID PORT SECONDS: appends requests a second and microseconds a request to NAME.figures.
load() {
    local before after
    before=$(ticks "$2")
    wrk -t 1 -c 32 -d "$4" "http://127.0.0.1:$3$path" >"$work/wrk"
    after=$(ticks "$2")
    awk -v ticks=$((after - before)) -v hertz="$(getconf CLK_TCK)" '
        /requests in/ { requests = $1 } /^Requests\/sec/ { rate = $2 }
        END { printf "%.0f %.2f\n", rate, ticks / hertz * 1e6 / requests }' "$work/wrk" |
        tee -a "$work/$1.figures"
}
median() { # name column
    awk -v c="$2" '{ print $c }' "$work/$1.figures" | sort -n |
        awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}
compare() { # what column
    local a b
    paste -d ' ' "$work/with.figures" "$work/bare.figures" |
        awk -v c="$2" '{ print $c / $(c + 2) }' >"$work/rounds.figures"
    a=$(median with "$2")
    b=$(median bare "$2")
    echo "$1: with $a, bare $b, ratio $(awk "BEGIN { printf \"%.3f\", $a / $b }")," \
        "round by round $(median rounds 1)"
}

start upstream --upstream
to=$port
start with --to "$to"
with=("$pid" "$port")
start bare --to "$to" --bare
bare=("$pid" "$port")
load warm "${with[@]}" 1 >/dev/null
load warm "${bare[@]}" 1 >/dev/null
for _ in $(seq "$rounds"); do
    echo "with $(load with "${with[@]}" "$seconds") bare $(load bare "${bare[@]}" "$seconds")"
done
compare "requests a second" 1
compare "microseconds a request" 2
