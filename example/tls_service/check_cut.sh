#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_cut.sh PROGRAM
#
# Cuts the network of the TLS service while clients talk to it, in a network namespace of its own,
# and stops it in silence: nothing is answered, and nothing is reset. Mended in time, it says every
# goodbye; else all of them are forced.

set -euo pipefail

fail() { echo "check_cut: $*" >&2; exit 1; }
[ -n "${SETTLE_OWN_NETWORK:-}" ] || exec "$(dirname "$0")/../own_network.sh" "$0" "$@"
program=$1
command -v openssl >/dev/null || {
    [ -z "${CI:-}" ] || fail "openssl is needed"
    echo "check_cut: there is no openssl here"
    exit 77
}

work=$(mktemp -d)
pids=()
trap 'exec 2>/dev/null; kill -KILL "${pids[@]}" || true; wait || true; rm -rf "$work"' EXIT

cut_off() { ip link set lo down; }
mend() { ip link set lo up; }

# start FAREWELL THREADS: sets pid and address. What it says goes to the file service.
start() {
    : >"$work/service" # no address of the one before
    "$program" --port 0 --farewell "$1" --threads "$2" >"$work/service" 2>&1 &
    pid=$!
    pids+=("$pid")
    for _ in $(seq 200); do
        address=$(sed -n 's/^listening on //p' "$work/service")
        [ -z "$address" ] || return 0
        sleep 0.1
    done
    fail "the service does not start: $(cat "$work/service")"
}

# Its last words, after which it has ended by itself.
ends_with() {
    local code=0
    timeout 20 tail --pid="$pid" -f /dev/null || fail "the service does not stop"
    wait "$pid" || code=$?
    [ "$code" -eq 0 ] || fail "the service ended with $code: $(cat "$work/service")"
    [ "$(tail -n 1 "$work/service")" = "$1" ] ||
        fail "it said '$(tail -n 1 "$work/service")' instead of '$1'"
}

# Stopped, once it listens no more.
stop() {
    kill -TERM "$pid"
    for _ in $(seq 200); do
        grep -q ' 0A ' /proc/net/tcp || return 0
        sleep 0.1
    done
    fail "it still listens"
}

# Eight clients: what they say and hear goes through the descriptors in said and heard.
connect() {
    clients=()
    said=()
    heard=()
    for _ in 1 2 3 4 5 6 7 8; do
        rm -f "$work/said" "$work/heard"
        mkfifo "$work/said" "$work/heard"
        openssl s_client -quiet -connect "$address" \
            <"$work/said" >"$work/heard" 2>"$work/client" &
        clients+=("$!")
        pids+=("$!")
        exec {to}>"$work/said" {from}<"$work/heard"
        said+=("$to")
        heard+=("$from")
    done
}
say() { for to in "${said[@]}"; do echo "$1" >&"$to"; done; }
hear() {
    local answer
    for from in "${heard[@]}"; do
        read -r -t 20 answer <&"$from" || fail "no echo of '$1'"
        [ "$answer" = "$1" ] || fail "the echo of '$1' was '$answer'"
    done
}
disconnect() {
    for fd in "${said[@]}" "${heard[@]}"; do
        exec {fd}>&-
    done
}

mend
# What was said in the cut is heard after it. Stopped in the next, it says its goodbyes after that.
start 15000 1
connect
say before
hear before
cut_off
say "in the cut"
sleep 0.5
mend
hear "in the cut"
cut_off
stop
sleep 0.5
! grep -q stopped "$work/service" || fail "stopped, and nobody has answered"
mend
ends_with "stopped after 8 sessions, of which 0 had not said goodbye in time"
for client in "${clients[@]}"; do
    wait "$client" || fail "a client was not told goodbye: $(cat "$work/client")"
done
disconnect

# Not mended in time.
for threads in 1 2; do
    mend
    start 700 "$threads"
    connect
    say before
    hear before
    cut_off
    stop
    ends_with "stopped after 8 sessions, of which 8 had not said goodbye in time"
    disconnect
done
