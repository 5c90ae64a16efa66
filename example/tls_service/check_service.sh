#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_service.sh PROGRAM
#
# Talks to the TLS service with openssl s_client, which says goodbye and is answered; stops it with a
# signal while another client has not even begun its handshake.

set -euo pipefail

program=$1
fail() { echo "check_service: $*" >&2; exit 1; }

if ! command -v openssl >/dev/null; then
    [ -z "${CI:-}" ] || fail "openssl is needed"
    echo "check_service: there is no openssl here to talk with"
    exit 77
fi

coproc service { exec "$program" --port 0 --farewell 200; }
pid=$service_PID
exec 6<&"${service[0]}" # kept: bash closes its own when the service ends
work=$(mktemp -d)
trap 'kill -KILL "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

read -r -t 20 line <&6 || fail "the service does not start"
address=${line##* }

mkfifo "$work/said" "$work/heard"
openssl s_client -quiet -no_ign_eof -connect "$address" <"$work/said" >"$work/heard" 2>/dev/null &
client=$!
exec 4>"$work/said" 5<"$work/heard"
echo hello >&4
read -r -t 20 answer <&5 || fail "no echo"
[ "$answer" = hello ] || fail "the echo was '$answer'"
exec 4>&- # it says goodbye, and ends when it has been answered
wait "$client" || fail "the goodbye was not answered"

# Its handshake never begins: it is hung up on.
exec 3<>"/dev/tcp/${address%:*}/${address##*:}"

kill -TERM "$pid"
read -r -t 20 line <&6 || fail "the service does not stop"
# It may have stopped before it had accepted the second.
[[ $line == "stopped after "[12]" sessions, "* ]] || fail "it said '$line'"
exec 3>&-

code=0
wait "$pid" || code=$?
[ "$code" -eq 0 ] || fail "the service ended with $code"
