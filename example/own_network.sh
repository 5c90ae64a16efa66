#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# own_network.sh command...
#
# Runs the command in a network namespace of its own, whose loopback it can take down without harm to
# anybody, and with SETTLE_OWN_NETWORK set. Exits with 77 where that cannot be had.

set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin
for tool in unshare ip; do
    command -v "$tool" >/dev/null || {
        echo "own_network: there is no $tool here"
        [ -z "${CI:-}" ] || exit 1
        exit 77
    }
done
# As root it needs no namespace of users, and may have none.
for how in --net "--net --map-root-user"; do
    read -r -a own <<<"$how"
    if why=$(unshare "${own[@]}" sh -ec 'ip link set lo up; ip link set lo down' 2>&1); then
        SETTLE_OWN_NETWORK=yes exec unshare "${own[@]}" "$@"
    fi
done
echo "own_network: there is no network to cut: ${why//$'\n'/; }"
exit 77
