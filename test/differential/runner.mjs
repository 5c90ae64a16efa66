// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { spawnSync } from "node:child_process";

import { format } from "./program.mjs";

const patience = 120_000; // milliseconds; a thousand programs take a small part of a second

function lastLines(text, count) {
    return text.trim().split("\n").slice(-count).join(" | ");
}

function attempt(executable, programs) {
    const { stdout, stderr, status, signal, error } = spawnSync(executable, [], {
        input: programs.map(format).join(""),
        encoding: "utf8",
        maxBuffer: 2 ** 30,
        timeout: patience,
    });
    // EPIPE: it did not read to the end.
    if (error && !["ETIMEDOUT", "EPIPE"].includes(error.code)) throw error;
    // What is not ended by a newline belongs to the program that did not end.
    const lines = stdout.split("\n").slice(0, -1);
    const trouble = status === 0 ? null : `ends with ${signal ?? status}: ${lastLines(stderr, 12)}`;
    return { lines, trouble };
}

// What settle's runner tells of each program. One that crashes it is told so, and the others run
// all the same; so is one after which a sanitizer finds fault at the very end.
export function runWithSettle(executable, programs) {
    const stories = [];
    while (stories.length < programs.length) {
        const rest = programs.slice(stories.length);
        const { lines, trouble } = attempt(executable, rest);
        if (lines.length < rest.length) {
            stories.push(...lines, trouble ?? "tells nothing");
        } else if (!trouble) {
            stories.push(...lines);
        } else if (rest.length === 1) {
            stories.push(trouble);
        } else {
            const half = rest.length >> 1;
            stories.push(...runWithSettle(executable, rest.slice(0, half)));
            stories.push(...runWithSettle(executable, rest.slice(half)));
        }
    }
    return stories;
}
