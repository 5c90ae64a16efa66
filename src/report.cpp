// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/report.hpp>

#include <settle/detail/context_record.hpp>
#include <settle/detail/counters.hpp>

#include <boost/system/system_error.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>

namespace settle {
namespace {

// Set by the destructor of the handler's home; trivially destructible itself, so readable after.
constinit std::atomic<bool> static_destruction_began = false;

struct global_handler {
    // spdlog's registry is made first, so it goes after this.
    global_handler() { static_cast<void>(spdlog::get("settle")); }
    ~global_handler() { static_destruction_began = true; }

    std::mutex mutex;
    std::shared_ptr<const report_handler> handler; // guarded by mutex; null means the default
};

global_handler& global()
{
    static global_handler instance;
    return instance;
}

void count_report(report_kind kind) noexcept
{
    switch (kind) {
    case report_kind::unhandled_rejection:
        return detail::count(detail::counter::rejections_unhandled);
    case report_kind::displaced_reason:
        return detail::count(detail::counter::reasons_displaced);
    case report_kind::abandoned_cleanup:
        return detail::count(detail::counter::cleanups_abandoned);
    case report_kind::cleanup_failed: // counted where it fails, told or not
    case report_kind::straggler:
        return;
    }
}

std::string describe(const report& what)
{
    std::string text(to_string(what.kind));
    text += ": ";
    text += what.why.message();
    for (const auto& displaced : what.why.suppressed()) {
        text += "; displaced: ";
        text += displaced.message();
    }
    if (what.where.line() != 0) {
        text += " (made at ";
        text += what.where.file_name();
        text += ':';
        text += std::to_string(what.where.line());
        text += ')';
    }
    return text;
}

void write_to_stderr(const std::string& text) noexcept
{
    std::fprintf(stderr, "settle: %s\n", text.c_str());
}

std::shared_ptr<spdlog::logger> logger()
{
    if (auto registered = spdlog::get("settle"))
        return registered;
    try {
        return spdlog::stderr_color_mt("settle");
    } catch (const spdlog::spdlog_ex&) {
        // Another thread, or the program itself, has registered one in the meantime.
        return spdlog::get("settle");
    }
}

void write_through_spdlog(const report& what)
{
    const auto text = describe(what);
    if (auto log = logger()) {
        const bool is_error = what.kind == report_kind::unhandled_rejection ||
                              what.kind == report_kind::cleanup_failed;
        log->log(is_error ? spdlog::level::err : spdlog::level::warn, "{}", text);
    } else {
        write_to_stderr(text);
    }
}

std::shared_ptr<const report_handler> handler_for(detail::context_record* context)
{
    if (context) {
        std::lock_guard lock(context->mutex);
        if (context->handler)
            return context->handler;
    }
    auto& home = global();
    std::lock_guard lock(home.mutex);
    return home.handler;
}

} // namespace

std::string_view to_string(report_kind kind) noexcept
{
    switch (kind) {
    case report_kind::unhandled_rejection:
        return "unhandled rejection";
    case report_kind::displaced_reason:
        return "displaced reason";
    case report_kind::cleanup_failed:
        return "cleanup failed";
    case report_kind::straggler:
        return "straggler";
    case report_kind::abandoned_cleanup:
        return "abandoned cleanup";
    }
    return "unknown report";
}

report_handler set_report_handler(report_handler handler)
{
    std::shared_ptr<const report_handler> fresh;
    if (handler)
        fresh = std::make_shared<const report_handler>(std::move(handler));
    auto& home = global();
    {
        std::lock_guard lock(home.mutex);
        home.handler.swap(fresh);
    }
    return fresh ? *fresh : report_handler(&write_through_spdlog);
}

void terminate_on_unhandled(const report& what)
{
    write_through_spdlog(what);
    if (what.kind == report_kind::unhandled_rejection) {
        if (auto log = logger())
            log->flush();
        std::terminate();
    }
}

namespace detail {

void count_failed_cleanup() noexcept
{
    count(counter::cleanups_failed);
}

void emit(report_kind kind, const reason& why, const std::source_location& where,
          context_record* context) noexcept
{
    count_report(kind);
    try {
        const report what(kind, why, where);
        if (static_destruction_began) {
            write_to_stderr(describe(what));
            return;
        }
        const auto handler = handler_for(context);
        try {
            if (handler)
                (*handler)(what);
            else
                write_through_spdlog(what);
        } catch (const std::exception& e) {
            write_to_stderr(describe(what) + "; and the report handler threw: " + e.what());
        } catch (...) {
            write_to_stderr(describe(what) + "; and the report handler threw");
        }
    } catch (...) {
        std::fputs("settle: a report was lost: out of memory\n", stderr);
    }
}

void report_displaced(reason& why, const std::source_location& where,
                      context_record* context) noexcept
{
    if (!why.has_suppressed())
        return;
    const reason carrier = why; // keeps the list alive while it is read
    why.forget_suppressed();
    for (const auto& displaced : carrier.suppressed())
        emit(report_kind::displaced_reason, displaced, where, context);
}

error_code code_for_slot(const reason& why, const std::source_location& where,
                         context_record* context) noexcept
{
    const auto nonzero = [](error_code code) {
        return code ? code : make_error_code(errc::cleanup_failed);
    };
    if (why.holds_code())
        return nonzero(why.code());
    try {
        why.rethrow();
    } catch (const boost::system::system_error& e) {
        return nonzero(e.code());
    } catch (const std::system_error& e) {
        return nonzero(e.code());
    } catch (...) {
        emit(report_kind::cleanup_failed, why, where, context);
        return errc::cleanup_threw;
    }
}

} // namespace detail

} // namespace settle
