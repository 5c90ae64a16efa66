// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Random numbers that depend on the seed alone, the same with every Node.
export class Random {
    #state;

    // Several seeds make one: the run's and the program's.
    constructor(...seeds) {
        this.#state = 0;
        for (const seed of seeds) {
            this.#state = (this.#state ^ seed) >>> 0;
            this.#next();
        }
    }

    // SplitMix, in 32 bits.
    #next() {
        this.#state = (this.#state + 0x9e3779b9) >>> 0;
        let mixed = this.#state;
        mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
        mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
        return (mixed ^ (mixed >>> 15)) >>> 0;
    }

    below(limit) {
        return this.#next() % limit;
    }

    between(first, last) {
        return first + this.below(last - first + 1);
    }

    chance(percent) {
        return this.below(100) < percent;
    }

    pick(list) {
        return list[this.below(list.length)];
    }

    // One of the keys of `weights`, as often as its weight says.
    weighted(weights) {
        const entries = Object.entries(weights);
        let left = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
        return entries.find(([, weight]) => (left -= weight) < 0)[0];
    }
}
