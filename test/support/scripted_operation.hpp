// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <type_traits>
#include <utility>

namespace support {

template <class Script>
class scripted_initiation {
public:
    using executor_type = boost::asio::io_context::executor_type;

    scripted_initiation(executor_type executor, Script script)
        : executor_(std::move(executor))
        , script_(std::move(script))
    {
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    template <class Handler>
    void operator()(Handler&& handler)
    {
        // As an operation does: it ends on its own executor, and completes on the handler's.
        const auto executor = boost::asio::get_associated_executor(handler, executor_);
        auto complete = [handler = std::decay_t<Handler>(std::forward<Handler>(handler)),
                         script = std::move(script_)]() mutable { script(handler); };
        boost::asio::post(executor_, [executor, complete = std::move(complete)]() mutable {
            boost::asio::dispatch(executor, std::move(complete));
        });
    }

private:
    executor_type executor_;
    Script script_;
};

/// An operation with the completion signatures that the test names. The script gets its handler,
/// as an lvalue and on the handler's executor, and calls it how and as often as it likes.
template <class... Signatures, class Script, class Token>
auto async_script(boost::asio::io_context& context, Script script, Token&& token)
{
    return boost::asio::async_initiate<Token, Signatures...>(
        scripted_initiation<Script>(context.get_executor(), std::move(script)), token);
}

} // namespace support
