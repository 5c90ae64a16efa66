// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

import { bodiesOf, forEachStatement, format } from "./program.mjs";
import { faultOf } from "./valid.mjs";

// Makes a failing program small.

// Words count; among programs of as many words the one that nests less, then the plainer one.
function weightOf(program) {
    const text = format(program);
    const exotic = text.match(/\b(unique|unwatched|late|exception_ptr|code|failure|c\d+|[xp]?\d\d+)\b|\(/g);
    const indents = (text.match(/^ +/gm) ?? []).join("").length;
    return text.split(/\s+/).length * 1000 + indents * 10 + (exotic?.length ?? 0);
}

const simplest = (type) => (type === "int" ? { kind: "value", number: 1 } : { kind: "nothing" });

function forEachBody(program, visit) {
    forEachStatement(program, (statement) => {
        if (statement.kind === "node") bodiesOf(statement.expression).forEach(visit);
    });
}

// Leaves out a node and all that cannot do without it.
function without(statements, gone) {
    const refers = (expression) =>
        gone.has(expression.source) || expression.sources?.some((source) => gone.has(source));
    return statements.filter((statement) => {
        if (statement.kind === "tick") return true;
        if (gone.has(statement.node)) return false;
        if (statement.kind === "resolve") return !refersTo(statement.result, gone);
        if (statement.kind === "reject") return true;
        if (refers(statement.expression)) {
            gone.add(statement.node);
            return false;
        }
        for (const body of bodiesOf(statement.expression)) {
            body.statements = without(body.statements, gone);
            if (refersTo(body.result, gone)) body.result = simplest(body.type);
        }
        return true;
    });
}

const refersTo = (result, nodes) => nodes.has(result.node) || nodes.has(result.thenable?.node);

// Who used `from` uses `to`.
function redirect(program, from, to) {
    const change = (holder, key) => {
        if (holder?.[key] === from) holder[key] = to;
    };
    const inResult = (result) => {
        change(result, "node");
        change(result?.thenable, "node");
    };
    forEachStatement(program, (statement) => {
        if (statement.result) inResult(statement.result);
        const { expression } = statement;
        if (!expression) return;
        change(expression, "source");
        expression.sources?.forEach((_, i) => change(expression.sources, i));
        for (const body of bodiesOf(expression)) inResult(body.result);
    });
}

// Every list of statements, with the one at the top first.
function listsOf(program) {
    const lists = [program];
    forEachBody(program, (body) => lists.push(body.statements));
    return lists;
}

// Changes to a statement in its place.
function* simplerStatements(statement) {
    const { expression } = statement;
    if (statement.kind === "resolve") {
        for (const result of [{ kind: "value", number: 1 }, { kind: "nothing" }])
            yield () => (statement.result = result);
        yield () => {
            statement.kind = "reject";
            statement.error = { kind: "x", number: 1 };
            delete statement.result;
        };
    }
    if (!expression) return;
    for (const simple of [
        { kind: "value", number: 1 },
        { kind: "nothing" },
        { kind: "error", type: "int", error: { kind: "x", number: 1 } },
        { kind: "error", type: "void", error: { kind: "x", number: 1 } },
        { kind: "pending", type: "int" },
    ])
        yield () => (statement.expression = simple);
    yield () => {
        statement.sharing = "shared";
        statement.watching = "watched";
    };
    if (statement.watching !== "watched") yield () => (statement.watching = "watched");
    if (expression.onError) {
        yield () => (expression.onError.takes = "reason");
        if (expression.kind === "then") yield () => (expression.onError = null);
        if (expression.kind === "then" && expression.onValue) {
            yield () => (expression.onValue = null);
            yield () => {
                expression.kind = "catch";
                delete expression.onValue;
            };
        }
    }
    if (expression.opening === "(") yield () => (expression.opening = "[");
    for (let i = 0; i < (expression.sources?.length ?? 0); ++i)
        yield () => expression.sources.splice(i, 1);
}

function* simplerBodies(body) {
    yield () => {
        body.statements = [];
        body.result = simplest(body.type);
    };
    for (const result of [simplest(body.type), { kind: "throw", error: { kind: "x", number: 1 } }])
        yield () => (body.result = result);
    if (body.type === "int") yield () => {
        body.type = "void";
        body.result = simplest("void");
    };
}

// The errors and numbers of a program are as plain as they can be.
function* simplerNumbers(holder) {
    if (holder.error?.kind === "c") yield () => (holder.error.kind = "x");
    if (holder.error?.number > 9) yield () => (holder.error.number %= 10);
    if (holder.number > 9) yield () => (holder.number %= 10);
    for (const inner of [holder.result, holder.thenable]) if (inner) yield* simplerNumbers(inner);
}

// A promise that is decided later, as one that is settled from the start.
function* settledAtOnce(program, { node, expression }) {
    if (expression.kind !== "pending" && expression.kind !== "construct") return;
    const type = expression.type ?? expression.body.type;
    const value = type === "int" ? { kind: "value", number: 1 } : { kind: "nothing" };
    const decides = (statement) => statement.kind.startsWith("re") && statement.node === node;
    for (const settled of [value, { kind: "error", type, error: { kind: "x", number: 1 } }]) {
        const copy = structuredClone(program);
        for (const list of listsOf(copy))
            for (let i = list.length; i-- > 0; ) if (decides(list[i])) list.splice(i, 1);
        forEachStatement(copy, (statement) => {
            if (statement.node === node) statement.expression = settled;
        });
        yield copy;
    }
}

// What a function does, done before it is attached.
function* hoisted(program) {
    for (const [at, list] of listsOf(program).entries())
        for (const [i, { expression }] of list.entries())
            for (const which of expression ? bodiesOf(expression).keys() : []) {
                const copy = structuredClone(program);
                const its = listsOf(copy)[at];
                const body = bodiesOf(its[i].expression)[which];
                its.splice(i, 0, ...body.statements.splice(0));
                yield copy;
            }
}

// All programs that are one step smaller, some of them not valid.
function* steps(program) {
    // Each change is made to a copy of its own, found there by its number.
    const changesOf = (copy) => {
        const changes = [];
        forEachStatement(copy, (statement) => {
            changes.push(...simplerStatements(statement), ...simplerNumbers(statement));
            if (statement.expression) changes.push(...simplerNumbers(statement.expression));
        });
        forEachBody(copy, (body) => changes.push(...simplerBodies(body), ...simplerNumbers(body)));
        listsOf(copy).forEach((list) =>
            list.forEach((_, i) => changes.push(() => list.splice(i, 1))),
        );
        return changes;
    };
    const count = changesOf(structuredClone(program)).length;
    for (let i = 0; i < count; ++i) {
        const copy = structuredClone(program);
        changesOf(copy)[i]();
        yield copy;
    }
    yield* hoisted(program);
    const nodes = [];
    forEachStatement(program, (statement) => {
        if (statement.kind === "node") nodes.push(statement);
    });
    for (const statement of nodes) {
        const { node, expression } = statement;
        yield* settledAtOnce(program, statement);
        yield without(structuredClone(program), new Set([node]));
        const source = expression.source ?? expression.sources?.[0];
        if (source === undefined) continue;
        const bypassed = structuredClone(program);
        redirect(bypassed, node, source);
        yield without(bypassed, new Set([node]));
    }
}

function numberedFromZero(program) {
    const copy = structuredClone(program);
    let next = 0;
    const nodes = [];
    forEachStatement(copy, (statement) => {
        if (statement.kind === "node") nodes.push(statement.node);
    });
    // Nodes are numbered upwards, so a smaller number is free.
    for (const node of nodes.sort((a, b) => a - b)) {
        redirect(copy, node, next);
        forEachStatement(copy, (statement) => {
            if (statement.node === node) statement.node = next;
        });
        next++;
    }
    return copy;
}

// The smallest program found for which `fails` still says so. `fails` takes a list of programs and
// returns a list of booleans.
export async function shrink(program, fails) {
    for (;;) {
        const weight = weightOf(program);
        const smaller = new Map();
        for (const candidate of steps(program))
            if (weightOf(candidate) < weight && faultOf(candidate) === null)
                smaller.set(format(candidate), candidate);
        const candidates = [...smaller.values()];
        const failing = await fails(candidates);
        const found = candidates.filter((_, i) => failing[i]);
        if (found.length === 0) return numberedFromZero(program);
        program = found.reduce((a, b) => (weightOf(b) < weightOf(a) ? b : a));
    }
}
