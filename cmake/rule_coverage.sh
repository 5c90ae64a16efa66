#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# rule_coverage.sh [repository]
#
# Lists every rule of cmake/rules_claimed.txt with the test cases that carry it, as
# * boost::unit_test::label("F5") on the case, on a suite around it, in a BOOST_TEST_DECORATOR, or
# as '// rule: F5' in a compile-fail case or in test/conformance. Fails when a claimed rule has no
# case. A disabled case proves nothing and is left out.

set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

{
    cat cmake/rules_claimed.txt
    find test -name '*.cpp' | LC_ALL=C sort
} | awk '
# The text from position on up to the parenthesis that closes the one at position.
function parenthesised(text, position,    depth, i, c) {
    depth = 0
    for (i = position; i <= length(text); ++i) {
        c = substr(text, i, 1)
        if (c == "\"") {
            while (++i <= length(text) && (c = substr(text, i, 1)) != "\"")
                if (c == "\\")
                    ++i
        } else if (c == "(")
            ++depth
        else if (c == ")" && --depth == 0)
            break
    }
    return substr(text, position, i - position + 1)
}

# The labels in the text, with blanks around each.
function labels_in(text,    found, label) {
    found = " "
    while (match(text, /label[[:space:]]*\([[:space:]]*"[^"]*"/)) {
        label = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        sub(/^[^"]*"/, "", label)
        sub(/"$/, "", label)
        found = found label " "
    }
    return found
}

function credit(labels, name,    i, n, list) {
    n = split(labels, list, " ")
    for (i = 1; i <= n; ++i)
        if (index("\n" cases[list[i]], "\n" name "\n") == 0) {
            cases[list[i]] = cases[list[i]] name "\n"
            if (!(list[i] in claimed) && !(list[i] in unclaimed)) {
                unclaimed[list[i]] = 1
                others[++other_count] = list[i]
            }
        }
}

function read_source(file,    line, text, macro, arguments, name, pending, depth, suite, off, all) {
    text = ""
    while ((getline line < file) > 0) {
        if (file ~ /^test\/(compile_fail|conformance)\// && match(line, /^\/\/ rule:/)) {
            line = substr(line, RLENGTH + 1)
            gsub(/,/, " ", line)
            credit(line, file)
            continue
        }
        sub(/^[[:space:]]*\/\/.*$/, "", line)
        text = text line "\n"
    }
    close(file)

    pending = " "
    depth = 0
    while (match(text, /BOOST_[A-Z_]*TEST_(CASE|SUITE|DECORATOR)[A-Z_]*[[:space:]]*\(/)) {
        macro = substr(text, RSTART, RLENGTH)
        arguments = parenthesised(text, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        if (macro ~ /SUITE_END/) {
            --depth
            continue
        }
        if (macro ~ /DECORATOR/) {
            pending = pending labels_in(arguments)
            if (arguments ~ /disabled[[:space:]]*\(/)
                off = 1
            continue
        }
        name = arguments
        sub(/^\([[:space:]]*/, "", name)
        # BOOST_PARAM_TEST_CASE and the like begin with a pointer
        sub(/^&/, "", name)
        sub(/[^A-Za-z0-9_].*$/, "", name)
        if (arguments ~ /disabled[[:space:]]*\(/)
            off = 1
        all = pending labels_in(arguments)
        pending = " "
        if (macro ~ /SUITE/) {
            ++depth
            suite[depth] = suite[depth - 1] all
            disabled[depth] = disabled[depth - 1] || off
        } else if (!off && !disabled[depth])
            credit(all suite[depth], file ": " name)
        off = 0
    }
    disabled[0] = 0
}

/\.cpp$/ { read_source($0); next }
/^[[:space:]]*(#.*)?$/ { next }
{ claimed[$1] = 1; rules[++rule_count] = $1 }

END {
    for (i = 1; i <= rule_count; ++i) {
        n = split(cases[rules[i]], list, "\n") - 1
        if (n < 1) {
            printf "%-4s  NO CASE\n", rules[i]
            ++uncovered
            continue
        }
        printf "%-4s %3d  %s\n", rules[i], n, list[1]
        for (j = 2; j <= n; ++j)
            printf "%-4s %3s  %s\n", "", "", list[j]
    }
    for (i = 1; i <= other_count; ++i)
        printf "label %s is not a claimed rule\n", others[i]
    printf "%d rules claimed, %d without a case\n", rule_count, uncovered
    exit uncovered > 0 || rule_count == 0
}'
