// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { typeOf } from "./program.mjs";

// Runs a program with the engine's own promises and tells what could be seen of it, in the words
// that story.cpp uses:
//
//     p2 fulfilled 5 @1         and when: in which tick
//     p0 runs p1(7)@1 p3(7)@1   the handlers of p0 in the order in which they ran, with arguments
//     p0 decided yes no         what the decisions about p0 returned
//     p4 gathers 1 x2           what a combinator ended with

// An error of a program: an exception ("x") or an error_code ("c").
class Failure extends Error {
    static {
        Error.stackTraceLimit = 0;
    }

    constructor({ kind, number }) {
        super(`${kind}${number}`);
        this.kind = kind;
        this.number = number;
    }
}

// A promise resolved with itself: the engine's own TypeError, errc::self_resolution.
const selfResolution = { message: "self", kind: "c", number: 999 };

function failureOf(error) {
    if (error instanceof Failure) return error;
    if (error instanceof TypeError && /cycle/.test(error.message)) return selfResolution;
    throw error;
}

const modulus = 1000;

// What a combinator's result is boiled down to.
export const fold = (settled) =>
    settled.reduce((sum, { ok, number }) => (sum * 31 + number + (ok ? 0 : 500)) % modulus, 7);

// What Node says of rejections that nobody looks at does not matter here.
function quiet(promise) {
    promise.catch(() => {});
    return promise;
}

// How promises are linked: the engine's own way. hops.mjs has others.
export const engine = {
    ofSource: (promise) => promise,
    ofLink: (promise) => promise,
    then: (promise, onValue, onError) => promise.then(onValue, onError),
    finally: (promise, cleanup) => promise.finally(cleanup),
    attempt: (body) => new Promise((resolve) => resolve(body())),
    resolve: (decider, own, result) => decider.resolve(result),
    thenable: (act) => ({ then: act }),
};

const ranDry = () => new Promise((resolve) => setImmediate(resolve));

class Run {
    #links;
    #tick = 0;
    #nodes = new Map();
    #types = new Map();
    #deciders = new Map();
    #outcomes = new Map();
    #runs = new Map();
    #decisions = new Map();
    #gathered = new Map();
    #late = [];

    constructor(links) {
        this.#links = links;
    }

