#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# mutants.sh [--sample N | --check] [mutant...]
#
# Seeded faults: breaks a rule in a copy of the library, one mutant of test/mutants at a time, and
# shows that a test with that rule's label goes red. Fails when one stays green, when a mutant does
# not apply or does not compile, and when the test is not green without it. With --sample it takes N
# of them, spread evenly, which ones depending on the commit; all are still looked at for whether
# they apply. With --check that is all it does, in a second or two.
#
# The test differential.promises has no labels: all of it has to be green, and then red.
#
# A mutant is a file RULE-what-is-broken.mutant:
#
#     rule: F5
#     file: include/settle/detail/...     what is changed
#     test: finally                       as ctest names it
#     expect: compile-error               where a static_assert of the test is what must fail
#     --- before
#     lines that the file has just once
#     --- after
#     what they become
#
# Several pairs of before and after are one mutant.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
limit=60 # seconds for a test that takes one or two
ulimit -c 0

sample=
check=no
names=()
while [ $# -gt 0 ]; do
    case "$1" in
        --sample)
            sample=${2:-}
            [[ $sample =~ ^[1-9][0-9]*$ ]] || {
                echo "mutants: --sample wants a number" >&2
                exit 2
            }
            shift 2
            ;;
        --check)
            check=yes
            shift
            ;;
        -*)
            echo "usage: mutants.sh [--sample N | --check] [mutant...]" >&2
            exit 2
            ;;
        *)
            names+=("$(basename "$1" .mutant)")
            shift
            ;;
    esac
done

for tool in cmake ctest git ninja perl timeout; do
    command -v $tool >/dev/null 2>&1 || {
        echo "mutants: needs $tool" >&2
        exit 1
    }
done

# Whoever owns the checkout, reading it is harmless.
in_git() { git -c safe.directory="$root" "$@"; }

field() { # mutant name
    sed -n "/^--- before\$/q; s/^$2: *//p" "test/mutants/$1.mutant"
}

# Prints the file with the change made; fails, with a sentence, where it does not apply.
mutated() { # mutant
    perl -0777 -e '
        my ($mutant, $file) = @ARGV;
        open my $in, "<", $mutant or die "cannot be read\n";
        my $text = <$in>;
        open $in, "<", $file or die "names a file that is not there: $file\n";
        my $source = <$in>;
        my $pairs = 0;
        while ($text =~ /^--- before\n(.*?)^--- after\n(.*?)(?=^--- before\n|\z)/msg) {
            my ($before, $after) = ($1, $2);
            my ($found, $from, $at) = (0, 0, 0);
            die "has nothing to replace\n" if $before eq "";
            while (($from = index $source, $before, $from) >= 0) {
                ++$found;
                $at = $from++;
            }
            die "its text is found $found times in $file\n" if $found != 1;
            substr($source, $at, length $before) = $after;
            ++$pairs;
        }
        die "has no lines --- before and --- after\n" if !$pairs;
        print $source;' "test/mutants/$1.mutant" "$(field "$1" file)"
}

# What is wrong with a mutant, in a sentence.
fault_of() { # mutant
    local rule test source sentence
    [ -f "test/mutants/$1.mutant" ] || { echo "there is none of that name"; return; }
    rule=$(field "$1" rule)
    test=$(field "$1" test)
    if [ -z "$rule" ] || [ -z "$test" ]; then
        echo "names no rule or no test"
        return
    fi
    [ "${1%%-*}" = "$rule" ] || { echo "is of rule $rule by its own account"; return; }
    case "$(field "$1" expect)" in
        "" | compile-error) ;;
        *) echo "expects what this script does not know"; return ;;
    esac
    case "$test" in
        differential.promises) source=test/differential/main.mjs ;;
        *) source="test/${test//.//}.cpp" ;;
    esac
    [ -f "$source" ] || { echo "names a test that is not there: $source"; return; }
    if ! sentence=$(mutated "$1" 2>&1 >/dev/null); then
        echo "$sentence"
    fi
}

