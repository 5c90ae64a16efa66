// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/report.hpp>

#include "support/report_collector.hpp"
#include "support/values.hpp"

#include <settle/promise.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::unit_test::label;
using settle::errc;
using settle::report_kind;

void emit(report_kind kind, const settle::reason& why)
{
    settle::detail::emit(kind, why, std::source_location::current());
}

void reject_and_forget(asio::io_context& context)
{
    settle::rejected<int>(context, errc::timed_out).detach();
}

// The program's own logger named settle, for as long as it lives.
class captured_log {
public:
    captured_log()
    {
        spdlog::drop("settle");
        auto logger = std::make_shared<spdlog::logger>(
            "settle", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true));
        logger->set_pattern("%l %v");
        spdlog::register_logger(std::move(logger));
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log() { spdlog::drop("settle"); }

    [[nodiscard]] std::string text() const { return text_.str(); }
    [[nodiscard]] bool says(const std::string& words) const
    {
        return text().find(words) != std::string::npos;
    }

private:
    std::ostringstream text_;
};

// Made before main, so it goes after what the library has made since.
struct last_words {
    ~last_words()
    {
        if (armed)
            emit(report_kind::straggler, errc::timed_out);
    }
    bool armed = false;
} after_all;

// Runs f in a child process and returns how that ended, as waitpid says it.
int in_child(auto f)
{
    const auto child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        f();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

} // namespace

BOOST_AUTO_TEST_CASE(handler_gets_kind_reason_and_place, *label("U3"))
{
    support::report_collector reports;
    asio::io_context context;
    const auto line = std::source_location::current().line() + 1;
    settle::rejected<int>(context, errc::timed_out).detach();

    const auto all = reports.all(report_kind::unhandled_rejection);
    BOOST_TEST_REQUIRE(all.size() == 1U);
    BOOST_TEST((all[0].why.code() == errc::timed_out));
    BOOST_TEST(all[0].where.line() == line);
    BOOST_TEST(std::string(all[0].where.file_name()).ends_with("report.cpp"));
    BOOST_TEST(reports.count() == 1U);
}

BOOST_AUTO_TEST_CASE(setting_a_handler_returns_the_previous_one, *label("U3"))
{
    int first = 0;
    int second = 0;
    auto original = settle::set_report_handler([&](const settle::report&) { ++first; });
    auto previous = settle::set_report_handler([&](const settle::report&) { ++second; });
    emit(report_kind::straggler, errc::timed_out);
    BOOST_TEST(first == 0);
    BOOST_TEST(second == 1);
    previous(settle::report(report_kind::straggler, errc::timed_out, {}));
    BOOST_TEST(first == 1);
    settle::set_report_handler(std::move(previous));
    emit(report_kind::straggler, errc::timed_out);
    BOOST_TEST(first == 2);
    settle::set_report_handler(std::move(original));
}

BOOST_AUTO_TEST_CASE(default_handler_writes_to_the_logger_named_settle, *label("U3"))
{
    const captured_log log;
    asio::io_context context;
    settle::reason why = std::make_exception_ptr(std::runtime_error("the door is stuck"));
    why.suppress(errc::cleanup_failed);
    settle::rejected<int>(context, why).detach();

    BOOST_TEST(log.says("unhandled rejection"));
    BOOST_TEST(log.says("the door is stuck"));
    BOOST_TEST(log.says(settle::error_code(errc::cleanup_failed).message()));
    BOOST_TEST(log.says("report.cpp:"));
    BOOST_TEST(log.says("error "));
}

BOOST_AUTO_TEST_CASE(default_handler_is_returned_and_can_be_set_again, *label("U3"))
{
    const captured_log log;
    auto original = settle::set_report_handler([](const settle::report&) {});
    BOOST_TEST_REQUIRE(static_cast<bool>(original));
    emit(report_kind::straggler, errc::timed_out);
    BOOST_TEST(log.text().empty());
    settle::set_report_handler(std::move(original));
    emit(report_kind::straggler, errc::timed_out);
    BOOST_TEST(log.says("straggler"));
}

BOOST_AUTO_TEST_CASE(empty_handler_restores_the_default, *label("U3"))
{
    const captured_log log;
    settle::set_report_handler([](const settle::report&) {});
    settle::set_report_handler({});
    emit(report_kind::abandoned_cleanup, errc::timed_out);
    BOOST_TEST(log.says("abandoned cleanup"));
}

BOOST_AUTO_TEST_CASE(logger_registered_later_is_used_from_then_on, *label("U3"))
{
    emit(report_kind::straggler, errc::timed_out); // makes settle's own
    const captured_log log;
    emit(report_kind::straggler, errc::broken_promise);
    BOOST_TEST(log.says(settle::error_code(errc::broken_promise).message()));
    BOOST_TEST(!log.says(settle::error_code(errc::timed_out).message()));
}

BOOST_AUTO_TEST_CASE(message_with_braces_is_no_format_string, *label("U3"))
{
    const captured_log log;
    emit(report_kind::straggler, std::make_exception_ptr(std::runtime_error("{} %s {0")));
    BOOST_TEST(log.says("{} %s {0"));
}

