#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# compare_hooks.sh PROGRAM [ROUNDS [SECONDS [PATH]]]
#
# What settle's hooks cost the proxy: loads one with them and one without (--bare) in turn with wrk,
# and prints requests a second and the ratio of the medians.

set -euo pipefail

program=$1
rounds=${2:-6}
seconds=${3:-3}
path=${4:-/bytes/100}
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # name argument...
    "$program" "${@:2}" >"$work/$1" 2>&1 &
    pids+=("$!")
    port=
    until port=$(sed -n 's/^listening on .*://p' "$work/$1"); [ -n "$port" ]; do sleep 0.1; done
}
rate() { # port seconds
    wrk -t 1 -c 32 -d "$2" "http://127.0.0.1:$1$path" | sed -n 's/^Requests\/sec: *//p'
}
median() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

start upstream --upstream
upstream=$port
start with --to "$upstream"
with=$port
start bare --to "$upstream" --bare
bare=$port
rate "$with" 1 >/dev/null
rate "$bare" 1 >/dev/null
for _ in $(seq "$rounds"); do
    a=$(rate "$with" "$seconds")
    b=$(rate "$bare" "$seconds")
    echo "with $a bare $b"
    echo "$a" >>"$work/with.rates"
    echo "$b" >>"$work/bare.rates"
done
a=$(median <"$work/with.rates")
b=$(median <"$work/bare.rates")
echo "medians: with $a, bare $b, ratio $(awk "BEGIN { printf \"%.3f\", $a / $b }")"