    async execute(program) {
        for (const statement of program) {
            if (statement.kind === "tick") {
                await ranDry();
                this.#tick++;
            } else {
                this.#statement(statement);
            }
        }
        await ranDry();
        this.#tick++;
        for (const node of this.#late) this.#watch(node);
        await ranDry();
        return this.#story();
    }

    #story() {
        const lines = [];
        const ids = [...new Set([...this.#nodes.keys(), ...this.#decisions.keys()])];
        for (const node of ids.sort((a, b) => a - b)) {
            const name = `p${node}`;
            if (this.#outcomes.has(node)) lines.push(`${name} ${this.#outcomes.get(node)}`);
            for (const [word, told] of [
                ["runs", this.#runs],
                ["decided", this.#decisions],
                ["gathers", this.#gathered],
            ])
                if (told.has(node)) lines.push([name, word, ...told.get(node)].join(" "));
        }
        return lines.join("; ");
    }

    static #tell(told, node, what) {
        if (!told.has(node)) told.set(node, []);
        told.get(node).push(what);
    }

    #watch(node) {
        const settled = (what) => this.#outcomes.set(node, `${what} @${this.#tick}`);
        this.#outcomes.set(node, "pending");
        this.#nodes.get(node).promise.then(
            (value) => settled(this.#types.get(node) === "int" ? `fulfilled ${value}` : "fulfilled"),
            (error) => settled(`rejected ${failureOf(error).message}`),
        );
    }

    #statement(statement) {
        switch (statement.kind) {
            case "resolve":
                return this.#decide(statement.node, (decider) => this.#resolve(decider, statement));
            case "reject":
                return this.#decide(statement.node, (decider) =>
                    decider.reject(new Failure(statement.error)),
                );
        }
        const { node, watching, expression } = statement;
        this.#types.set(node, typeOf(expression, (source) => this.#types.get(source)));
        this.#nodes.set(node, this.#create(statement));
        if (watching === "watched") this.#watch(node);
        if (watching === "late") this.#late.push(node);
        return undefined;
    }

    // What settle's resolver tells, JavaScript's functions do not: whether this call decided.
    #decide(node, decide) {
        const decider = this.#deciders.get(node);
        Run.#tell(this.#decisions, node, decider.decided ? "no" : "yes");
        decider.decided = true;
        decide(decider);
    }

    #resolve(decider, { node, result }) {
        switch (result.kind) {
            case "outcome_error":
                return decider.reject(new Failure(result.error));
            case "node": {
                const { promise } = this.#nodes.get(result.node);
                return this.#links.resolve(decider, undefined, quiet(this.#links.ofLink(promise)));
            }
        }
        const own = this.#nodes.get(node)?.inner;
        return this.#links.resolve(decider, own, this.#finish(result, 0, undefined, node));
    }

    // A promise's `inner` is the one that a link made, before hops were added to it.
    #create({ node, sharing, expression }) {
        const link = (inner) => ({ inner, promise: quiet(this.#links.ofLink(inner)) });
        const source = (inner) => ({
            inner,
            promise: quiet(this.#links.ofSource(inner, sharing)),
        });
        switch (expression.kind) {
            case "pending":
                return source(new Promise((...functions) => this.#keep(node, functions)));
            case "value":
                return source(Promise.resolve(expression.number));
            case "nothing":
                return source(Promise.resolve());
            case "error":
                return source(Promise.reject(new Failure(expression.error)));
            case "construct":
                return source(
                    new Promise((...functions) => {
                        const decider = this.#keep(node, functions);
                        try {
                            this.#body(expression.body, 0, undefined, node);
                        } catch (error) {
                            // As the constructor itself would; here to know who decided.
                            decider.decided = true;
                            decider.reject(error);
                        }
                    }),
                );
            case "attempt":
                return link(this.#links.attempt(() => this.#body(expression.body, 0)));
            case "then":
            case "catch":
                return link(this.#then(node, expression));
            case "finally":
                return link(this.#finally(node, expression));
        }
        return link(this.#combine(node, expression));
    }

    #keep(node, [resolve, reject]) {
        const decider = { resolve, reject, decided: false };
        this.#deciders.set(node, decider);
        return decider;
    }

    #then(node, { source, onValue, onError }) {
        const valueHandler = onValue
            ? (value) => {
                  const input = this.#types.get(source) === "int" ? value : "";
                  this.#ran(source, node, input);
                  return this.#body(onValue, input === "" ? 0 : input, undefined, node);
              }
            : undefined;
        const errorHandler = onError
            ? (error) => {
                  const failure = failureOf(error);
                  if (onError.takes === "code" && failure.kind !== "c") throw error;
                  if (onError.takes === "failure" && failure.kind !== "x") throw error;
                  this.#ran(source, node, failure.message);
                  return this.#body(onError.body, failure.number, error, node);
              }
            : undefined;
        const { promise } = this.#nodes.get(source);
        return this.#links.then(promise, valueHandler, errorHandler);
    }

    #finally(node, { source, body }) {
        const cleanup = () => {
            this.#ran(source, node, "");
            return this.#body(body, 0, undefined, node);
        };
        return this.#links.finally(this.#nodes.get(source).promise, body ? cleanup : undefined);
    }

    #ran(source, node, input) {
        Run.#tell(this.#runs, source, `p${node}(${input})@${this.#tick}`);
    }

    #combine(node, { kind, sources }) {
        const promises = sources.map((source) => this.#nodes.get(source).promise);
        const gather = (settled) => {
            for (const { ok, number, text } of settled)
                Run.#tell(this.#gathered, node, ok ? number : text);
            return fold(settled);
        };
        const fulfilled = (number) => ({ ok: true, number });
        const rejected = (error) => {
            const { number, message: text } = failureOf(error);
            return { ok: false, number, text };
        };
        switch (kind) {
            case "all":
                return Promise.all(promises).then((values) => gather(values.map(fulfilled)));
            case "all_settled":
                return Promise.allSettled(promises).then((outcomes) =>
                    gather(
                        outcomes.map(({ status, value, reason }) =>
                            status === "fulfilled" ? fulfilled(value) : rejected(reason),
                        ),
                    ),
                );
            case "any":
                return Promise.any(promises).catch(({ errors }) => {
                    throw new Failure({ kind: "x", number: gather(errors.map(rejected)) });
                });
            default:
                return Promise.race(promises);
        }
    }

    #body({ statements, result }, input, error, self) {
        for (const statement of statements) this.#statement(statement);
        return this.#finish(result, input, error, self);
    }

    #finish(result, input, error, self) {
        switch (result.kind) {
            case "value":
            case "outcome":
                return result.number;
            case "input":
                return (input + result.number) % modulus;
            case "throw":
            case "outcome_error":
                throw new Failure(result.error);
            case "rethrow":
                throw error;
            case "node":
                return this.#nodes.get(result.node).promise;
            case "self":
                return this.#nodes.get(self).inner;
            case "thenable":
                return this.#thenable(result.thenable);
        }
        return undefined;
    }

    #thenable({ how, number, error, node }) {
        const act = (resolve, reject) => {
            switch (how) {
                case "fulfils":
                    return resolve(number);
                case "rejects":
                    return reject(new Failure(error));
                case "throws":
                    throw new Failure(error);
                case "fulfils_then_throws":
                    resolve(number);
                    throw new Failure(error);
            }
            return this.#nodes.get(node).promise.then(resolve, reject);
        };
        return this.#links.thenable(act);
    }
}

export const run = (program, links = engine) => new Run(links).execute(program);
