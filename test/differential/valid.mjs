// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { typeOf } from "./program.mjs";

// What a program must keep to, so that C++'s static types can express it: the generator does, and
// the shrinker throws away what does not.

class Invalid extends Error {}

function demand(condition, complaint) {
    if (!condition) throw new Invalid(complaint);
}

const plain = ["value", "input", "nothing", "throw", "rethrow"];

class Checker {
    #known = new Map();
    #consumed = new Set();
    #watched = new Set();

    program(statements) {
        this.#statements(statements, new Set(), true);
        for (const node of this.#consumed)
            demand(!this.#watched.has(node), `p${node} is unique: watched and used`);
    }

    // `scope`: the nodes that exist wherever these statements run.
    #statements(statements, scope, top) {
        for (const statement of statements) this.#statement(statement, scope, top);
    }

    #statement(statement, scope, top) {
        if (statement.kind === "tick") return demand(top, "a tick inside a body");
        if (statement.kind === "node") return this.#node(statement, scope);
        const { node } = statement;
        demand(scope.has(node) && this.#known.get(node).decidable, `p${node} cannot be decided`);
        if (statement.kind === "resolve") this.#decision(node, statement.result, scope);
    }

    #node({ node, sharing, watching, expression }, scope) {
        demand(!this.#known.has(node), `p${node} is there twice`);
        const type = typeOf(expression, (source) => this.#use(source, scope).type);
        const { kind } = expression;
        this.#known.set(node, {
            type,
            sharing,
            decidable: kind === "pending" || kind === "construct",
            born: false,
        });
        if (expression.source !== undefined) this.#consume(expression.source, scope);
        if (expression.sources) this.#combined(expression, scope);
        switch (kind) {
            case "construct":
                demand(["throw", "done"].includes(expression.body.result.kind), "no constructor");
                this.#body(expression.body, new Set([...scope, node]), node, []);
                break;
            case "attempt":
                this.#body(expression.body, scope, null, ["self", "rethrow"]);
                break;
            case "then":
                this.#then(expression, scope, node);
                break;
            case "catch":
                this.#handler(expression.onError, scope, node);
                demand(expression.onError.body.type === type, "the handler changes the type");
                break;
            case "finally":
                if (expression.body)
                    this.#body(expression.body, scope, node, ["rethrow", "outcome", "outcome_error"]);
                break;
        }
        this.#known.get(node).born = true;
        if (sharing === "unique" && watching !== "unwatched") this.#watched.add(node);
        scope.add(node);
    }

    #then({ source, onValue, onError }, scope, node) {
        if (onValue) this.#body(onValue, scope, node, ["rethrow"]);
        if (!onError) return;
        this.#handler(onError, scope, node);
        const type = onValue?.type ?? this.#known.get(source).type;
        demand(onError.body.type === type, "two handlers, two types");
        demand(
            onError.takes === "reason" || (onValue && onError.takes === "failure"),
            "not among the handlers that then.cpp has",
        );
        if (!onValue) demand(plain.includes(onError.body.result.kind), "then: no such result");
        else
            for (const { result } of [onValue, onError.body])
                demand(
                    plain.includes(result.kind) || result.kind === "self" ||
                        (result.kind === "node" && this.#known.get(result.node).sharing === "shared"),
                    "two handlers: no such result",
                );
    }

    #handler({ takes, body }, scope, node) {
        this.#body(body, scope, node, []);
        demand(takes === "reason" || plain.includes(body.result.kind), "typed: no such result");
    }

    #combined({ opening, sources }, scope) {
        demand(opening === "[" || sources.length === 2, "arguments come in pairs");
        for (const source of sources) {
            const { type, sharing } = this.#use(source, scope);
            demand(type === "int", "a combinator of nothing");
            demand(
                opening === "(" || sharing === this.#known.get(sources[0]).sharing,
                "a range of both kinds",
            );
            this.#consume(source, scope);
        }
    }

    #body({ type, statements, result }, outer, self, forbidden) {
        const scope = new Set(outer);
        this.#statements(statements, scope, false);
        demand(!forbidden.includes(result.kind), `${result.kind} is out of place`);
        this.#result(type, result, scope, self);
    }

    #decision(node, result, scope) {
        const { type, born } = this.#known.get(node);
        demand(!["throw", "rethrow", "done", "input"].includes(result.kind), "no decision");
        demand(result.kind !== "self" || born, "the promise does not exist yet");
        demand(result.node !== node, `p${node} is called self here`);
        this.#result(type, result, scope, node);
    }

    #result(type, result, scope, self) {
        switch (result.kind) {
            case "value":
            case "input":
                return demand(type === "int", "a value of type void");
            case "nothing":
                return demand(type === "void", "no value of type int");
            case "self": {
                const own = this.#known.get(self);
                return demand(own.sharing === "shared" && own.type === type, "no handle on itself");
            }
            case "node":
                demand(this.#use(result.node, scope).type === type, "returns another type");
                return this.#consume(result.node, scope);
            case "thenable": {
                const { node: followed, number } = result.thenable;
                demand(type === "int" || !number, "a thenable of type void has a value");
                if (followed === undefined) return undefined;
                const { type: its, sharing } = this.#use(followed, scope);
                return demand(its === type && sharing === "shared", "the thenable cannot follow");
            }
        }
        return undefined;
    }

    #use(node, scope) {
        demand(scope.has(node) && this.#known.get(node)?.born, `p${node} may not exist`);
        return this.#known.get(node);
    }

    #consume(node, scope) {
        if (this.#use(node, scope).sharing === "shared") return;
        demand(!this.#consumed.has(node), `p${node} is unique: used twice`);
        this.#consumed.add(node);
    }
}

// What is wrong with the program, or null.
export function faultOf(program) {
    try {
        new Checker().program(program);
        return null;
    } catch (error) {
        if (error instanceof Invalid) return error.message;
        throw error;
    }
}
