// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "failure.hpp"

#include <settle/error.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace differential {
namespace {

using boost::system::error_code;

class program_category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "program"; }
    [[nodiscard]] std::string message(int number) const override { return std::to_string(number); }
};

const program_category category;

} // namespace

told_reason tell(const settle::reason& why)
{
    error_code code;
    if (why.find_code(code)) {
        if (code.category() == category)
            return {'c' + std::to_string(code.value()), code.value()};
        if (code == settle::errc::self_resolution)
            return {"self", 999};
        return {"unexpected: " + code.message()};
    }
    try {
        why.rethrow();
    } catch (const failure& its) {
        return {'x' + std::to_string(its.number), its.number};
    } catch (const std::exception& other) {
        return {std::string("unexpected: ") + other.what()};
    }
}

settle::reason reason_of(const error& plan)
{
    if (plan.is_code)
        return error_code(plan.number, category);
    return std::make_exception_ptr(failure(plan.number));
}

void raise(const error& plan)
{
    if (plan.is_code)
        throw boost::system::system_error(error_code(plan.number, category));
    throw failure(plan.number);
}

} // namespace differential
