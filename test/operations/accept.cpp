// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// async_accept on the loopback interface: the value is a socket, which can only be moved and has no
// default constructor.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

static_assert(!std::is_copy_constructible_v<tcp::socket>);
static_assert(!std::is_default_constructible_v<tcp::socket>);

namespace {

/// Accepts one connection; its cleanup makes a note of it.
class accept_one {
public:
    using value_type = tcp::socket;
    static constexpr std::array endings{ending::succeeds, ending::refused, ending::cancelled};

    accept_one(asio::io_context& context, ending how)
        : acceptor_(support::loopback_acceptor(context))
        , client_(context)
        , journal_(context)
        , how_(how)
    {
        if (tidy_fails())
            journal_.close();
    }

    template <class Token>
    auto start(Token&& token)
    {
        return acceptor_.async_accept(std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::succeeds)
            client_.connect(acceptor_.local_endpoint());
        else if (how_ == ending::refused)
            acceptor_.close();
        else
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return journal_.async_note(std::forward<Token>(token));
    }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        return how_ == ending::succeeds ? !code : code == asio::error::operation_aborted;
    }

    [[nodiscard]] bool intact(const tcp::socket& accepted) const
    {
        if (how_ != ending::succeeds)
            return !accepted.is_open();
        return accepted.remote_endpoint() == client_.local_endpoint();
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::refused; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    tcp::acceptor acceptor_;
    tcp::socket client_;
    support::journal journal_;
    ending how_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_accept, *label("F3") * label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<accept_one, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
