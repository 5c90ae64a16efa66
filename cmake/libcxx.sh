#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# libcxx.sh
#
# Compiles settle and every example of one file with Clang and libc++, and runs them. Debian has
# spdlog and Boost.Test for the other standard library only: spdlog is used from its headers.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"

# shellcheck disable=SC2016
printf '%s\0' src/*.cpp example/*.cpp | xargs -0 -P "$(nproc)" -I{} bash -euo pipefail -c '
    file=$1
    object=$2/${file//\//_}.o
    "${CXX:-clang++}" -std=c++20 -stdlib=libc++ -Wall -Wextra -Wpedantic -Werror -I include \
        -DSPDLOG_FMT_EXTERNAL -DFMT_HEADER_ONLY -c "$file" -o "$object"' - {} "$work"

for example in "$work"/example_*.o; do
    "${CXX:-clang++}" -stdlib=libc++ "$work"/src_*.o "$example" -o "$work/program"
    timeout 60 "$work/program" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
    name=${example##*/example_}
    echo "libcxx: ${name%.cpp.o}: ok"
done
