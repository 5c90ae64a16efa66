#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# consume.sh [CMake argument...]
#
# Uses settle as its users do: installed and found by find_package (also with the Asio macros that
# users define and settle was compiled without; the examples that are projects of their own too), by
# pkg-config and a plain call of the compiler, and by add_subdirectory. The arguments go to the
# configuration of settle, for example -DBUILD_SHARED_LIBS=ON.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A blank in the path, for what forgets a quote.
prefix="$work/some prefix"
jobs=$(nproc)

configure() { # source build argument...
    cmake -S "$1" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Debug "${@:3}" >"$work/log" ||
        { cat "$work/log"; exit 1; }
}
build() { # build argument...
    cmake --build "$1" -j "$jobs" "${@:2}" >"$work/log" || { cat "$work/log"; exit 1; }
}
run_all() { # build
    local program ran=0
    for program in "$1"/consumer*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        if [ "$("$program" 2>"$work/log")" != ok ]; then
            echo "consume: ${program##*/} did not say ok" >&2
            cat "$work/log" >&2
            exit 1
        fi
        echo "consume: ${1##*/}/${program##*/}: ok"
        ran=$((ran + 1))
    done
    [ "$ran" -gt 0 ] || { echo "consume: nothing was built in $1" >&2; exit 1; }
}

if ! command -v pkg-config >/dev/null 2>&1; then
    echo "consume: there is no pkg-config here to consume settle with" >&2
    exit 1
fi
launcher=()
if command -v ccache >/dev/null 2>&1; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi

configure "$root" "$work/settle" "${launcher[@]}" "$@" "-DCMAKE_INSTALL_PREFIX=$prefix" \
    -DSETTLE_BUILD_TESTS=OFF -DSETTLE_BUILD_EXAMPLES=OFF -DSETTLE_BUILD_BENCH=OFF
build "$work/settle"
cmake --install "$work/settle" >/dev/null
# The tree can move: nothing installed may point back to where it was built.
if grep -rlF -e "$root" -e "$work" "$prefix" --include='*.cmake' --include='*.hpp' --include='*.pc'
then
    echo "consume: the installed files above name the build's directories" >&2
    exit 1
fi
mv "$prefix" "$work/moved prefix"
prefix="$work/moved prefix"

CMAKE_PREFIX_PATH="$prefix" configure "$root/test/consume/find_package" \
    "$work/find_package" "${launcher[@]}" "$@"
build "$work/find_package"
run_all "$work/find_package"

# The examples that are projects of their own, as one who copies them has them. They take their time to
# compile: each is built with one kind of library.
example() { # name argument...
    CMAKE_PREFIX_PATH="$prefix" configure "$root/example/$1" "$work/$1" "${launcher[@]}" "${cmake[@]}"
    build "$work/$1"
    "$work/$1/$1" "${@:2}" >"$work/log" || { cat "$work/log"; exit 1; }
    echo "consume: example/$1: ok"
}
cmake=("$@")
if [[ "$*" == *-DBUILD_SHARED_LIBS=ON* ]]; then
    example reverse_proxy --self-drive --clients 50
    example tls_service --self-drive --sessions 50
else
    example transactions --help
fi

# '--static' brings what a static settle leaves to the final link, and nothing for a shared one.
pc=$(find "$prefix" -name settle.pc)
quoted=$(PKG_CONFIG_PATH="${pc%/*}" pkg-config --static --cflags --libs settle)
eval "flags=($quoted)"
mkdir "$work/pkg_config"
"${CXX:-c++}" -std=c++20 "$root/test/consume/main.cpp" -o "$work/pkg_config/consumer" "${flags[@]}"
LD_LIBRARY_PATH="${pc%/pkgconfig/*}" run_all "$work/pkg_config"

configure "$root/test/consume/add_subdirectory" "$work/add_subdirectory" "${launcher[@]}" "$@" \
    "-DSETTLE_CHECKOUT=$root"
build "$work/add_subdirectory"
run_all "$work/add_subdirectory"
