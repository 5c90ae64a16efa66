#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# setup.sh [extra Debian package...]
#
# Installs what building settle needs and this machine lacks, as root or through sudo. Does nothing,
# quickly, when everything is there. Without apt it says what is needed, and succeeds if it is there.

set -euo pipefail

read -r -a compiler <<<"${CXX:-g++}"

have() { command -v "$1" >/dev/null 2>&1; }

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Asks the compiler, so that any Boost it finds counts, wherever that came from.
boost_version() {
    printf '#include <boost/version.hpp>\nsettle BOOST_VERSION\n' |
        "${compiler[@]}" -E -P -x c++ - 2>/dev/null | sed -n 's/^settle //p' || true
}

have_boost() {
    local version
    version=$(boost_version)
    [ -n "$version" ] && [ "$version" -ge 108100 ]
}

have_library() { # name
    [ "$("${compiler[@]}" -print-file-name="lib$1.so" 2>/dev/null)" != "lib$1.so" ]
}

# The distribution's default Boost where that is new enough, else its 1.81 packages.
boost_packages() {
    local default
    default=$(LC_ALL=C apt-cache policy libboost-dev 2>/dev/null | sed -n 's/^ *Candidate: //p')
    if dpkg --compare-versions "${default:-0}" ge 1.81; then
        echo libboost-dev libboost-test-dev libboost-context-dev
    else
        echo libboost1.81-dev libboost-test1.81-dev libboost-context1.81-dev
    fi
}

needs="GCC 12 or Clang 16 or later, CMake 3.25, Ninja, pkg-config, Boost 1.81 with Boost.Test, \
spdlog 1.10; optionally OpenSSL and Boost.Context, Google Benchmark and ccache"

if have apt-get && have dpkg-query; then
    missing=()
    have "${compiler[0]}" || missing+=(g++)
    have cmake || missing+=(cmake)
    have ninja || missing+=(ninja-build)
    have ccache || missing+=(ccache)
    have pkg-config || missing+=(pkg-config)
    for package in libspdlog-dev libssl-dev libbenchmark-dev "$@"; do
        installed "$package" || missing+=("$package")
    done
    missing_boost=no
    { have_boost && have_library boost_unit_test_framework && have_library boost_context; } ||
        missing_boost=yes

    if [ "${#missing[@]}" -gt 0 ] || [ $missing_boost = yes ]; then
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then
            if ! have sudo; then
                [ $missing_boost = no ] || missing+=("$(boost_packages)")
                echo "setup: neither root nor sudo here; as root, run:" >&2
                echo "    apt-get update && apt-get install ${missing[*]}" >&2
                exit 1
            fi
            as_root=(sudo)
        fi
        # An outdated index may still do: the installation decides.
        "${as_root[@]}" apt-get update -q </dev/null ||
            echo "setup: apt-get update failed; trying to install all the same" >&2
        if [ $missing_boost = yes ]; then
            read -r -a boost <<<"$(boost_packages)"
            missing+=("${boost[@]}")
        fi
        echo "setup: installing ${missing[*]}"
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null
    fi
else
    echo "setup: no apt here. settle needs $needs."
    [ $# -eq 0 ] || echo "setup: and what Debian calls: $*"
fi

lacking=()
for tool in "${compiler[0]}" cmake ninja; do
    have "$tool" || lacking+=("$tool")
done
if have "${compiler[0]}"; then
    have_boost || lacking+=("Boost >= 1.81")
fi
if [ "${#lacking[@]}" -gt 0 ]; then
    echo "setup: not found: ${lacking[*]}" >&2
    echo "setup: settle needs $needs" >&2
    exit 1
fi
