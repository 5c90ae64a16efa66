#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_service.sh PROGRAM
#
# Talks to the proxy with curl, before a server that behaves; then loads it with wrk before one that
# fails at random, for SETTLE_LONG seconds (3), and stops it under load. Its books have to balance.

set -euo pipefail

program=$1
seconds=${SETTLE_LONG:-3}
fail() { echo "check_service: $*" >&2; exit 1; }
lacks() {
    [ -z "${CI:-}" ] || fail "$1 is needed"
    echo "check_service: there is no $1 here to talk with"
    exit 77
}
command -v curl >/dev/null || lacks curl

work=$(mktemp -d)
pids=()
trap 'kill -KILL "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

# So that what AddressSanitizer keeps of freed memory does not look like what the proxy takes.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1"

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

# stop NAME PID: it ends by itself in time, with balanced books.
stop() {
    local code=0
    kill -TERM "$2"
    timeout 20 tail --pid="$2" -f /dev/null || fail "$1 does not stop"
    wait "$2" || code=$?
    [ "$code" -eq 0 ] || fail "$1 ended with $code: $(cat "$work/$1")"
}

get() { curl -sS --noproxy '*' -m 60 "$@"; }
same() { [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"; }
metric() { get "$url/metrics" | sed -n "s/^proxy_$1 //p"; }

# A server that behaves.
start upstream --upstream
upstream=$pid
start proxy --to "$port" --grace 3000
proxy=$pid
url=http://127.0.0.1:$port

head -c 3000000 /dev/urandom >"$work/body"
same "a length" "$(get "$url/bytes/1234567" | wc -c)" 1234567
same "chunks" "$(get "$url/chunked/1234567" | wc -c)" 1234567
same "until it closes" "$(get "$url/until-close/1234567" | wc -c)" 1234567
same "the same for HTTP/1.0" "$(get -0 "$url/chunked/1234567" | wc -c)" 1234567
get --data-binary "@$work/body" "$url/echo" | cmp - "$work/body" || fail "an echo that differs"
get -H 'Transfer-Encoding: chunked' -H 'Expect: 100-continue' --data-binary "@$work/body" \
    "$url/echo" | cmp - "$work/body" || fail "an echo in chunks that differs"
get -I "$url/bytes/77" | tr -d '\r' | grep -qx 'Content-Length: 77' || fail "HEAD lost the length"
for status in 204 304 404 500; do
    same "a status" "$(get -o /dev/null -w '%{http_code}' "$url/status/$status")" "$status"
done
same "after a hint" "$(get -H 'X-Hints: yes' "$url/bytes/5")" bbbbb
same "one connection for three" "$(get -o "$work/1" -o "$work/2" -o "$work/3" -w '%{num_connects} ' \
    "$url/bytes/9" "$url/chunked/9" "$url/bytes/9")" "1 0 0 "
same "closed on demand" "$(get -o "$work/1" -o "$work/2" -w '%{num_connects} ' \
    -H 'Connection: close' "$url/bytes/9" "$url/bytes/9")" "1 1 "
get -H 'Connection: X-Private' -H 'X-Private: 1' -H 'TE: trailers' -H 'X-Public: 2' \
    "$url/headers" >"$work/heard"
! grep -qiE '^(X-Private|TE|Connection|Keep-Alive):' "$work/heard" || fail "$(cat "$work/heard")"
grep -q '^X-Public: 2' "$work/heard" || fail "a field is lost: $(cat "$work/heard")"
same "nonsense" "$(get -o /dev/null -w '%{http_code}' -H 'Content-Length: x' "$url/echo")" 400
code=0
get "$url/cut/100000" >"$work/cut" 2>/dev/null || code=$?
[ "$code" -ne 0 ] || fail "half an answer passed for a whole one"
same "a large one" "$(get "$url/bytes/50000000" | wc -c)" 50000000
head -c 50000000 /dev/zero >"$work/body"
get -T - "$url/echo" <"$work/body" | cmp - "$work/body" || fail "a large echo that differs"
peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$proxy/status")
[ "$peak" -lt 64000 ] || fail "it took $peak kB to hand 50 MB on"
same "idle ones serve again" "$(metric connections_opened_total)" 3 # two were closed on it

# It finishes what it began before the signal, and then stops.
get "$url/slow/700" >"$work/slow" &
asking=$!
sleep 0.3
stop proxy "$proxy"
wait "$asking" || fail "what ran when it was stopped was not answered"
same "answered while it stops" "$(cat "$work/slow")" "at last"

# What takes longer than the grace is cancelled; and nothing listens any more behind the next.
start proxy --to "$(sed -n 's/^listening on .*://p' "$work/upstream")" --grace 100
proxy=$pid
get "http://127.0.0.1:$port/slow/15000" >/dev/null 2>&1 &
asking=$!
sleep 0.3
stop proxy "$proxy"
! wait "$asking" || fail "cancelled, and answered"
grep -q '^proxy_requests_total{outcome="cancelled"} 1$' "$work/proxy" || fail "nothing was cancelled"
start proxy --to "$(sed -n 's/^listening on .*://p' "$work/upstream")" --leases 1 --timeout 1800
get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/slow/15000" >"$work/slow" &
asking=$!
sleep 0.3
same "no lease" "$(get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")" 503
wait "$asking"
same "too late" "$(cat "$work/slow")" 504
stop proxy "$pid"
kill "$upstream"
start proxy --to "$(sed -n 's/^listening on .*://p' "$work/upstream")"
same "no upstream" "$(get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")" 502
stop proxy "$pid"

