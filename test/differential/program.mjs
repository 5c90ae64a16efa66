// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// The language of the programs that Node and settle run both: blank-separated words.
//
//     program   = "program" statement... "end"
//     statement = node sharing watching "=" expression
//               | "resolve" node result | "reject" node error
//               | "tick"                            the loop runs dry; at the top level only
//     node      = "p" number
//     sharing   = "shared" | "unique"               a unique promise has one consumer at most
//     watching  = "watched" | "late" | "unwatched"  its outcome is asked for at once, at the end
//     expression = "pending" type | "value" number | "nothing" | "error" type error
//               | "construct" body                  JavaScript's constructor; decides itself
//               | "attempt" body                    JavaScript's Promise.try
//               | "then" node (body | "none") [ "else" handler ]
//               | "catch" node handler
//               | "finally" node (body | "none")
//               | ("all" | "all_settled" | "any" | "race") ("[" node... "]" | "(" node node ")")
//                                                   of a range, or of two arguments
//     type      = "int" | "void"
//     handler   = ("reason" | "exception_ptr" | "code" | "failure") body
//                                                   what the C++ handler takes; one of the last
//                                                   two lets an error of the other kind pass
//     body      = type "{" statement... result "}"
//     result    = "return" ( number | "input" number | "nothing" | "self" | node
//                          | "outcome" number | "outcome_error" error | "thenable" thenable )
//               | "throw" error | "rethrow"
//               | "done"                            of a constructor's function
//     thenable  = "fulfils" number | "rejects" error | "throws" error
//               | "fulfils_then_throws" number error | "follows" node
//     error     = "x" number | "c" number           an exception, an error_code
//
// "input n" is the handler's argument, plus n; "nothing" has 0 for its argument.

class Reader {
    #words;
    #at = 0;

    constructor(text) {
        this.#words = text.split(/\s+/).filter((word) => word !== "");
    }

    get atEnd() {
        return this.#at === this.#words.length;
    }

    peek() {
        return this.#words[this.#at];
    }

    word() {
        if (this.atEnd) throw new Error("the program ends too early");
        return this.#words[this.#at++];
    }

    expect(wanted) {
        const found = this.word();
        if (found !== wanted) throw new Error(`'${wanted}' expected, not '${found}'`);
    }

    oneOf(...wanted) {
        const found = this.word();
        if (!wanted.includes(found)) throw new Error(`${wanted.join(", ")}? Not '${found}'`);
        return found;
    }

    accept(wanted) {
        if (this.peek() !== wanted) return false;
        this.#at++;
        return true;
    }

    number() {
        const found = this.word();
        if (!/^\d+$/.test(found)) throw new Error(`a number expected, not '${found}'`);
        return Number(found);
    }

    node() {
        const found = this.word();
        if (!/^p\d+$/.test(found)) throw new Error(`a node expected, not '${found}'`);
        return Number(found.slice(1));
    }

    error() {
        const found = this.word();
        if (!/^[xc]\d+$/.test(found)) throw new Error(`an error expected, not '${found}'`);
        return { kind: found[0], number: Number(found.slice(1)) };
    }
}

const combinators = ["all", "all_settled", "any", "race"];
const closing = { "[": "]", "(": ")" };

function readThenable(reader) {
    const how = reader.word();
    switch (how) {
        case "fulfils":
            return { how, number: reader.number() };
        case "rejects":
        case "throws":
            return { how, error: reader.error() };
        case "fulfils_then_throws":
            return { how, number: reader.number(), error: reader.error() };
        case "follows":
            return { how, node: reader.node() };
    }
    throw new Error(`no thenable: '${how}'`);
}

function readReturned(reader) {
    const next = reader.peek();
    if (/^p\d/.test(next)) return { kind: "node", node: reader.node() };
    if (/^\d/.test(next)) return { kind: "value", number: reader.number() };
    const kind = reader.word();
    switch (kind) {
        case "nothing":
        case "self":
            return { kind };
        case "input":
        case "outcome":
            return { kind, number: reader.number() };
        case "outcome_error":
            return { kind, error: reader.error() };
        case "thenable":
            return { kind, thenable: readThenable(reader) };
    }
    throw new Error(`nothing to return: '${kind}'`);
}

function readResult(reader) {
    const word = reader.word();
    switch (word) {
        case "return":
            return readReturned(reader);
        case "throw":
            return { kind: "throw", error: reader.error() };
        case "rethrow":
        case "done":
            return { kind: word };
    }
    throw new Error(`no result: '${word}'`);
}

function readBody(reader) {
    const type = reader.oneOf("int", "void");
    reader.expect("{");
    const statements = [];
    while (!["return", "throw", "rethrow", "done"].includes(reader.peek()))
        statements.push(readStatement(reader));
    const result = readResult(reader);
    reader.expect("}");
    return { type, statements, result };
}

const readOptionalBody = (reader) => (reader.accept("none") ? null : readBody(reader));

function readHandler(reader) {
    const takes = reader.oneOf("reason", "exception_ptr", "code", "failure");
    return { takes, body: readBody(reader) };
}

