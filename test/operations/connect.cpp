// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// asio::async_connect to a range of endpoints on the loopback interface.

#include <settle/finally.hpp>

#include "support/loopback.hpp"
#include "support/operation_matrix.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::unit_test::label;
using settle::error_code;
using support::ending;

namespace {

/// Connects to the first of two that answers; its cleanup makes a note of it.
class connect_to_any {
public:
    using value_type = tcp::endpoint;
    static constexpr std::array endings{ending::succeeds, ending::refused, ending::cancelled};

    connect_to_any(asio::io_context& context, ending how)
        : acceptor_(support::loopback_acceptor(context))
        , refusing_(support::refusing_port(context))
        , socket_(context)
        , journal_(context)
        , how_(how)
        , endpoints_{refusing_.local_endpoint(), how == ending::refused
                                                     ? refusing_.local_endpoint()
                                                     : acceptor_.local_endpoint()}
    {
        if (tidy_fails())
            journal_.close();
    }

    template <class Token>
    auto start(Token&& token)
    {
        return asio::async_connect(socket_, endpoints_, std::forward<Token>(token));
    }

    void provoke(asio::cancellation_signal& signal)
    {
        if (how_ == ending::cancelled)
            signal.emit(asio::cancellation_type::terminal);
    }

    template <class Token>
    auto tidy(Token&& token)
    {
        return journal_.async_note(std::forward<Token>(token));
    }

    [[nodiscard]] bool ended_so(error_code code) const
    {
        if (how_ == ending::succeeds)
            return !code;
        return how_ == ending::cancelled ? code == asio::error::operation_aborted
                                         : code == asio::error::connection_refused;
    }

    [[nodiscard]] bool intact(const tcp::endpoint& endpoint) const
    {
        if (how_ == ending::succeeds)
            return endpoint == endpoints_[1] && socket_.remote_endpoint() == endpoint;
        return endpoint != endpoints_[1];
    }

    [[nodiscard]] bool tidy_fails() const { return how_ == ending::refused; }
    [[nodiscard]] bool tidied_so(error_code code) const { return code == asio::error::broken_pipe; }

private:
    tcp::acceptor acceptor_;
    tcp::socket refusing_;
    tcp::socket socket_;
    support::journal journal_;
    ending how_;
    std::vector<tcp::endpoint> endpoints_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations_connect, *label("F8") * label("F10"))

BOOST_AUTO_TEST_CASE_TEMPLATE(every_ending_through, Way, support::every_way)
{
    support::run_every_ending<connect_to_any, Way>();
}

BOOST_AUTO_TEST_SUITE_END()
