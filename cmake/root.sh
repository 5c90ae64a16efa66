#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# root.sh trixie|sid [command...]
#
# Runs the command at the top of a fresh copy of this checkout, inside a Debian of that name with
# its newest GCC and the newest Boost it has. The Debian is a folder made by debootstrap, kept in
# SETTLE_ROOTS (else the user's cache directory) with its ccache, and made anew when it is old.
# Without a command it is only made, and its path is printed. Needs root.

set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
days=28

name=${1:-}
case "$name" in
    trixie) boost=1.88 more= ;;
    sid) boost=1.92 more=libboost-cobalt1.92-dev ;; # not in the stable one
    *)
        echo "usage: root.sh trixie|sid [command...]" >&2
        exit 2
        ;;
esac
shift
packages="g++ cmake ninja-build ccache libspdlog-dev libssl-dev
libboost$boost-dev libboost-test$boost-dev libboost-context$boost-dev${more:+ $more}"

lacking=()
[ "$(id -u)" -eq 0 ] || lacking+=("the rights of root")
for tool in debootstrap chroot flock git tar; do
    command -v "$tool" >/dev/null 2>&1 || lacking+=("$tool")
done
if [ "${#lacking[@]}" -gt 0 ]; then
    (IFS=,; echo "root: cannot make a Debian $name here, for want of: ${lacking[*]}" >&2)
    exit 1
fi

roots=${SETTLE_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/settle/roots}
mkdir -p "$roots"
roots=$(cd "$roots" && pwd -P)
root="$roots/$name"

exec 9>"$roots/.$name.lock"
flock -n 9 || { echo "root: waiting for another run to leave $root" >&2; flock 9; }

# What debootstrap mounts and an interruption leaves must not be deleted through.
discard() { # folder...
    local folder mounted
    for folder in "$@"; do
        [ -e "$folder" ] || continue
        while read -r mounted; do
            umount "$mounted" || return
        done < <(awk -v under="$folder/" 'index($5, under) == 1 { print $5 }' \
            /proc/self/mountinfo | LC_ALL=C sort -r)
        rm -rf --one-file-system -- "$folder" || return
    done
}

inside() { # folder command...
    local variable kept=()
    for variable in CI http_proxy https_proxy no_proxy; do
        [ -z "${!variable:-}" ] || kept+=("$variable=${!variable}")
    done
    env -i "${kept[@]}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive CCACHE_DIR=/settle/ccache \
        chroot "$@" 9>&-
}

# debootstrap's own choice, then wherever this machine's apt looks.
bootstrap() { # folder
    local mirror
    while read -r mirror; do
        echo "root: debootstrap $name ${mirror:-from its default mirror}"
        # shellcheck disable=SC2086 # no argument at all for the default
        if debootstrap --variant=minbase --include=ca-certificates,netbase "$name" "$1" $mirror \
            </dev/null; then
            return
        fi
        discard "$1" || return
    done < <(echo; apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' \
        2>/dev/null | LC_ALL=C sort -u)
    return 1
}

populate() { # folder
    bootstrap "$1" || return
    # The snapshots that a mirror may serve outlive their own date.
    inside "$1" apt-get -q -o Acquire::Check-Valid-Until=false update || return
    # shellcheck disable=SC2086
    inside "$1" apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 install $packages ||
        return
    inside "$1" apt-get clean || return
    grep -qs localhost "$1/etc/hosts" || echo "127.0.0.1 localhost" >>"$1/etc/hosts"
    mkdir "$1/settle"
    echo "$packages" >"$1/settle/packages"
}

complete() { [ "$(cat "$root/settle/packages" 2>/dev/null)" = "$packages" ]; }
recent() { [ -n "$(find "$root/settle/packages" -mtime "-$days" 2>/dev/null)" ]; }

if ! complete || ! recent; then
    # Under another name until it is whole; what a killed run left behind goes first.
    discard "$roots/.$name".new.*
    new="$roots/.$name.new.$$"
    trap 'discard "$new"; rm -f "$new.log"' EXIT
    trap 'exit 1' HUP INT TERM
    echo "root: making a Debian $name in $root" >&2
    if populate "$new" >"$new.log" 2>&1; then
        discard "$root"
        mv "$new" "$root"
    elif complete; then
        tail -n 5 "$new.log" >&2
        echo "root: could not make it anew; the old one has to do" >&2
    else
        tail -n 40 "$new.log" >&2
        echo "root: could not make a Debian $name" >&2
        exit 1
    fi
fi

if [ $# -eq 0 ]; then
    echo "$root"
    exit
fi

discard "$root/settle/source"
mkdir "$root/settle/source"
cd "$checkout"
# With what is not committed yet; whoever owns the checkout, reading its file names is harmless.
git -c safe.directory="$checkout" ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' file; do
        if [ -e "$file" ]; then
            printf '%s\0' "$file"
        fi
    done | tar -c --null -T - | tar -x --no-same-owner -C "$root/settle/source"
# shellcheck disable=SC2016
inside "$root" bash -c 'cd /settle/source && exec "$@"' - "$@"
