#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_guide.sh
#
# Each sample of doc/guide.md is a piece of a tested program: the line before its fence names the file
# and the tag, and the sample is what stands there between two lines '// [tag]', less its indentation.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
guide="$root/doc/guide.md"

piece() { # file tag
    awk -v tag="// [$2]" '{ line = $0; sub(/^ +/, "", line) }
        line == tag { inside = !inside; next }
        inside { lines[++count] = $0
                 if ($0 != "") { match($0, /^ */)
                                 if (count == 1 || RLENGTH < indent) indent = RLENGTH } }
        END { for (i = 1; i <= count; ++i) print substr(lines[i], indent + 1) }' "$root/$1"
}

# The sample that follows a line.
sample() { # line
    awk -v from="$1" 'NR > from && /^```/ { if (inside++) exit; next } inside' "$guide"
}

found=0
wrong=0
while IFS=: read -r line _ file tag _; do
    found=$((found + 1))
    if ! diff <(piece "$file" "$tag") <(sample "$line") >/dev/null || [ -z "$(sample "$line")" ]; then
        echo "doc/guide.md:$line: differs from $file, [$tag]" >&2
        wrong=1
    fi
done < <(grep -n '^<!-- ' "$guide" | sed 's/^\([0-9]*\):<!-- \([^ ]*\) \([^ ]*\) -->$/\1:-:\2:\3:/')
[ "$found" -eq "$(grep -c '^```cpp$' "$guide")" ] || {
    echo "doc/guide.md: a sample does not say where it is from" >&2
    exit 1
}
[ "$wrong" -eq 0 ]