command -v wrk >/dev/null || lacks wrk

# A server that fails, resets, stalls or leaves, as often as it answers.
cat >"$work/mix.lua" <<'EOF'
local paths = {"/bytes/100", "/bytes/200000", "/chunked/50000", "/until-close/1000", "/echo"}
local body = string.rep("e", 30000)
local turn = 0
request = function()
    turn = turn + 1
    local path = paths[turn % #paths + 1]
    if path == "/echo" then return wrk.format("POST", path, nil, body) end
    return wrk.format("GET", path)
end
EOF
start upstream --upstream --faults 20
upstream=$pid
to=$port
start proxy --to "$port" --timeout 100 --leases 16 --grace 50
proxy=$pid
url=http://127.0.0.1:$port
load() { wrk -t 1 -c 40 -d "$1" -s "$work/mix.lua" "$url" >"$work/wrk" 2>&1; }
memory() { sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$proxy/status"; }

[ "$seconds" -le 10 ] || { load 10 && echo "after 10 s: $(memory)" && seconds=$((seconds - 10)); }
load "$seconds" || fail "wrk: $(cat "$work/wrk")"
[ -z "${SETTLE_LONG:-}" ] || echo "at the end: $(memory)"
for _ in $(seq 100); do
    [ "$(metric sessions)" -gt 1 ] || break # who asks is one
    sleep 0.1
done
get "$url/metrics" >"$work/metrics"
value() { sed -n "s/^proxy_$1 //p" "$work/metrics"; }
same "sessions" "$(value sessions)" 1
same "requests in flight" "$(value requests_in_flight)" 0
same "leases out" "$(value leases_out)" 0
same "leases awaited" "$(value leases_awaited)" 0
same "leases returned" "$(value leases_returned_total)" "$(value leases_taken_total)"
for outcome in answered failed late cut_short; do
    [ "$(value "requests_total{outcome=\"$outcome\"}")" -gt 0 ] || fail "none was $outcome"
done
grep -v '^#' "$work/metrics"

load 5 &
loading=$!
sleep 1
stop proxy "$proxy"
wait "$loading" || true
grep -v '^#' "$work/proxy" | grep -E 'sessions_total|leases|cancelled|stopped'

# The server is killed under load.
start proxy --to "$to" --timeout 100
url=http://127.0.0.1:$port
load 2 &
loading=$!
sleep 1
kill -KILL "$upstream"
{ wait "$upstream"; } 2>/dev/null || true
wait "$loading" || true
[ "$(metric 'requests_total{outcome="failed"}')" -gt 0 ] || fail "nobody missed the server"
stop proxy "$pid"
