#!/usr/bin/env bash
# Copyright (c) 2026 The settle authors
# SPDX-License-Identifier: BSL-1.0
#
# check_report.sh SETTLE_BENCH FOLDER
#
# Lets the benchmark write its page into FOLDER and looks at it in headless Chromium: every row of
# the JSON is in the tables and every workload has its chart, the script ran without an error,
# nothing is fetched from elsewhere, and the page can be seen, light and dark. The status is 77,
# skipped, where there is no Chromium; under CI that is a failure.

set -euo pipefail

bench=$1
folder=$2
page="$folder/report.html"
json="$folder/report.json"

fail() {
    echo "check_report: $*" >&2
    exit 1
}

browser=
for name in chromium-headless-shell chromium google-chrome; do
    browser=$(command -v "$name") && break
done
if [ -z "$browser" ]; then
    [ -z "${CI:-}" ] || fail "no Chromium here; Debian's package is chromium-headless-shell"
    echo "check_report: no Chromium here, skipped"
    exit 77
fi

rm -rf "$folder"
mkdir -p "$folder"
# Some of each kind.
"$bench" --quick --filter '^(W1 hop|W3t post|W7|growth links destroyed)' \
    --report "$page" --json >"$json"

if command -v python3 >/dev/null; then
    python3 -m json.tool "$json" >/dev/null || fail "$json is no JSON"
elif command -v node >/dev/null; then
    node -e 'JSON.parse(require("fs").readFileSync(process.argv[1]))' "$json" ||
        fail "$json is no JSON"
fi

look() { # argument...
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1200,2400 \
        --user-data-dir="$folder/profile" --enable-logging=stderr "$@" "file://$page"
}

count() { # pattern file
    grep -o -- "$1" "$2" | wc -l
}

look --dump-dom >"$folder/dom.html" 2>"$folder/browser.log" ||
    fail "Chromium failed: $(tail -n 3 "$folder/browser.log")"

rows=$(($(count '"against":' "$json") + $(count '"what":' "$json")))
sides=$(count '"nanoseconds":' "$json")
workloads=$(count '"label":' "$json")
[ "$rows" -gt 10 ] || fail "only $rows rows were measured"
[ "$(count '<tr data-row' "$folder/dom.html")" -eq "$rows" ] ||
    fail "the table has other than $rows rows"
[ "$(count '<tr data-side' "$folder/dom.html")" -eq "$sides" ] ||
    fail "the table of sides has other than $sides rows"
# One for each workload, and that of the goals.
[ "$(count '<svg role="img"' "$folder/dom.html")" -eq "$((workloads + 1))" ] ||
    fail "there are other than $((workloads + 1)) charts"
grep -q 'NaN\|[^a-z]inf[^a-z]' "$folder/dom.html" && fail "a number is none"

# The script says how many rows it has seen, at its end.
grep -q "data-ready=\"$rows\"" "$folder/dom.html" || fail "the script did not come to its end"
grep -q 'data-error=' "$folder/dom.html" && fail "the script reported an error"
grep -i 'console.*error\|uncaught' "$folder/browser.log" && fail "the browser reported an error"
grep -i 'src=\|href=\|url(\|@import' "$folder/dom.html" && fail "the page needs another file"

# 0 is dark, 1 is light, as the reader's system would ask for.
background() { # scheme
    look --blink-settings=preferredColorScheme="$1" --dump-dom 2>/dev/null |
        grep -o 'data-background="[^"]*"'
}
[ "$(background 0)" != "$(background 1)" ] || fail "light and dark look the same"
for scheme in 0 1; do
    picture="$folder/scheme$scheme.png"
    look --blink-settings=preferredColorScheme=$scheme --screenshot="$picture" >/dev/null 2>&1 ||
        fail "no screenshot"
    [ "$(head -c 4 "$picture" | tail -c 3)" = PNG ] || fail "the screenshot is no picture"
    [ "$(wc -c <"$picture")" -gt 50000 ] || fail "the screenshot is empty"
done
mv "$folder/scheme0.png" "$folder/dark.png"
mv "$folder/scheme1.png" "$folder/light.png"
echo "check_report: $rows rows, $((workloads + 1)) charts, light and dark"
