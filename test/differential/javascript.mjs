// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// A program as JavaScript that can be pasted into Node: it prints what happens.

const prelude = `const p = [], decide = [];
const ranDry = () => new Promise((resolve) => setImmediate(resolve));
const number = (input) => input instanceof TypeError ? 999 : Number(String(input).replace(/\\D/g, ""));
const watch = (i) => p[i]?.then(
    (value) => console.log("p" + i, "fulfilled", value),
    (error) => console.log("p" + i, "rejected", String(error)));
const pending = (i) => new Promise((resolve, reject) => (decide[i] = { resolve, reject }));
`;

// What a combinator ends with is boiled down to a number, as the programs do it.
const folds = `const fold = (values, reasons) => values.reduce(
    (sum, value, i) => (sum * 31 + number(value) + (reasons[i] ? 500 : 0)) % 1000, 7);
const foldAll = (values) => fold(values, []);
const foldSettled = (outcomes) => fold(
    outcomes.map((outcome) => outcome.value ?? outcome.reason),
    outcomes.map((outcome) => outcome.status === "rejected"));
const foldAny = ({ errors }) => { throw "x" + fold(errors, errors.map(() => true)); };
`;

const combinators = {
    all: (list) => `Promise.all(${list}).then(foldAll)`,
    all_settled: (list) => `Promise.allSettled(${list}).then(foldSettled)`,
    any: (list) => `Promise.any(${list}).catch(foldAny)`,
    race: (list) => `Promise.race(${list})`,
};

const text = (error) => JSON.stringify(error.kind + error.number);

function thenableText({ how, number, error, node }) {
    const fulfil = `resolve(${number});`;
    const bodies = {
        fulfils: fulfil,
        rejects: error && `reject(${text(error)});`,
        throws: error && `throw ${text(error)};`,
        fulfils_then_throws: error && `${fulfil} throw ${text(error)};`,
        follows: `p[${node}].then(resolve, reject);`,
    };
    return `{ then(resolve, reject) { ${bodies[how]} } }`;
}

function resultText(result, self) {
    switch (result.kind) {
        case "value":
        case "outcome":
            return `return ${result.number};`;
        case "input":
            return `return (number(input) + ${result.number}) % 1000;`;
        case "nothing":
            return "return;";
        case "self":
            return `return p[${self}];`;
        case "node":
            return `return p[${result.node}];`;
        case "thenable":
            return `return ${thenableText(result.thenable)};`;
        case "throw":
        case "outcome_error":
            return `throw ${text(result.error)};`;
        case "rethrow":
            return "throw input;";
    }
    return "";
}

class Writer {
    #late = [];
    #combines = false;

    program(statements) {
        const lines = this.#statements(statements, "    ");
        lines.push("    await ranDry();", ...this.#late.map((node) => `    watch(${node});`));
        const helpers = this.#combines ? prelude + folds : prelude;
        return `${helpers}(async () => {\n${lines.join("\n")}\n})();\n`;
    }

    #statements(statements, indent) {
        return statements.map((statement) => this.#statement(statement, indent));
    }

    #statement(statement, indent) {
        const { kind, node } = statement;
        if (kind === "tick") return `${indent}await ranDry(); // ---- tick`;
        if (kind === "reject") return `${indent}decide[${node}].reject(${text(statement.error)});`;
        if (kind === "resolve") return indent + this.#decision(node, statement.result);
        const made = `${indent}p[${node}] = ${this.#expression(node, statement.expression, indent)};`;
        if (statement.watching === "late") this.#late.push(node);
        return statement.watching === "watched" ? `${made} watch(${node});` : made;
    }

    #decision(node, result) {
        if (result.kind === "outcome_error") return `decide[${node}].reject(${text(result.error)});`;
        const value = resultText(result, node).replace(/^return ?|;$/g, "");
        return `decide[${node}].resolve(${value});`;
    }

    #function(body, node, parameter, indent, first = "") {
        if (!body) return "undefined";
        const inner = `${indent}    `;
        const lines = [
            ...(first ? [inner + first] : []),
            ...this.#statements(body.statements, inner),
            inner + resultText(body.result, node),
        ].filter((line) => line.trim() !== "");
        return `(${parameter}) => {\n${lines.join("\n")}\n${indent}}`;
    }

    #handler(body, { source }, node, indent, guard = "") {
        const ran = `${guard}console.log("p${source} runs p${node}", String(input));`;
        return this.#function(body, node, "input", indent, ran);
    }

    #errorHandler(expression, node, indent) {
        const { takes, body } = expression.onError;
        const wanted = { code: "c", failure: "x" }[takes];
        const guard = wanted ? `if (String(input)[0] !== "${wanted}") throw input; ` : "";
        return this.#handler(body, expression, node, indent, guard);
    }

    #expression(node, expression, indent) {
        const { kind, source } = expression;
        switch (kind) {
            case "pending":
                return `pending(${node})`;
            case "value":
                return `Promise.resolve(${expression.number})`;
            case "nothing":
                return "Promise.resolve()";
            case "error":
                return `Promise.reject(${text(expression.error)})`;
            case "construct": {
                const keep = `decide[${node}] = { resolve, reject };`;
                const body = this.#function(expression.body, node, "resolve, reject", indent, keep);
                return `new Promise(${body})`;
            }
            case "attempt": {
                const body = this.#function(expression.body, node, "input", indent);
                return `new Promise((resolve) => resolve((${body})()))`;
            }
            case "then": {
                const onValue = expression.onValue
                    ? this.#handler(expression.onValue, expression, node, indent)
                    : "undefined";
                if (!expression.onError) return `p[${source}].then(${onValue})`;
                const onError = this.#errorHandler(expression, node, indent);
                return `p[${source}].then(${onValue}, ${onError})`;
            }
            case "catch":
                return `p[${source}].catch(${this.#errorHandler(expression, node, indent)})`;
            case "finally":
                if (!expression.body) return `p[${source}].finally()`;
                return `p[${source}].finally(${this.#handler(expression.body, expression, node, indent)})`;
        }
        this.#combines = true;
        return combinators[kind](`[${expression.sources.map((i) => `p[${i}]`).join(", ")}]`);
    }
}

export const toJavaScript = (program) => new Writer().program(program);
