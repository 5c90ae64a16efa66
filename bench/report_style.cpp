// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "report_style.hpp"

const char* const bench::report_style = R"css(
:root {
  color-scheme: light;
  --page: #f6f7f9; --card: #ffffff; --ink: #18202c; --soft: #586274; --rule: #dfe4ec;
  --stripe: #f4f6f9; --settle: #2b63d9; --other: #b6c0cf; --met: #17835a; --missed: #c2571a;
  --whisker: #18202c;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) {
    color-scheme: dark;
    --page: #0e1116; --card: #161b23; --ink: #e7ebf1; --soft: #9aa5b5; --rule: #2a323f;
    --stripe: #1b212b; --settle: #6b9bff; --other: #495567; --met: #3fbf8a; --missed: #f0904f;
    --whisker: #e7ebf1;
  }
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --page: #0e1116; --card: #161b23; --ink: #e7ebf1; --soft: #9aa5b5; --rule: #2a323f;
  --stripe: #1b212b; --settle: #6b9bff; --other: #495567; --met: #3fbf8a; --missed: #f0904f;
  --whisker: #e7ebf1;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 1160px; margin: 0 auto; padding: 32px 20px 64px; }
header { display: flex; align-items: flex-start; justify-content: space-between; gap: 16px; }
h1 { font-size: 28px; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 40px 0 12px; }
h3 { font-size: 16px; margin: 0 0 2px; }
p { margin: 6px 0 12px; max-width: 75ch; }
.soft { color: var(--soft); }
.card {
  background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 18px 20px; margin: 14px 0; overflow-x: auto;
}
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0; }
.tile {
  background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 10px 18px; min-width: 130px;
}
.tile b { display: block; font-size: 26px; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 20px; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
button {
  font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--rule);
  border-radius: 8px; padding: 5px 12px; cursor: pointer; white-space: nowrap;
}
button:focus-visible { outline: 2px solid var(--settle); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: left; color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--rule); }
th, td { padding: 5px 10px; vertical-align: baseline; }
td { border-bottom: 1px solid var(--rule); }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.met { color: var(--met); }
.missed { color: var(--missed); }
td.met, td.missed { font-weight: 600; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; font-size: 13px; color: var(--soft); }
.legend svg { width: 14px; height: 14px; vertical-align: -2px; margin-right: 6px; }
svg { display: block; width: 100%; height: auto; min-width: 620px; }
.legend svg { display: inline; min-width: 0; }
svg text { font: 12.5px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  fill: var(--ink); }
svg text.axis, svg text.against { fill: var(--soft); font-size: 11.5px; }
svg text.name { text-anchor: end; }
svg text.name.settle, svg text.label { font-weight: 700; }
svg text.middle { text-anchor: middle; }
svg text.end { text-anchor: end; }
svg text.value { font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--rule); }
svg .zero { stroke: var(--ink); stroke-width: 1.5; }
svg .reach { stroke: var(--settle); stroke-dasharray: 3 3; }
svg .whisker { stroke: var(--whisker); stroke-opacity: .65; }
svg .stripe { fill: var(--stripe); }
svg .bar { fill: var(--other); }
svg .bar.settle { fill: var(--settle); }
svg .bar.met, svg .goal.met { fill: var(--met); }
svg .bar.missed, svg .goal.missed { fill: var(--missed); }
svg .goal { stroke: var(--card); stroke-width: 1.5; }
svg .curve { fill: none; stroke-width: 2; stroke: var(--soft); }
svg .curve.settle { stroke: var(--settle); stroke-width: 2.5; }
svg .curve.limit { stroke: var(--missed); stroke-dasharray: 4 4; stroke-width: 1.5; }
@media print { button { display: none; } .card { break-inside: avoid; } }
)css";

// The test of the page reads what the script leaves in the document element.
const char* const bench::report_script = R"js(
'use strict';
const root = document.documentElement;
addEventListener('error', event => { root.dataset.error = event.message; });
const button = document.getElementById('theme');
const dark = () => root.dataset.theme
    ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
const label = () => { button.textContent = dark() ? 'Light' : 'Dark'; };
button.addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    label();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
label();
root.dataset.background = getComputedStyle(document.body).backgroundColor;
root.dataset.ready = String(document.querySelectorAll('tr[data-row]').length);
)js";
