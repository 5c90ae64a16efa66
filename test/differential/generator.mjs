// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { forEachStatement } from "./program.mjs";
import { Random } from "./random.mjs";

// Makes up programs. Everything is decided by the seed and the index of the program.

const deepest = 2; // bodies inside bodies

class Generator {
    #random;
    #next = 0;
    #size;
    #depth = 0;
    #consumed = new Set();

    constructor(seed, index, largest) {
        this.#random = new Random(seed, index);
        this.#size = this.#random.between(3, largest);
    }

    program() {
        const scope = [];
        const pending = this.#random.chance(75) ? this.#random.between(1, 3) : 0;
        const statements = Array.from({ length: pending }, () => this.#node(scope, "pending"));
        const first = this.#random.between(2, Math.max(8, this.#size >> 1));
        statements.push(...this.#statements(scope, first, 8));
        for (let tick = this.#random.below(5 + (this.#size >> 3)); tick > 0; --tick) {
            // As a rule something is decided, and little else happens.
            const decision = this.#random.chance(90) && this.#decision(scope);
            const others = this.#statements(scope, this.#random.below(3 + (this.#size >> 3)), 8);
            if (!decision && others.length === 0) continue;
            statements.push({ kind: "tick" });
            if (decision) statements.push(decision);
            statements.push(...others);
        }
        this.#chooseWatching(statements);
        return statements;
    }

    #statements(scope, count, decisions) {
        const statements = [];
        for (let i = 0; i < count; ++i) {
            const decision = this.#random.chance(decisions) && this.#decision(scope);
            if (decision) statements.push(decision);
            else if (this.#next < this.#size || scope.length === 0)
                statements.push(this.#node(scope));
        }
        return statements;
    }

    // A unique promise that something uses has nobody else to tell its outcome.
    #chooseWatching(statements) {
        forEachStatement(statements, (statement) => {
            if (statement.kind !== "node") return;
            if (this.#consumed.has(statement.node)) statement.watching = "unwatched";
            else statement.watching = this.#random.chance(80) ? "watched" : "late";
        });
    }

    #type() {
        return this.#random.chance(80) ? "int" : "void";
    }

    #number() {
        return this.#random.below(100);
    }

    #error() {
        return { kind: this.#random.chance(60) ? "x" : "c", number: this.#random.between(1, 99) };
    }

    // The nodes that can still be used; recent ones more often.
    #pick(scope, suits = () => true) {
        const free = scope.filter((node) => !this.#consumed.has(node.node) && suits(node));
        if (free.length === 0) return null;
        const node = this.#random.chance(40) ? free[free.length - 1] : this.#random.pick(free);
        if (node.sharing === "unique") this.#consumed.add(node.node);
        return node;
    }

    #decision(scope) {
        const again = this.#random.chance(12);
        const open = scope.filter((node) => node.decidable && (again || !node.decided));
        if (open.length === 0) return null;
        const target = this.#random.pick(open);
        // Inside a body a decision may not happen.
        if (this.#depth === 0) target.decided = true;
        return this.#decisionAbout(target, scope);
    }

    #decisionAbout(target, scope) {
        const { node } = target;
        if (this.#random.chance(30)) return { kind: "reject", node, error: this.#error() };
        const others = scope.filter((other) => other.node !== node);
        const self = target.born && target.sharing === "shared";
        const result = this.#result(target.type, others, { value: 50, node: 25, thenable: 10,
            outcome: 5, outcome_error: 3, self: self ? 2 : 0 });
        return { kind: "resolve", node, result };
    }

    #node(scope, wanted) {
        const node = this.#next++;
        const sharing = this.#random.chance(65) ? "shared" : "unique";
        const made = { node, sharing, type: "int", decidable: false, born: false };
        const expression = this.#expression(made, scope, wanted);
        made.born = true;
        scope.push(made);
        return { kind: "node", node, sharing, watching: "watched", expression };
    }

    #expression(made, scope, wanted) {
        const sources = { pending: 10, value: 4, error: 4, nothing: 1, construct: 3, attempt: 3 };
        const links = { then: 26, catch: 11, finally: 20, all: 4, all_settled: 3, any: 4, race: 4 };
        const kind =
            wanted ??
            this.#random.weighted(scope.length === 0 ? sources : { ...sources, ...links });
        switch (kind) {
            case "pending":
                made.decidable = true;
                made.type = this.#type();
                return { kind, type: made.type };
            case "value":
                return { kind, number: this.#number() };
            case "nothing":
                made.type = "void";
                return { kind };
            case "error":
                made.type = this.#type();
                return { kind, type: made.type, error: this.#error() };
            case "construct":
                return this.#construct(made, scope);
            case "attempt":
                made.type = this.#type();
                return { kind, body: this.#body(made.type, scope, { value: 40, throw: 20, node: 25,
                    thenable: 10, outcome: 3, outcome_error: 2 }) };
            case "then":
            case "catch":
            case "finally":
                return this.#link(kind, made, scope);
        }
        return this.#combine(kind, made, scope);
    }

    #construct(made, scope) {
        made.decidable = true;
        made.type = this.#type();
        const statements = this.#nested(() => {
            const own = [];
            for (let decisions = this.#random.below(3); decisions > 0; --decisions)
                own.push(this.#decisionAbout(made, scope));
            return own;
        });
        const result = this.#random.chance(30)
            ? { kind: "throw", error: this.#error() }
            : { kind: "done" };
        return { kind: "construct", body: { type: made.type, statements, result } };
    }

    #link(kind, made, scope) {
        const source = this.#pick(scope);
        // Every promise is used up: another one.
        if (!source) return { kind: "value", number: this.#number() };
        if (kind === "finally") return this.#finally(source, made, scope);
        const common = { kind, source: source.node };
        if (kind === "catch") {
            made.type = source.type;
            return { ...common, onError: this.#handler(source.type, made, scope) };
        }
        if (this.#random.chance(4)) {
            made.type = source.type;
            const onError = this.#random.chance(50)
                ? this.#handler(source.type, made, scope, { value: 1 }, { reason: 1 })
                : null;
            return { ...common, onValue: null, onError };
        }
        made.type = this.#type();
        if (this.#random.chance(25)) {
            const weights = { value: 50, throw: 15, shared: 30, self: 1 };
            const onValue = this.#body(made.type, scope, this.#self(weights, made));
            const onError = this.#handler(made.type, made, scope, { ...weights, rethrow: 15 },
                { reason: 75, failure: 25 });
            return { ...common, onValue, onError };
        }
        const weights = { value: 40, throw: 15, node: 32, thenable: 8, outcome: 3, outcome_error: 2,
            self: 1 };
        return {
            ...common,
            onValue: this.#body(made.type, scope, this.#self(weights, made)),
            onError: null,
        };
    }

    #self(weights, made) {
        return made.sharing === "shared" ? weights : { ...weights, self: 0 };
    }

    #handler(type, made, scope, weights, taken) {
        const typed = { value: 60, throw: 20, rethrow: 20 };
        const any = weights ?? { value: 40, throw: 12, rethrow: 8, node: 28, thenable: 8,
            outcome: 2, outcome_error: 2, self: 1 };
        const takes = this.#random.weighted(
            taken ?? { reason: 60, exception_ptr: 12, code: 14, failure: 14 },
        );
        return {
            takes,
            body: this.#body(type, scope, takes === "reason" ? this.#self(any, made) : typed),
        };
    }

    #finally(source, made, scope) {
        made.type = source.type;
        const common = { kind: "finally", source: source.node };
        if (this.#random.chance(4)) return { ...common, body: null };
        const type = this.#random.chance(50) ? "void" : "int";
        const weights = { value: 35, throw: 15, node: 40, thenable: 9,
            self: type === made.type ? 1 : 0 };
        return { ...common, body: this.#body(type, scope, this.#self(weights, made)) };
    }

    #combine(kind, made, scope) {
        const integers = scope.filter((node) => node.type === "int");
        const sources = [];
        const take = (count, suits) => {
            while (sources.length < count) {
                const source = this.#pick(integers, suits);
                if (!source) return;
                sources.push(source.node);
            }
        };
        const free = integers.filter(({ node }) => !this.#consumed.has(node));
        if (free.length >= 2 && this.#random.chance(35)) {
            take(2);
            return { kind, opening: "(", sources };
        }
        const sharing = this.#random.chance(75) ? "shared" : "unique";
        const count = this.#random.chance(4) ? 0 : this.#random.between(1, 4);
        take(count, (node) => node.sharing === sharing);
        return { kind, opening: "[", sources };
    }

    #nested(make) {
        ++this.#depth;
        const made = make();
        --this.#depth;
        return made;
    }

    #body(type, outer, weights) {
        const scope = [...outer];
        const statements = this.#nested(() =>
            this.#depth <= deepest && this.#random.chance(25)
                ? this.#statements(scope, this.#random.between(1, 3), 30)
                : [],
        );
        const result = this.#nested(() => this.#result(type, scope, weights, statements));
        return { type, statements, result };
    }

    // `statements`: of the body, where a new promise may be made to be returned.
    #result(type, scope, weights, statements) {
        const kind = this.#random.weighted(weights);
        switch (kind) {
            case "throw":
                return { kind, error: this.#error() };
            case "rethrow":
            case "self":
                return { kind };
            case "outcome":
            case "outcome_error":
                if (type === "void") break;
                if (kind === "outcome") return { kind, number: this.#number() };
                return { kind, error: this.#error() };
            case "thenable":
                return { kind, thenable: this.#thenable(type, scope) };
            case "node":
            case "shared": {
                const node = this.#returned(type, scope, statements, kind === "shared");
                if (node !== null) return { kind: "node", node };
            }
        }
        if (type === "void") return { kind: "nothing" };
        if (statements && this.#random.chance(60)) return { kind: "input", number: this.#number() };
        return { kind: "value", number: this.#number() };
    }

    #returned(type, scope, statements, shared) {
        const found = this.#random.chance(65)
            ? this.#pick(scope, (node) => node.type === type && (!shared || node.sharing === "shared"))
            : null;
        if (found) return found.node;
        if (!statements) return null;
        const node = this.#next++;
        const sharing = shared || this.#random.chance(40) ? "shared" : "unique";
        if (sharing === "unique") this.#consumed.add(node);
        let expression = { kind: "error", type, error: this.#error() };
        if (this.#random.chance(60))
            expression = type === "void" ? { kind: "nothing" } : { kind: "value", number: this.#number() };
        statements.push({ kind: "node", node, sharing, watching: "watched", expression });
        return node;
    }

    #thenable(type, scope) {
        const followed = (node) => node.type === type && node.sharing === "shared";
        const how = this.#random.weighted({ fulfils: 35, rejects: 20, throws: 10,
            fulfils_then_throws: 10, follows: 25 });
        const number = type === "int" ? this.#number() : 0;
        switch (how) {
            case "rejects":
            case "throws":
                return { how, error: this.#error() };
            case "fulfils_then_throws":
                return { how, number, error: this.#error() };
            case "follows": {
                const node = this.#pick(scope, followed);
                if (node) return { how, node: node.node };
            }
        }
        return { how: "fulfils", number };
    }
}

// `largest`: how many promises a program has at most, give or take a few.
export const generate = (seed, index, largest) => new Generator(seed, index, largest).program();
