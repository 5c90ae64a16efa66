// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What promises-aplus-tests asks of an implementation; the addon stands beside it when built.

'use strict';

const { deferred } = require('./settle_conformance.node');

function resolved(value) {
    const { promise, resolve } = deferred();
    resolve(value);
    return promise;
}

function rejected(reason) {
    const { promise, reject } = deferred();
    reject(reason);
    return promise;
}

module.exports = { deferred, resolved, rejected };