work=$(mktemp -d)
pids=()
finish() {
    [ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    rm -rf -- "$work"
}
trap finish EXIT
trap "exit 130" INT TERM

# From here on all is read from a copy, so that an edit in the checkout meanwhile does no harm.
commit=$(in_git rev-parse HEAD)
mkdir "$work/settle"
in_git ls-files -z | tar --ignore-failed-read --null -T - -cf - | tar -xf - -C "$work/settle"
cd "$work/settle"

all=()
for file in test/mutants/*.mutant; do
    all+=("$(basename "$file" .mutant)")
done
[ "${#names[@]}" -gt 0 ] || names=("${all[@]}")

chosen=("${names[@]}")
if [ -n "$sample" ] && [ "$sample" -lt "${#names[@]}" ]; then
    chosen=()
    first=$((16#${commit:0:12} % ${#names[@]}))
    for ((i = 0; i < sample; ++i)); do
        chosen+=("${names[(first + i * ${#names[@]} / sample) % ${#names[@]}]}")
    done
fi

faults=0
for name in "${names[@]}"; do
    fault=$(fault_of "$name")
    if [ -n "$fault" ]; then
        echo "error $name: $fault"
        faults=$((faults + 1))
    fi
done
[ $faults -eq 0 ] || exit 1
if [ $check = yes ]; then
    echo "${#names[@]} mutants apply"
    exit
fi

# The tests, each with its mutants, are dealt out to as many copies as there are processors.
declare -A mutants_of
for name in "${chosen[@]}"; do
    mutants_of[$(field "$name" test)]+="$name "
done
jobs=$(nproc)
workers=$((jobs < ${#mutants_of[@]} ? jobs : ${#mutants_of[@]}))
declare -A share
declare -A load
for ((k = 0; k < workers; ++k)); do
    share[$k]=
    load[$k]=0
done
while read -r count test; do
    least=0
    for ((k = 1; k < workers; ++k)); do
        [ "${load[$k]}" -ge "${load[$least]}" ] || least=$k
    done
    share[$least]+="$test "
    load[$least]=$((load[$least] + count + 1))
done < <(for test in "${!mutants_of[@]}"; do
    wc -w <<<"${mutants_of[$test]}" | tr '\n' ' '
    echo "$test"
done | LC_ALL=C sort -k1,1nr -k2)

tell() { # verdict mutant sentence
    echo "$1" >>"$work/verdicts"
    echo "$1 $2 $3"
}

# 0 green, 1 red, 2 neither. Whatever ends a test but success is red, a crash and a timeout too; all
# but Boost.Test's 200, which says that no case has the label.
run_labelled() { # copy test rule
    local status=0
    case "$2" in
        compile_fail.*)
            grep -qE "^// rule:.*\b$3\b" "$1/test/${2//.//}.cpp" || return 2
            ctest --test-dir "$1/build" -R "^${2//./\\.}\$" --no-tests=error || return 1
            ;;
        differential.promises)
            timeout $limit "$1/cmake/differential.sh" "$1/build/bin/differential_runner" \
                --programs 2000 || status=$?
            [ $status -ne 77 ] || return 2
            [ $status -eq 0 ] || return 1
            ;;
        *)
            timeout $limit "$1/build/test/test_${2//./_}" "--run_test=@$3" \
                --catch_system_errors=no --color_output=no || status=$?
            [ $status -ne 200 ] || return 2
            [ $status -eq 0 ] || return 1
            ;;
    esac
}

build_test() { # copy test
    case "$2" in
        compile_fail.*) ;;
        differential.promises)
            cmake --build "$1/build" -j "$each" --target differential_runner
            ;;
        *) cmake --build "$1/build" -j "$each" --target "test_${2//./_}" ;;
    esac
}

check_unmutated() { # copy mutant test
    local rule status=0
    rule=$(field "$2" rule)
    run_labelled "$1" "$3" "$rule" >"$1/log" 2>&1 || status=$?
    case $status in
        0) return 0 ;;
        1)
            tell error "$2" "$3 is red without it"
            tail -n 20 "$1/log"
            ;;
        *) tell error "$2" "no case of $3 has the label $rule" ;;
    esac
    return 1
}

try() { # copy mutant test
    local copy=$1 mutant=$2 test=$3 rule expect file status=0
    rule=$(field "$mutant" rule)
    expect=$(field "$mutant" expect)
    file=$(field "$mutant" file)
    mutated "$mutant" >"$copy/$file"
    if ! build_test "$copy" "$test" >"$copy/log" 2>&1; then
        if [ "$expect" != compile-error ]; then
            tell error "$mutant" "does not compile"
            grep -m 5 'error: ' "$copy/log" || tail -n 20 "$copy/log"
        elif grep -q 'static assertion failed' "$copy/log"; then
            tell killed "$mutant" "by $test, which does not compile"
        else
            tell error "$mutant" "stops $test from compiling, but not by a static_assert"
            grep -m 5 'error: ' "$copy/log" || tail -n 20 "$copy/log"
        fi
    elif [ "$expect" = compile-error ]; then
        tell survived "$mutant" "$test, which still compiles"
    else
        run_labelled "$copy" "$test" "$rule" >"$copy/log" 2>&1 || status=$?
        case $status in
            0) tell survived "$mutant" "$test, whose cases of $rule stay green" ;;
            1) tell killed "$mutant" "by $test" ;;
            *) tell error "$mutant" "$test ended without a verdict" ;;
        esac
    fi
    # With a new time stamp, so that what was built from the mutant is built again.
    cat "$file" >"$copy/$file"
}

worker() { # number test...
    local copy="$work/$1" test mutant ready
    trap "exit 1" TERM # after the build under way, which would write where nothing is any more
    cp -R "$work/settle" "$copy"
    # So that ccache knows a file again in whichever copy it meets it.
    export CCACHE_BASEDIR="$copy" CCACHE_NOHASHDIR=1
    if ! cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DSETTLE_BUILD_BENCH=OFF -DSETTLE_BUILD_EXAMPLES=OFF \
        >"$copy/log" 2>&1; then
        tell error "(copy $1)" "cannot be configured"
        cat "$copy/log"
        return
    fi
    for test in "${@:2}"; do
        if ! build_test "$copy" "$test" >"$copy/log" 2>&1; then
            for mutant in ${mutants_of[$test]}; do
                tell error "$mutant" "$test does not compile without it"
            done
            tail -n 20 "$copy/log"
            continue
        fi
        ready=()
        for mutant in ${mutants_of[$test]}; do
            if check_unmutated "$copy" "$mutant" "$test"; then
                ready+=("$mutant")
            fi
        done
        for mutant in "${ready[@]}"; do
            try "$copy" "$mutant" "$test"
        done
    done
}

each=$((jobs / workers))
for ((k = 0; k < workers; ++k)); do
    # shellcheck disable=SC2086 # a list
    worker "$k" ${share[$k]} </dev/null &
    pids+=($!)
done
wait "${pids[@]}" || true
pids=()

verdicts() { # verdict
    grep -cx "$1" "$work/verdicts" || true
}
killed=$(verdicts killed)
survived=$(verdicts survived)
errors=$(verdicts error)
[ "$errors" -eq 0 ] || echo "$errors errors"
echo "${#chosen[@]} mutants, $killed killed, $survived survived"
[ "$killed" -eq "${#chosen[@]}" ]
