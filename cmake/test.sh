#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# test.sh [ctest argument...]
#
# Sets the machine up, builds settle with everything of its own in build/test, and runs every test.
# Under CI warnings are errors, and so is a test that something missing leaves out.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build="$root/build/test"
jobs=$(nproc)

"$root/cmake/setup.sh"
if [ -n "${CI:-}" ]; then
    command -v node >/dev/null || "$root/cmake/setup.sh" nodejs
    command -v chromium >/dev/null || "$root/cmake/setup.sh" chromium-headless-shell
fi

cd "$root"
cmake --preset dev -B "$build" "-DSETTLE_WERROR=${CI:+ON}" "-DSETTLE_TEST_EVERYTHING=${CI:+ON}"
cmake --build "$build" -j "$jobs"
cmake --build "$build" -j "$jobs" --target all_verify_interface_header_sets
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs" "$@"
