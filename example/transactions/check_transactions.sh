#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_transactions.sh PROGRAM orderly|killed [argument...]
#
# Starts Redis on a unix socket in a temporary folder and lets the program drive itself against it;
# killed: Redis is killed in the middle of it and started again. redis-cli looks at the books as well.

set -euo pipefail

program=$1
manner=$2
shift 2
fail() { echo "check_transactions: $*" >&2; exit 1; }

if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null; then
    [ -z "${CI:-}" ] || fail "redis-server is needed"
    echo "check_transactions: there is no redis-server here"
    exit 77
fi

work=$(mktemp -d)
server=
driven=
trap 'for each in $driven $server; do kill -KILL "$each" 2>/dev/null || true; done
      rm -rf "$work"' EXIT

# What was confirmed is in the file when a killed server is started again.
start_server() {
    redis-server --port 0 --unixsocket "$work/socket" --dir "$work" --save '' \
        --appendonly yes --appendfsync no --daemonize no >>"$work/log" 2>&1 &
    server=$!
    for ((i = 0; i < 200; ++i)); do
        [ "$(ask ping 2>/dev/null)" != PONG ] || return 0
        sleep 0.1
    done
    cat "$work/log" >&2
    fail "Redis does not start"
}
ask() { redis-cli -s "$work/socket" "$@"; }

start_server
mkfifo "$work/said"
timeout 100 "$program" --socket "$work/socket" "$@" >"$work/said" &
driven=$!
exec 3<"$work/said"
read -r -t 60 line <&3 && [ "$line" = "the load begins" ] || fail "the load does not begin"
if [ "$manner" = killed ]; then
    for ((i = 0; i < 600; ++i)); do # in mid-transaction: some have been made, most are to come
        [ "$(ask get bank:transfers)" -lt 100 ] || break
        sleep 0.05
    done
    kill -KILL "$server"
    wait "$server" 2>/dev/null || true
    start_server
    before=$(ask get bank:transfers)
fi
said=$(cat <&3)
code=0
wait "$driven" || code=$?
driven=
echo "$said"
[ "$code" -eq 0 ] || fail "the program ended with $code"
[[ $said == *"the books balance" ]] || fail "the books do not balance"

sum=0
for account in $(ask --raw keys 'bank:account:*'); do
    sum=$((sum + $(ask get "$account")))
done
[ "$sum" -eq 64000 ] || fail "the accounts hold $sum"
if [ "$manner" = killed ]; then
    [[ $said != *" 0 lost"* ]] || fail "nothing was lost with the server"
    [ "$(ask get bank:transfers)" -gt "$before" ] || fail "nothing was transferred afterwards"
else
    [[ $said == *" 0 lost"* ]] || fail "something was lost"
fi
clients=$(ask client list | grep -c .)
[ "$clients" -eq 1 ] || fail "$clients clients are connected" # the one who asks

ask shutdown nosave 2>/dev/null || true
wait "$server" || fail "Redis ended with $?"
server=
