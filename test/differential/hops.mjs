// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { run } from "./interpreter.mjs";
import { Random } from "./random.mjs";

// How many microtasks a link takes is nobody's business: settle takes fewer than the engine where a
// handler returns a promise. A program whose story changes when links are given extra hops is
// decided by their number, and not compared.

// A number of hops for each link; half of the links get none, so that any can be the slowest. To
// be shared costs settle a hop, but all that are made and decided in the same way keep pace: what
// was decided first is seen first.
function extraHops(random, most) {
    const some = () => (random.chance(50) ? 0 : random.between(1, most));
    const bySharing = { shared: some(), unique: some() };
    return { ofLink: some, ofSource: (sharing) => bySharing[sharing] };
}

// What is told of the program with extra hops at random, each time others.
export function perturbed(program, times, seed = 1) {
    const stories = [];
    for (let time = 0; time < times; ++time)
        stories.push(run(program, extraHops(new Random(seed, time), [2, 5, 12][time % 3])));
    return Promise.all(stories);
}

// The engine's story, and whether the number of hops decides it.
export async function judge(program, times, seed) {
    const [expected, others] = await Promise.all([run(program), perturbed(program, times, seed)]);
    return { expected, decidedByHops: others.some((story) => story !== expected) };
}
