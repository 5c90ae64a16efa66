#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_service.sh PROGRAM
#
# Starts the echo service, talks to it as a plain client, and stops it with a signal while a session
# is open. Also: a port that is in use is refused in words.

set -euo pipefail

program=$1
fail() { echo "check_service: $*" >&2; exit 1; }

coproc service { exec "$program" --port 0 --threads 2 --grace 100ms; }
# Kept, because bash forgets them when the service ends.
pid=$service_PID
out=${service[0]}
trap 'kill -KILL "$pid" 2>/dev/null || true' EXIT

read -r -t 20 line <&"$out" || fail "the service does not start"
port=${line##*:}

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf '\x00\x00\x00\x05hello' >&3
answer=$(timeout 20 head -c 9 <&3 | tail -c 5) || fail "no echo"
[ "$answer" = hello ] || fail "the echo was '$answer'"

# 0x00100001 is one byte over the limit.
exec 4<>"/dev/tcp/127.0.0.1/$port"
printf '\x00\x10\x00\x01' >&4
refusal=$(timeout 20 cat <&4 | tail -c +5)
exec 4>&-
[[ $refusal == "refused: a frame of 1048577 bytes"* ]] || fail "the refusal was '$refusal'"

code=0
words=$("$program" --port "$port" 2>&1) || code=$?
[ "$code" -eq 1 ] || fail "a port in use ended with $code"
[[ $words == *"cannot listen on 127.0.0.1:$port: "* ]] || fail "a port in use said '$words'"

kill -TERM "$pid"
goodbye=$(timeout 20 cat <&3 | tail -c +5)
exec 3>&-
[ "$goodbye" = "goodbye: the service is stopping" ] || fail "the goodbye was '$goodbye'"

code=0
wait "$pid" || code=$?
[ "$code" -eq 0 ] || fail "the service ended with $code"
