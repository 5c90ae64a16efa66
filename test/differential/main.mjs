// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Compares settle's promises with the engine's own on programs made up at random: the outcome of
// every promise, when it settled, and the order in which its handlers ran.
//
//     node main.mjs --runner EXECUTABLE [--programs N] [--seed N] [--largest N]
//     node main.mjs --runner EXECUTABLE --file PROGRAMS
//
// EXECUTABLE is what runner.cpp is compiled to. N programs are compared, of at most --largest
// promises; those whose result is decided by a number of hops are left out and counted. The first
// one that differs is made small and printed, as a file for --file and as JavaScript. The language
// of the programs is described in program.mjs.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { generate } from "./generator.mjs";
import { judge, perturbed } from "./hops.mjs";
import { toJavaScript } from "./javascript.mjs";
import { forEachStatement, format, parse } from "./program.mjs";
import { runWithSettle } from "./runner.mjs";
import { shrink } from "./shrink.mjs";
import { faultOf } from "./valid.mjs";

const chunk = 1000;
const quickLook = 4; // runs with extra hops that every program gets
const closeLook = 300; // and those that one gets about which Node and settle differ

function usage(complaint) {
    console.error(`${complaint}\nusage: main.mjs --runner EXECUTABLE [--programs N] [--seed N]`);
    console.error("                [--largest N] [--file PROGRAMS]");
    process.exit(2);
}

function readOptions() {
    let values;
    try {
        ({ values } = parseArgs({
            options: {
                runner: { type: "string" },
                programs: { type: "string", default: "20000" },
                seed: { type: "string", default: "1" },
                largest: { type: "string", default: "14" },
                file: { type: "string" },
            },
        }));
    } catch (error) {
        usage(error.message);
    }
    if (!values.runner) usage("--runner is missing");
    const number = (name) => {
        if (!/^[1-9]\d{0,8}$/.test(values[name])) usage(`--${name} wants a number`);
        return Number(values[name]);
    };
    return {
        runner: resolve(values.runner),
        file: values.file,
        programs: number("programs"),
        seed: number("seed"),
        largest: number("largest"),
    };
}

const options = readOptions();
const leftOut = { "decided by hops": 0, "differing on purpose": 0 };

// In ECMAScript an empty race is for ever pending, and so is a finally whose cleanup returns its own
// promise; settle rejects both (rules P10 and P5).
function differsOnPurpose(program) {
    let found = false;
    forEachStatement(program, ({ expression }) => {
        const { kind, sources, body } = expression ?? {};
        if (kind === "race" && sources.length === 0) found = true;
        if (kind === "finally" && body?.result.kind === "self") found = true;
    });
    return found;
}

// The programs worth comparing, each with the engine's story.
async function worthComparing(programs) {
    const judged = await Promise.all(
        programs.map(async (program) => ({ program, ...(await judge(program, quickLook)) })),
    );
    return judged.filter(({ program, decidedByHops }) => {
        if (differsOnPurpose(program)) leftOut["differing on purpose"]++;
        else if (decidedByHops) leftOut["decided by hops"]++;
        else return true;
        return false;
    });
}

// Whether settle's story is one that the engine would tell with other numbers of hops.
const isAmongThem = async (story, program, times) =>
    (await perturbed(program, times, 2)).includes(story);

// For each program, whether Node and settle differ about it for another reason than hops.
async function differ(programs) {
    const judged = await Promise.all(
        programs.map(async (program) => {
            const { expected, decidedByHops } = await judge(program, 30);
            return { program, expected, skip: decidedByHops || differsOnPurpose(program) };
        }),
    );
    const stories = runWithSettle(options.runner, programs);
    return Promise.all(
        judged.map(
            async ({ program, expected, skip }, i) =>
                !skip && stories[i] !== expected && !(await isAmongThem(stories[i], program, 60)),
        ),
    );
}

const listed = (story) => story.split("; ").map((line) => `    ${line}`).join("\n");

async function report(program, origin) {
    const small = await shrink(program, differ);
    const { expected } = await judge(small, 0);
    const [actual] = runWithSettle(options.runner, [small]);
    console.log(`Node and settle differ about ${origin}. Made small:\n`);
    console.log(format(small));
    console.log(`Node:\n${listed(expected)}\nsettle:\n${listed(actual)}\n`);
    console.log(`The same as JavaScript:\n\n${toJavaScript(small)}`);
    console.log("To see it again, put the program into a file and give it to --file.");
}

// Compares; returns how many programs were, or null when one differs.
async function compare(programs, originOf) {
    const worthy = await worthComparing(programs);
    const stories = runWithSettle(options.runner, worthy.map(({ program }) => program));
    for (const [i, { program, expected }] of worthy.entries()) {
        if (stories[i] === expected) continue;
        if (await isAmongThem(stories[i], program, closeLook)) {
            leftOut["decided by hops"]++;
            continue;
        }
        await report(program, originOf(program));
        return null;
    }
    return worthy.length;
}

function fromFile() {
    const programs = parse(readFileSync(options.file, "utf8"));
    for (const program of programs) {
        const fault = faultOf(program);
        if (fault) usage(`${options.file} holds what is no program: ${fault}`);
    }
    return programs;
}

async function compareGenerated() {
    let compared = 0;
    for (let index = 0; compared < options.programs; ) {
        const indices = new Map();
        const most = Math.min(chunk, options.programs - compared);
        for (let i = 0; i < most; ++i, ++index)
            indices.set(generate(options.seed, index, options.largest), index);
        const origin = (program) => `program ${indices.get(program)} of seed ${options.seed}`;
        const count = await compare([...indices.keys()], origin);
        if (count === null) return null;
        compared += count;
    }
    return compared;
}

const begin = performance.now();
const compared = options.file
    ? await compare(fromFile(), () => `a program of ${options.file}`)
    : await compareGenerated();
if (compared === null) {
    process.exitCode = 1;
} else {
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    const left = Object.entries(leftOut).map(([why, count]) => `${count} ${why}`);
    console.log(`${compared} programs: Node ${process.version} and settle agree (${seconds} s).`);
    console.log(`Left out: ${left.join(", ")}.`);
}
