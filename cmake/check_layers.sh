#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_layers.sh [repository]
#
# A settle header includes settle headers of a lower rank only. Headers in detail/ may include each
# other, without a cycle, and nothing of rank 20 or above. finally.hpp and the decorators must not
# drag the promise in; nobody includes all of Asio; no public header names spdlog.

set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

find include/settle src test example bench -name '*.[ch]pp' 2>/dev/null | LC_ALL=C sort |
    awk '
function rank_of(header) { return header ~ /^detail\// ? 10 : rank[header] }
function fail(where, why) { print where ": " why; ++failures }

BEGIN {
    rank["config.hpp"] = 0
    rank["fwd.hpp"] = 1
    rank["error.hpp"] = 2
    rank["reason.hpp"] = 3
    rank["prefers_exception.hpp"] = rank["outcome.hpp"] = rank["report.hpp"] = rank["adoption.hpp"] = 4
    rank["aggregate_error.hpp"] = 4
    # detail/ stands between
    rank["finally.hpp"] = rank["resolver.hpp"] = 20
    rank["best_effort.hpp"] = rank["on_abandon.hpp"] = rank["within.hpp"] = 20
    rank["promise.hpp"] = 21
    rank["shared_promise.hpp"] = 22
    rank["use_promise.hpp"] = rank["coroutine.hpp"] = rank["combinators.hpp"] = 30
    rank["cleanup_stack.hpp"] = rank["decorators.hpp"] = rank["async_drain.hpp"] = 30
    rank["settle.hpp"] = 40
}

# Prints the chain that leads from a header back to itself, once for each cycle found.
function visit(header, trail,    i, n, next_headers) {
    state[header] = 1
    n = split(includes[header], next_headers, " ")
    for (i = 1; i <= n; ++i) {
        if (state[next_headers[i]] == 1)
            fail("include/settle/" header, "cycle: " trail header " " next_headers[i])
        else if (!state[next_headers[i]])
            visit(next_headers[i], trail header " ")
    }
    state[header] = 2
}

function reach(header, trail, from,    i, n, next_headers) {
    if (reached[header]++)
        return
    if (header ~ /^(promise|shared_promise|resolver)\.hpp$/ || header ~ /^detail\/promise/)
        fail("include/settle/" from, "drags in " header " through " trail)
    n = split(includes[header], next_headers, " ")
    for (i = 1; i <= n; ++i)
        reach(next_headers[i], trail header " ", from)
}

function check_line(file, number, line, header,    target) {
    if (line ~ /^[[:space:]]*#[[:space:]]*include[[:space:]]*<boost\/asio\.hpp>/)
        fail(file ":" number, "includes all of Asio: take the headers it needs")
    if (tolower(line) ~ /spdlog/ && file !~ /^(src|test)\//)
        fail(file ":" number, "names spdlog, which is for src/ alone")
    if (header == "" || line !~ /^[[:space:]]*#[[:space:]]*include/)
        return
    if (line ~ /"/) {
        fail(file ":" number, "write #include <settle/...>")
        return
    }
    if (line !~ /<settle\//)
        return
    target = line
    sub(/^.*<settle\//, "", target)
    sub(/>.*$/, "", target)
    if (!(target in known)) {
        fail(file ":" number, "includes <settle/" target ">, which does not exist")
        return
    }
    includes[header] = includes[header] target " "
    if (header ~ /^detail\// && target ~ /^detail\//)
        return
    if (rank_of(target) >= rank_of(header))
        fail(file ":" number, "rank " rank_of(header) " must not include <settle/" target \
            ">, rank " rank_of(target))
}

{
    files[NR] = $0
    if (sub(/^include\/settle\//, "", $0)) {
        known[$0] = 1
        order[++headers] = $0
        if ($0 !~ /^detail\// && !($0 in rank))
            fail("include/settle/" $0, "has no rank: give it one in cmake/check_layers.sh")
    }
}

END {
    for (i = 1; i <= NR; ++i) {
        file = files[i]
        header = ""
        if (file ~ /^include\/settle\//) {
            header = file
            sub(/^include\/settle\//, "", header)
        }
        number = 0
        while ((getline line < file) > 0) {
            ++number
            sub(/\/\/.*$/, "", line)
            check_line(file, number, line, header)
        }
        close(file)
    }
    for (i = 1; i <= headers; ++i)
        if (!state[order[i]])
            visit(order[i], "")
    n = split("finally.hpp best_effort.hpp on_abandon.hpp within.hpp", without_promises, " ")
    for (i = 1; i <= n; ++i)
        if (without_promises[i] in known)
            reach(without_promises[i], "", without_promises[i])
    printf "%d headers, %d layering errors\n", headers, failures
    exit failures > 0 || headers == 0
}'
