#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_cut.sh PROGRAM
#
# Cuts the network of the proxy under the load of wrk, in a network namespace of its own: nothing
# gets through, and nothing is reset. Mended, the proxy serves again, and its books balance; they do,
# too, when it is stopped while it is cut off.

set -euo pipefail

fail() { echo "check_cut: $*" >&2; exit 1; }
[ -n "${SETTLE_OWN_NETWORK:-}" ] || exec "$(dirname "$0")/../own_network.sh" "$0" "$@"
program=$1
for tool in curl wrk; do
    command -v "$tool" >/dev/null || {
        [ -z "${CI:-}" ] || fail "$tool is needed"
        echo "check_cut: there is no $tool here"
        exit 77
    }
done

work=$(mktemp -d)
pids=()
trap 'exec 2>/dev/null; kill -KILL "${pids[@]}" || true; wait || true; rm -rf "$work"' EXIT

cut_off() { ip link set lo down; }
mend() { ip link set lo up; }

# start NAME argument...: sets pid and port. What it says goes to the file NAME.
start() {
    : >"$work/$1" # no port of the one before
    "$program" "${@:2}" >"$work/$1" 2>&1 &
    pid=$!
    pids+=("$pid")
    for _ in $(seq 200); do
        port=$(sed -n 's/^listening on .*://p' "$work/$1")
        [ -z "$port" ] || return 0
        sleep 0.1
    done
    fail "$1 does not start: $(cat "$work/$1")"
}

get() { curl -sS --noproxy '*' -m 20 "$url$1"; }
# value NAME FILE: in what /metrics or the proxy's last words say.
value() { sed -n "s/^proxy_$1 //p" "$2"; }
metric() {
    get /metrics >"$work/metrics"
    value "$1" "$work/metrics"
}
ended() { metric "requests_total{outcome=\"$1\"}"; }
same() { [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"; }

# until_over LIMIT command...: until what the command prints is over it.
until_over() {
    local seen
    for _ in $(seq 200); do
        seen=$("${@:2}")
        [ "$seen" -le "$1" ] || return 0
        sleep 0.05
    done
    fail "${*:2}: '$seen' is not over $1"
}

balanced() { # FILE
    same "requests in flight" "$(value requests_in_flight "$1")" 0
    same "leases out" "$(value leases_out "$1")" 0
    same "leases awaited" "$(value leases_awaited "$1")" 0
    same "leases returned" "$(value leases_returned_total "$1")" "$(value leases_taken_total "$1")"
}

# Loads the proxy until wrk is killed, and waits until it has much to do.
cat >"$work/mix.lua" <<'EOS'
local paths = {"/bytes/100", "/slow/200", "/chunked/50000", "/echo"}
local body = string.rep("e", 30000)
local turn = 0
request = function()
    turn = turn + 1
    local path = paths[turn % #paths + 1]
    if path == "/echo" then return wrk.format("POST", path, nil, body) end
    return wrk.format("GET", path)
end
EOS
load() {
    wrk -t 1 -c 40 -d 60 -s "$work/mix.lua" "$url" >"$work/wrk" 2>&1 &
    loading=$!
    pids+=("$loading")
    local answered
    answered=$(ended answered)
    until_over "$((answered + 200))" ended answered
    until_over 10 metric requests_in_flight
}
unload() {
    { kill -KILL "$loading"; wait "$loading" || true; } 2>/dev/null
}

mend
start upstream --upstream
start proxy --to "$port" --timeout 600 --leases 16 --grace 300
proxy=$pid
url=http://127.0.0.1:$port

# For longer than a request may take.
load
answered=$(ended answered)
late=$(ended late)
cut_off
sleep 1.2
mend
same "served again" "$(get /bytes/5)" bbbbb
until_over "$((answered + 200))" ended answered
until_over "$late" ended late
unload
for _ in $(seq 100); do
    [ "$(metric sessions)" -gt 1 ] || break # who asks is one
    sleep 0.1
done
same "sessions" "$(value sessions "$work/metrics")" 1
balanced "$work/metrics"
grep -E '^proxy_(leases|requests)' "$work/metrics"

# Stopped before it is mended.
load
cut_off
kill -TERM "$proxy"
timeout 10 tail --pid="$proxy" -f /dev/null || fail "it does not stop while it is cut off"
code=0
wait "$proxy" || code=$?
[ "$code" -eq 0 ] || fail "the proxy ended with $code: $(cat "$work/proxy")"
balanced "$work/proxy"
[ "$(value 'requests_total{outcome="cancelled"}' "$work/proxy")" -gt 0 ] || fail "nothing was cancelled"
grep -E '^(stopped|proxy_(leases|requests))' "$work/proxy"
