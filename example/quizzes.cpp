// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// What does finally() do with ...? Five questions that are asked about JavaScript's, answered by
// settle. Each program says what it must print, and the run checks it.

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace {

int wrong = 0;

// The end of a chain: prints what it settled with, which must be what the quiz says.
template <class Promise>
void answers(const char* question, const std::string& expected, asio::io_context& context,
             Promise promise)
{
    std::string answer = "never settled";
    auto fulfilled = [&](const std::string& value) { answer = "fulfilled: " + value; };
    auto rejected = [&](const settle::reason& why) { answer = "rejected: " + why.message(); };
    std::move(promise).then(fulfilled, rejected).detach();
    context.restart();
    context.run();
    const bool right = answer == expected;
    std::cout << question << "\n    " << answer << (right ? "\n" : ", WRONG\n");
    wrong += right ? 0 : 1;
}

auto result(asio::io_context& context)
{
    return settle::resolved(context, std::string("result"));
}

} // namespace

int main()
{
    asio::io_context context;

    // 1. A handler that wants an argument.
    //
    //        promise.finally(value => console.log(value))      // prints "undefined"
    //
    // A cleanup is called with nothing, and whoever asks for the value learns so from the compiler:
    //
    //        std::move(promise).finally([](std::string value) { std::cout << value; });
    //
    //     error: settle: a finally cleanup takes no arguments; write then(on_value, on_error) where
    //     the outcome is needed, or capture what the cleanup uses
    //
    // (test/compile_fail/cleanup_with_argument.cpp). What the error advises:
    std::string seen;
    answers("a handler that looks at the value is a then()", "fulfilled: result", context,
            result(context).then([&](std::string value) {
                seen = value;
                return value;
            }));
    wrong += seen == "result" ? 0 : 1;

    // 2. A value that the handler returns is ignored.
    answers("finally returns a value", "fulfilled: result", context,
            result(context).finally([] { return "something else"; }));

    // 3. A throw replaces the outcome.
    answers("finally throws", "rejected: from finally", context,
            result(context).finally([] { throw std::runtime_error("from finally"); }));

    // 4. So does a rejected promise that it returns.
    answers("finally returns a rejected promise", "rejected: from finally", context,
            result(context).finally([&] {
                return settle::rejected<int>(context, std::runtime_error("from finally"));
            }));

    // 5. A promise that is fulfilled is waited for, and its value ignored.
    bool waited = false;
    answers("finally returns a promise that is fulfilled later", "fulfilled: result", context,
            result(context)
                .finally([&] {
                    return settle::resolved(context, 42).then([&](int value) {
                        waited = true;
                        return value;
                    });
                })
                .then([&](std::string value) { return waited ? value : "too early"; }));

    // A rejection passes through a finally; the last to speak wins, and nothing of it is lost.
    answers("finally after a rejection", "rejected: original", context,
            settle::rejected<std::string>(context, std::runtime_error("original")).finally([] {
                return "something else";
            }));
    answers("finally throws after a rejection, which is kept", "fulfilled: from finally, original",
            context,
            settle::rejected<std::string>(context, std::runtime_error("original"))
                .finally([] { throw std::runtime_error("from finally"); })
                .catch_([](const settle::reason& why) {
                    return why.message() + ", " + why.suppressed().at(0).message();
                }));

    return wrong;
}
