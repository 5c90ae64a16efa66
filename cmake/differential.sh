#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# differential.sh RUNNER [--programs N] [--seed N] [--largest N] [--file PROGRAMS]
#
# Gives the same random programs to settle's promises (RUNNER, which test/differential builds) and
# to Node's, and compares; see test/differential/main.mjs. Without Node it says so and ends with 77,
# which ctest takes for skipped; under CI that is a failure.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
oldest=18

if [ $# -eq 0 ]; then
    echo "usage: differential.sh RUNNER [--programs N] [--seed N] [--largest N] [--file PROGRAMS]" >&2
    exit 2
fi

lacking() {
    echo "differential: $1; settle's promises are not compared with JavaScript's"
    [ "${CI:-}" != true ] || exit 1
    exit 77
}

command -v node >/dev/null 2>&1 || lacking "Node is not installed"
version=$(node -p 'process.versions.node.split(".")[0]')
[ "$version" -ge $oldest ] || lacking "Node $oldest or later is needed, and this is $version"

exec node "$root/test/differential/main.mjs" --runner "$@"
