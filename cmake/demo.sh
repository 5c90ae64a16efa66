#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# demo.sh [echo_service argument...]
#
# Sets the machine up, builds a release in build/demo, lets the echo service drive itself over
# loopback, and ends with the benchmark's quick table.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/demo"

"$root/cmake/setup.sh"

cd "$root"
cmake --preset release -B "$build"
cmake --build "$build" -j "$(nproc)" --target example_echo_service
"$build/bin/echo_service" --self-drive "$@"

if cmake --build "$build" --target help | grep '^settle_bench:' >/dev/null; then
    cmake --build "$build" -j "$(nproc)" --target settle_bench
    "$build/bin/settle_bench" --quick
else
    echo "demo: no benchmark table, since Google Benchmark is not installed" >&2
fi