function readExpression(reader) {
    const kind = reader.word();
    switch (kind) {
        case "pending":
            return { kind, type: reader.oneOf("int", "void") };
        case "value":
            return { kind, number: reader.number() };
        case "nothing":
            return { kind };
        case "error":
            return { kind, type: reader.oneOf("int", "void"), error: reader.error() };
        case "construct":
        case "attempt":
            return { kind, body: readBody(reader) };
        case "then": {
            const source = reader.node();
            const onValue = readOptionalBody(reader);
            return { kind, source, onValue, onError: reader.accept("else") ? readHandler(reader) : null };
        }
        case "catch":
            return { kind, source: reader.node(), onError: readHandler(reader) };
        case "finally":
            return { kind, source: reader.node(), body: readOptionalBody(reader) };
    }
    if (!combinators.includes(kind)) throw new Error(`no expression: '${kind}'`);
    const opening = reader.oneOf("[", "(");
    const sources = [];
    while (!reader.accept(closing[opening])) sources.push(reader.node());
    return { kind, opening, sources };
}

function readStatement(reader) {
    if (reader.accept("tick")) return { kind: "tick" };
    if (reader.accept("resolve"))
        return { kind: "resolve", node: reader.node(), result: readResult(reader) };
    if (reader.accept("reject"))
        return { kind: "reject", node: reader.node(), error: reader.error() };
    const node = reader.node();
    const sharing = reader.oneOf("shared", "unique");
    const watching = reader.oneOf("watched", "late", "unwatched");
    reader.expect("=");
    return { kind: "node", node, sharing, watching, expression: readExpression(reader) };
}

// Every program in the text, each a list of statements.
export function parse(text) {
    const reader = new Reader(text.replace(/#.*$/gm, ""));
    const programs = [];
    while (!reader.atEnd) {
        reader.expect("program");
        const statements = [];
        while (!reader.accept("end")) statements.push(readStatement(reader));
        programs.push(statements);
    }
    return programs;
}

const errorText = (error) => `${error.kind}${error.number}`;

function thenableText(thenable) {
    const words = [thenable.how];
    if (thenable.number !== undefined) words.push(thenable.number);
    if (thenable.error) words.push(errorText(thenable.error));
    if (thenable.node !== undefined) words.push(`p${thenable.node}`);
    return words.join(" ");
}

function resultText(result) {
    switch (result.kind) {
        case "value":
            return `return ${result.number}`;
        case "input":
        case "outcome":
            return `return ${result.kind} ${result.number}`;
        case "outcome_error":
            return `return outcome_error ${errorText(result.error)}`;
        case "nothing":
        case "self":
            return `return ${result.kind}`;
        case "node":
            return `return p${result.node}`;
        case "thenable":
            return `return thenable ${thenableText(result.thenable)}`;
        case "throw":
            return `throw ${errorText(result.error)}`;
        default:
            return result.kind;
    }
}

function bodyText(body, indent) {
    if (!body) return "none";
    if (body.statements.length === 0) return `${body.type} { ${resultText(body.result)} }`;
    const inner = indent + "    ";
    const lines = body.statements.map((statement) => statementText(statement, inner));
    return `${body.type} {\n${lines.join("\n")}\n${inner}${resultText(body.result)}\n${indent}}`;
}

const handlerText = (handler, indent) => `${handler.takes} ${bodyText(handler.body, indent)}`;

function expressionText(expression, indent) {
    const { kind } = expression;
    switch (kind) {
        case "pending":
            return `pending ${expression.type}`;
        case "value":
            return `value ${expression.number}`;
        case "nothing":
            return kind;
        case "error":
            return `error ${expression.type} ${errorText(expression.error)}`;
        case "construct":
        case "attempt":
            return `${kind} ${bodyText(expression.body, indent)}`;
        case "then": {
            const first = `then p${expression.source} ${bodyText(expression.onValue, indent)}`;
            if (!expression.onError) return first;
            return `${first} else ${handlerText(expression.onError, indent)}`;
        }
        case "catch":
            return `catch p${expression.source} ${handlerText(expression.onError, indent)}`;
        case "finally":
            return `finally p${expression.source} ${bodyText(expression.body, indent)}`;
        default: {
            const { opening, sources } = expression;
            const words = [kind, opening, ...sources.map((source) => `p${source}`)];
            return [...words, closing[opening]].join(" ");
        }
    }
}

function statementText(statement, indent) {
    switch (statement.kind) {
        case "tick":
            return `${indent}tick`;
        case "resolve":
            return `${indent}resolve p${statement.node} ${resultText(statement.result)}`;
        case "reject":
            return `${indent}reject p${statement.node} ${errorText(statement.error)}`;
    }
    const { node, sharing, watching, expression } = statement;
    return `${indent}p${node} ${sharing} ${watching} = ${expressionText(expression, indent)}`;
}

export function format(program) {
    const lines = program.map((statement) => statementText(statement, "    "));
    return ["program", ...lines, "end", ""].join("\n");
}

// The bodies that an expression holds, with what they stand for.
export function bodiesOf(expression) {
    const bodies = [];
    if (expression.body) bodies.push(expression.body);
    if (expression.onValue) bodies.push(expression.onValue);
    if (expression.onError) bodies.push(expression.onError.body);
    return bodies;
}

// Calls `visit` with every statement, those of bodies included, in the order of the text.
export function forEachStatement(statements, visit) {
    for (const statement of statements) {
        visit(statement);
        if (statement.kind === "node")
            for (const body of bodiesOf(statement.expression))
                forEachStatement(body.statements, visit);
    }
}

// The type of the promise that an expression makes.
export function typeOf(expression, typeOfNode) {
    switch (expression.kind) {
        case "pending":
        case "error":
            return expression.type;
        case "nothing":
            return "void";
        case "construct":
        case "attempt":
            return expression.body.type;
        case "then":
            return expression.onValue?.type ?? typeOfNode(expression.source);
        case "catch":
        case "finally":
            return typeOfNode(expression.source);
        default:
            return "int";
    }
}
