// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { engine, run } from "./interpreter.mjs";
import { Random } from "./random.mjs";

// How many microtasks a link takes is nobody's business: settle takes fewer than the engine where a
// handler returns a promise. A program whose story changes when its links take other numbers of hops
// is decided by those, and not compared.

// `promise`, settling a number of hops later.
function delayed(promise, hops) {
    for (; hops > 0; --hops) promise = promise.then((value) => value);
    return promise;
}

// Settles as `result` does, at once where it is a promise, without the engine's detour of two hops.
function settle(resolve, reject, own, result) {
    if (typeof result?.then === "function" && result !== own) result.then(resolve, reject);
    else resolve(result);
}

// The engine's links, with the same meaning and other numbers of hops: fewer where the engine takes
// a detour, and more at random. Half of the links get no more, so that any can be the slowest.
class OtherHops {
    #random;
    #most;
    #bySharing;

    constructor(random, most) {
        this.#random = random;
        this.#most = most;
        this.#bySharing = { shared: this.#some(), unique: this.#some() };
    }

    #some() {
        return this.#random.chance(50) ? 0 : this.#random.between(1, this.#most);
    }

    #direct() {
        return this.#random.chance(50);
    }

    // Sources that are made and decided in the same way keep pace: first decided is first seen.
    ofSource(promise, sharing) {
        return delayed(promise, this.#bySharing[sharing]);
    }

    ofLink(promise) {
        return delayed(promise, this.#some());
    }

    then(promise, onValue, onError) {
        if (!this.#direct()) return promise.then(onValue, onError);
        const own = new Promise((resolve, reject) => {
            const calling = (handler) => (input) => {
                try {
                    settle(resolve, reject, own, handler(input));
                } catch (error) {
                    reject(error);
                }
            };
            promise.then(onValue ? calling(onValue) : resolve, onError ? calling(onError) : reject);
        });
        return own;
    }

    finally(promise, cleanup) {
        if (!cleanup || !this.#direct()) return promise.finally(cleanup);
        return new Promise((resolve, reject) => {
            const cleaning = (pass) => (outcome) => {
                try {
                    settle(() => pass(outcome), reject, undefined, cleanup());
                } catch (error) {
                    reject(error);
                }
            };
            promise.then(cleaning(resolve), cleaning(reject));
        });
    }

    attempt(body) {
        if (!this.#direct()) return engine.attempt(body);
        return new Promise((resolve, reject) => settle(resolve, reject, undefined, body()));
    }

    // The promise that a resolver was given, or a value.
    resolve(decider, own, result) {
        if (!this.#direct()) return decider.resolve(result);
        const { resolve, reject } = decider;
        // It is decided, though the engine does not know.
        decider.resolve = decider.reject = () => {};
        try {
            settle(resolve, reject, own, result);
        } catch (error) {
            reject(error);
        }
        return undefined;
    }

    thenable(act) {
        const hops = this.#some();
        if (hops === 0) return { then: act };
        // To reject after it has resolved does nothing, as to throw does nothing then.
        const late = (resolve, reject) =>
            delayed(Promise.resolve(), hops)
                .then(() => act(resolve, reject))
                .catch(reject);
        return { then: late };
    }
}

// What is told of the program with other hops, each time others.
export function perturbed(program, times, seed = 1) {
    const stories = [];
    for (let time = 0; time < times; ++time)
        stories.push(run(program, new OtherHops(new Random(seed, time), [2, 5, 12][time % 3])));
    return Promise.all(stories);
}

// The engine's story, and whether the number of hops decides it.
export async function judge(program, times, seed) {
    const [expected, others] = await Promise.all([run(program), perturbed(program, times, seed)]);
    return { expected, decidedByHops: others.some((story) => story !== expected) };
}
