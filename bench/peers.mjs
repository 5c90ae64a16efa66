// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0
//
// Node's side of settle_bench. Reads lines "NAME UNITS", does so many units of the workload of that
// name, and answers with the nanoseconds they took.

import { createInterface } from 'node:readline';

// Each runs so many units and calls `done`.
const workloads = {
    hop(units, done) {
        const next = () => {
            if (units-- === 0)
                return done();
            let resolve;
            new Promise(r => { resolve = r; }).then(next);
            resolve(1);
        };
        next();
    },

    finally(units, done) {
        const next = () => {
            if (units-- === 0)
                return done();
            let resolve;
            new Promise(r => { resolve = r; }).finally(next);
            resolve(1);
        };
        next();
    },

    finally_asynchronous(units, done) {
        const cleanup = () => Promise.resolve();
        const next = () => {
            if (units-- === 0)
                return done();
            let resolve;
            new Promise(r => { resolve = r; }).finally(cleanup).then(next);
            resolve(1);
        };
        next();
    },

    links(units, done) {
        const add = value => value + 1;
        const next = () => {
            if (units <= 0)
                return done();
            units -= 10;
            let resolve;
            new Promise(r => { resolve = r; })
                .then(add).then(add).then(add).then(add).then(add)
                .then(add).then(add).then(add).then(add).then(next);
            resolve(0);
        };
        next();
    },

    all(units, done) {
        const next = () => {
            if (units <= 0)
                return done();
            units -= 1000;
            const promises = [];
            const resolvers = [];
            for (let i = 0; i < 1000; ++i)
                promises.push(new Promise(r => { resolvers.push(r); }));
            Promise.all(promises).then(next);
            resolvers.forEach((resolve, i) => resolve(i));
        };
        next();
    },
};

createInterface({ input: process.stdin }).on('line', line => {
    const [name, units] = line.split(' ');
    const begin = process.hrtime.bigint();
    workloads[name](Number(units), () => {
        process.stdout.write(`${process.hrtime.bigint() - begin}\n`);
    });
});
