#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# conformance.sh [ctest argument...]
#
# Builds the Node addon of test/conformance in build/conformance and runs the whole Promises/A+ suite
# against settle::shared_promise. npm brings the suite and the headers of Node-API, at the versions
# in the lock file. Where that cannot be, it says so and leaves the suite out; under CI it fails.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/conformance"
packages="$build/test/conformance"

leave_out() { # why
    echo "conformance: $1: the Promises/A+ suite is left out" >&2
    [ -z "${CI:-}" ] || exit 1
    exit 0
}

for tool in node npm; do
    command -v "$tool" >/dev/null 2>&1 || leave_out "there is no $tool here"
done

"$root/cmake/setup.sh"

mkdir -p "$packages"
lock="$packages/package-lock.json"
# npm writes the second file last, so an installation that was interrupted is made anew.
if ! cmp -s "$root/test/conformance/package-lock.json" "$lock" ||
    [ ! -f "$packages/node_modules/.package-lock.json" ]; then
    cp "$root"/test/conformance/package*.json "$packages"
    npm --prefix "$packages" ci --ignore-scripts --no-audit --no-fund ||
        leave_out "npm could not install its packages"
fi

cd "$root"
cmake --preset dev -B "$build" "-DSETTLE_WERROR=${CI:+ON}" -DSETTLE_TEST_CONFORMANCE=ON \
    -DSETTLE_BUILD_EXAMPLES=OFF -DSETTLE_BUILD_BENCH=OFF
cmake --build "$build" -j "$(nproc)" --target settle_conformance
ctest --test-dir "$build" --output-on-failure --no-tests=error -R '^conformance\.' "$@"
