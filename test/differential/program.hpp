// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace differential {

// The programs that Node and settle run both; their language is described in program.mjs.

enum class value_type { integer, nothing };

struct error {
    bool is_code = false;
    int number = 0;
};

enum class thenable_kind { fulfils, rejects, throws, fulfils_then_throws, follows };

struct thenable_plan {
    thenable_kind how = thenable_kind::fulfils;
    int number = 0;
    differential::error error;
    int node = 0;
};

enum class result_kind {
    value,
    input,
    nothing,
    self,
    node,
    outcome,
    outcome_error,
    thenable,
    throws,
    rethrows,
    done
};

struct result {
    result_kind kind = result_kind::done;
    int number = 0;
    int node = 0;
    differential::error error;
    thenable_plan thenable;
};

struct statement;

struct body {
    value_type type = value_type::integer;
    std::vector<statement> statements;
    differential::result result;
};

enum class handler_argument { reason, exception_ptr, code, failure };

enum class expression_kind {
    pending,
    value,
    nothing,
    error,
    construct,
    attempt,
    then,
    catch_,
    finally,
    all,
    all_settled,
    any,
    race
};

struct expression {
    expression_kind kind = expression_kind::pending;
    value_type type = value_type::integer;
    int number = 0;
    differential::error error;
    int source = 0;
    std::vector<int> sources;
    bool arguments = false; // of a combinator: two, not a range
    // The function of a constructor or an attempt, a cleanup, or the handler for a value.
    std::optional<differential::body> body;
    handler_argument takes = handler_argument::reason;
    std::optional<differential::body> on_error;
};

enum class statement_kind { node, resolve, reject, tick };
enum class watching { watched, late, unwatched };

struct statement {
    statement_kind kind = statement_kind::tick;
    int node = 0;
    bool shared = false;
    differential::watching watching = watching::watched;
    differential::expression expression;
    differential::result result;
    differential::error error;
};

using program = std::vector<statement>;

// The next program, or nothing at the end. Throws std::runtime_error at what is no program.
[[nodiscard]] std::optional<program> read_program(std::istream& in);

} // namespace differential
