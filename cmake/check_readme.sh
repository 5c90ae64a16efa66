#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_readme.sh PROGRAM
#
# The README's first sample is example/readme.cpp: each of its lines stands there, in its order, and
# PROGRAM, built from it, prints what the README says.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The nth fenced block of the README.
block() {
    awk -v want="$1" '/^```/ { inside = !inside; if (inside) ++count; next }
                      inside && count == want' "$root/README.md"
}

if ! missing=$(awk 'NR == FNR { line[++count] = $0; next }
                    next_line < count && $0 == line[next_line + 1] { ++next_line }
                    END { if (next_line < count) { print line[next_line + 1]; exit 1 } }' \
    <(block 1 | grep -v '^$') "$root/example/readme.cpp"); then
    echo "README.md: this line of the sample is not in example/readme.cpp: $missing" >&2
    exit 1
fi

diff <(block 2) <("$1") || {
    echo "README.md: the sample does not print what the README says" >&2
    exit 1
}
