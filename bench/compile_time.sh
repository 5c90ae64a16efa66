#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# compile_time.sh [rounds]
#
# What settle's headers cost to compile: a file that uses finally.hpp, and one that uses promise.hpp,
# each against one that includes the same headers of Boost's and the standard library's and does the
# same by hand. Medians of processor time and of the compiler's peak memory, over so many rounds (7)
# in which the files take turns. CXX and CXXFLAGS say how, g++ and -O2 unless set.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-7}
read -r -a compile <<<"${CXX:-g++} -std=c++20 ${CXXFLAGS:--O2}"
compile+=(-I "$root/include")

[[ $rounds =~ ^[1-9][0-9]*$ ]] || {
    echo "usage: compile_time.sh [rounds]" >&2
    exit 2
}
gnu_time=$(type -P time) || {
    echo "compile_time: GNU time is needed; Debian's package is time" >&2
    exit 1
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The headers that are not settle's own, of all that the given one of settle includes. Some are of
# newer releases of Boost.
other_headers() { # settle's header
    echo "#include <settle/$1>" >"$folder/only.cpp"
    "${compile[@]}" -M "$folder/only.cpp" | tr -s ' \\' '\n' | grep "^$root/include/settle/" |
        xargs grep -h '^#include <' | grep -v '<settle/' | LC_ALL=C sort -u |
        sed 's/#include \(<.*>\)/#if __has_include(\1)\n#include \1\n#endif/'
}

common='#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>'

{
    other_headers finally.hpp
    echo "$common"
    cat <<'CODE'
int main()
{
    boost::asio::io_context context;
    int in_flight = 1;
    boost::asio::post(context, [&] {
        std::exception_ptr failure;
        try {
            --in_flight;
        } catch (...) {
            failure = std::current_exception();
        }
        [](std::exception_ptr) {}(std::move(failure));
    });
    context.run();
}
CODE
} >"$folder/finally_by_hand.cpp"

{
    other_headers finally.hpp
    echo "$common"
    cat <<'CODE'
#include <settle/finally.hpp>
int main()
{
    boost::asio::io_context context;
    int in_flight = 1;
    boost::asio::post(context, settle::finally([&] { --in_flight; }, [](std::exception_ptr) {}));
    context.run();
}
CODE
} >"$folder/finally_by_settle.cpp"

{
    other_headers promise.hpp
    echo "$common"
    cat <<'CODE'
int main()
{
    boost::asio::io_context context;
    int in_flight = 1;
    boost::asio::post(context, [&] {
        boost::asio::post(context, [&, value = 1 + 1] {
            --in_flight;
            boost::asio::post(context, [value] { static_cast<void>(value); });
        });
    });
    context.run();
}
CODE
} >"$folder/promise_by_hand.cpp"

{
    other_headers promise.hpp
    echo "$common"
    cat <<'CODE'
#include <settle/promise.hpp>
int main()
{
    boost::asio::io_context context;
    int in_flight = 1;
    auto made = settle::with_resolvers<int>(context);
    std::move(made.promise)
        .then([](int value) { return value + 1; })
        .finally([&] { --in_flight; })
        .then([](int) {})
        .detach();
    made.resolver.resolve(1);
    context.run();
}
CODE
} >"$folder/promise_by_settle.cpp"

files=(finally_by_hand finally_by_settle promise_by_hand promise_by_settle)
for file in "${files[@]}"; do
    "${compile[@]}" -c "$folder/$file.cpp" -o "$folder/$file.o" # warms the file cache up
done
for ((round = 0; round < rounds; ++round)); do
    for file in "${files[@]}"; do
        "$gnu_time" -o "$folder/$file.times" -a -f '%U %S %M' \
            "${compile[@]}" -c "$folder/$file.cpp" -o "$folder/$file.o"
    done
done

median() { # expression file
    awk "{ print $1 }" "$folder/$2.times" | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

row() { # header's stem, goals: time in percent, memory in MiB
    local time_by_hand time_by_settle memory_by_hand memory_by_settle
    time_by_hand=$(median '$1 + $2' "$1_by_hand")
    time_by_settle=$(median '$1 + $2' "$1_by_settle")
    memory_by_hand=$(median '$3' "$1_by_hand")
    memory_by_settle=$(median '$3' "$1_by_settle")
    awk -v name="$1.hpp" -v hand="$time_by_hand" -v settle="$time_by_settle" \
        -v hand_memory="$memory_by_hand" -v settle_memory="$memory_by_settle" \
        -v percent_goal="$2" -v memory_goal="$3" '
        function verdict(value, goal) { return value <= goal ? "met" : "missed" }
        BEGIN {
            percent = (settle / hand - 1) * 100
            memory = (settle_memory - hand_memory) / 1024
            printf "| **W8** | %s | time | %+.0f %% | | %+d %% | %s |\n",
                name, percent, percent_goal, verdict(percent, percent_goal)
            printf "| | | memory | %+.0f MiB | | %+d MiB | %s |\n",
                memory, memory_goal, verdict(memory, memory_goal)
        }'
}

echo "| | workload | settle against the headers it includes | measured | quartiles | goal | |"
echo "|---|---|---|---:|---:|---:|---|"
row finally 5 10
row promise 10 10