BOOST_AUTO_TEST_CASE(handler_of_a_context_takes_its_reports_only, *label("U3"))
{
    support::report_collector everywhere;
    asio::io_context mine;
    asio::io_context other;
    std::vector<report_kind> here;
    const auto previous = settle::set_report_handler(
        mine, [&](const settle::report& what) { here.push_back(what.kind); });
    BOOST_TEST(!previous);
    reject_and_forget(mine);
    reject_and_forget(other);
    BOOST_TEST(here.size() == 1U);
    BOOST_TEST(everywhere.count() == 1U);

    const auto mine_again = settle::set_report_handler(mine, {});
    BOOST_TEST(static_cast<bool>(mine_again));
    reject_and_forget(mine);
    BOOST_TEST(here.size() == 1U);
    BOOST_TEST(everywhere.count() == 2U);
}

BOOST_AUTO_TEST_CASE(rejection_dropped_late_does_not_reach_the_next_context, *label("U3"))
{
    support::report_collector everywhere;
    int next_context = 0;
    auto context = std::make_unique<asio::io_context>();
    auto rejected = settle::rejected<int>(*context, errc::timed_out);
    context.reset();

    asio::io_context next;
    settle::set_report_handler(next, [&](const settle::report&) { ++next_context; });
    std::move(rejected).detach();
    BOOST_TEST(next_context == 0);
    BOOST_TEST(everywhere.count() == 1U);
}

BOOST_AUTO_TEST_CASE(dropped_promise_rejected_late_does_not_reach_the_next_context, *label("U3"))
{
    support::report_collector everywhere;
    int next_context = 0;
    auto context = std::make_unique<asio::io_context>();
    auto [pending, resolver] = settle::with_resolvers<int>(*context);
    std::move(pending).detach();
    context.reset();

    asio::io_context next;
    settle::set_report_handler(next, [&](const settle::report&) { ++next_context; });
    resolver.reject(errc::timed_out);
    BOOST_TEST(next_context == 0);
}

BOOST_AUTO_TEST_CASE(handler_that_throws_is_contained, *label("U3"))
{
    asio::io_context context;
    int called = 0;
    auto original = settle::set_report_handler([&](const settle::report&) {
        ++called;
        throw std::runtime_error("thrown on purpose by the report handler");
    });
    BOOST_CHECK_NO_THROW(reject_and_forget(context));
    settle::set_report_handler([&](const settle::report&) {
        ++called;
        throw 42;
    });
    BOOST_CHECK_NO_THROW(reject_and_forget(context));
    settle::set_report_handler(std::move(original));
    BOOST_TEST(called == 2);
}

BOOST_AUTO_TEST_CASE(handler_may_set_handlers_and_cause_reports, *label("U3"))
{
    asio::io_context context;
    int called = 0;
    auto original = settle::set_report_handler([&](const settle::report&) {
        ++called;
        settle::set_report_handler([&](const settle::report&) { called += 10; });
        reject_and_forget(context);
    });
    reject_and_forget(context);
    settle::set_report_handler(std::move(original));
    BOOST_TEST(called == 11);
}

BOOST_AUTO_TEST_CASE(terminate_on_unhandled_ends_the_program, *label("U3"))
{
    const int status = in_child([] {
        const captured_log log;
        settle::terminate_on_unhandled(
            settle::report(report_kind::unhandled_rejection, errc::timed_out, {}));
    });
    BOOST_TEST(WIFSIGNALED(status));
    BOOST_TEST(WTERMSIG(status) == SIGABRT);
}

BOOST_AUTO_TEST_CASE(terminate_on_unhandled_writes_everything_else, *label("U3"))
{
    const captured_log log;
    for (const auto kind : {report_kind::displaced_reason, report_kind::cleanup_failed,
                            report_kind::straggler, report_kind::abandoned_cleanup}) {
        settle::terminate_on_unhandled(settle::report(kind, errc::timed_out, {}));
        BOOST_TEST(log.says(std::string(settle::to_string(kind))));
    }
}

BOOST_AUTO_TEST_CASE(displaced_reasons_are_each_reported_once, *label("U4"))
{
    support::report_collector reports;
    settle::reason why = errc::cleanup_failed;
    why.suppress(std::make_exception_ptr(support::operation_error()));
    why.suppress(errc::broken_promise);
    settle::detail::report_displaced(why, std::source_location::current());
    settle::detail::report_displaced(why, std::source_location::current());

    const auto all = reports.all(report_kind::displaced_reason);
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST((all[0].why.code() == errc::broken_promise));
    BOOST_TEST(support::holds<support::operation_error>(all[1].why.exception()));
    BOOST_TEST(why.suppressed().empty());
}

BOOST_AUTO_TEST_CASE(report_during_static_destruction_goes_to_stderr, *label("U3"))
{
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe(ends) == 0);
    const auto child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        settle::set_report_handler([](const settle::report&) { std::abort(); });
        after_all.armed = true;
        std::exit(0);
    }
    ::close(ends[1]);
    std::string text;
    char buffer[256];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(text.find("settle: straggler") != std::string::npos);
}
