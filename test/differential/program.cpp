// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "program.hpp"

#include <array>
#include <cstddef>
#include <istream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace differential {
namespace {

template <class Enum>
using names = std::initializer_list<std::pair<std::string_view, Enum>>;

class reader {
public:
    explicit reader(std::istream& in)
        : in_(in)
    {
    }

    [[nodiscard]] std::optional<program> next()
    {
        if (!(in_ >> word_))
            return std::nullopt;
        take("program");
        program statements;
        while (!accept("end"))
            statements.push_back(read_statement());
        return statements;
    }

private:
    // Reading goes no further than the last word of a program: the next may not have been sent.
    void advance()
    {
        if (!(in_ >> word_))
            throw std::runtime_error("the program ends too early");
    }

    [[noreturn]] void refuse() const
    {
        throw std::runtime_error("not understood: '" + word_ + "'");
    }

    void take(std::string_view expected)
    {
        if (word_ != expected)
            refuse();
        advance();
    }

    bool accept(std::string_view wanted)
    {
        if (word_ != wanted)
            return false;
        if (wanted != "end")
            advance();
        return true;
    }

    template <class Enum>
    Enum one_of(names<Enum> known)
    {
        for (const auto& [name, value] : known)
            if (word_ == name) {
                advance();
                return value;
            }
        refuse();
    }

    int digits(std::size_t from)
    {
        const int number = std::stoi(word_.substr(from));
        advance();
        return number;
    }

    int number() { return digits(0); }

    int node()
    {
        if (word_.front() != 'p')
            refuse();
        return digits(1);
    }

    error read_error()
    {
        const bool is_code = word_.front() == 'c';
        if (!is_code && word_.front() != 'x')
            refuse();
        return {is_code, digits(1)};
    }

    value_type read_type()
    {
        return one_of<value_type>({{"int", value_type::integer}, {"void", value_type::nothing}});
    }

    thenable_plan read_thenable()
    {
        thenable_plan plan;
        plan.how =
            one_of<thenable_kind>({{"fulfils", thenable_kind::fulfils},
                                   {"rejects", thenable_kind::rejects},
                                   {"throws", thenable_kind::throws},
                                   {"fulfils_then_throws", thenable_kind::fulfils_then_throws},
                                   {"follows", thenable_kind::follows}});
        if (plan.how == thenable_kind::follows) {
            plan.node = node();
            return plan;
        }
        if (plan.how == thenable_kind::fulfils || plan.how == thenable_kind::fulfils_then_throws)
            plan.number = number();
        if (plan.how != thenable_kind::fulfils)
            plan.error = read_error();
        return plan;
    }

    result read_returned()
    {
        result found;
        if (word_.front() == 'p') {
            found.kind = result_kind::node;
            found.node = node();
            return found;
        }
        if (word_.front() >= '0' && word_.front() <= '9') {
            found.kind = result_kind::value;
            found.number = number();
            return found;
        }
        found.kind = one_of<result_kind>({{"input", result_kind::input},
                                          {"nothing", result_kind::nothing},
                                          {"self", result_kind::self},
                                          {"outcome", result_kind::outcome},
                                          {"outcome_error", result_kind::outcome_error},
                                          {"thenable", result_kind::thenable}});
        if (found.kind == result_kind::input || found.kind == result_kind::outcome)
            found.number = number();
        if (found.kind == result_kind::outcome_error)
            found.error = read_error();
        if (found.kind == result_kind::thenable)
            found.thenable = read_thenable();
        return found;
    }

    [[nodiscard]] bool at_result() const
    {
        return word_ == "return" || word_ == "throw" || word_ == "rethrow" || word_ == "done";
    }

    result read_result()
    {
        if (accept("return"))
            return read_returned();
        result found;
        found.kind = one_of<result_kind>({{"throw", result_kind::throws},
                                          {"rethrow", result_kind::rethrows},
                                          {"done", result_kind::done}});
        if (found.kind == result_kind::throws)
            found.error = read_error();
        return found;
    }

    body read_body()
    {
        body found;
        found.type = read_type();
        take("{");
        while (!at_result())
            found.statements.push_back(read_statement());
        found.result = read_result();
        take("}");
        return found;
    }

    std::optional<body> read_optional_body()
    {
        if (accept("none"))
            return std::nullopt;
        return read_body();
    }

    void read_handler(expression& found)
    {
        found.takes = one_of<handler_argument>({{"reason", handler_argument::reason},
                                                {"exception_ptr", handler_argument::exception_ptr},
                                                {"code", handler_argument::code},
                                                {"failure", handler_argument::failure}});
        found.on_error = read_body();
    }

    expression read_expression()
    {
        expression found;
        found.kind = one_of<expression_kind>({{"pending", expression_kind::pending},
                                              {"value", expression_kind::value},
                                              {"nothing", expression_kind::nothing},
                                              {"error", expression_kind::error},
                                              {"construct", expression_kind::construct},
                                              {"attempt", expression_kind::attempt},
                                              {"then", expression_kind::then},
                                              {"catch", expression_kind::catch_},
                                              {"finally", expression_kind::finally},
                                              {"all", expression_kind::all},
                                              {"all_settled", expression_kind::all_settled},
                                              {"any", expression_kind::any},
                                              {"race", expression_kind::race}});
        read_details(found);
        return found;
    }

    void read_details(expression& found)
    {
        switch (found.kind) {
        case expression_kind::pending:
            found.type = read_type();
            return;
        case expression_kind::value:
            found.number = number();
            return;
        case expression_kind::nothing:
            found.type = value_type::nothing;
            return;
        case expression_kind::error:
            found.type = read_type();
            found.error = read_error();
            return;
        case expression_kind::construct:
        case expression_kind::attempt:
            found.body = read_body();
            found.type = found.body->type;
            return;
        case expression_kind::then:
            found.source = node();
            found.body = read_optional_body();
            if (accept("else"))
                read_handler(found);
            return;
        case expression_kind::catch_:
            found.source = node();
            read_handler(found);
            return;
        case expression_kind::finally:
            found.source = node();
            found.body = read_optional_body();
            return;
        case expression_kind::all:
        case expression_kind::all_settled:
        case expression_kind::any:
        case expression_kind::race:
            found.arguments = one_of<bool>({{"(", true}, {"[", false}});
            while (!accept(found.arguments ? ")" : "]"))
                found.sources.push_back(node());
            return;
        }
    }

    statement read_statement()
    {
        statement found;
        if (accept("tick"))
            return found;
        if (accept("resolve")) {
            found.kind = statement_kind::resolve;
            found.node = node();
            found.result = read_result();
            return found;
        }
        if (accept("reject")) {
            found.kind = statement_kind::reject;
            found.node = node();
            found.error = read_error();
            return found;
        }
        found.kind = statement_kind::node;
        found.node = node();
        found.shared = one_of<bool>({{"shared", true}, {"unique", false}});
        found.watching = one_of<watching>({{"watched", watching::watched},
                                           {"late", watching::late},
                                           {"unwatched", watching::unwatched}});
        take("=");
        found.expression = read_expression();
        return found;
    }

    std::istream& in_;
    std::string word_;
};

} // namespace

std::optional<program> read_program(std::istream& in)
{
    return reader(in).next();
}

} // namespace differential
