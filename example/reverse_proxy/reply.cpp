// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "reply.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <utility>

namespace proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;

asio::awaitable<void> reply(connection& client, const own_answer& answer)
{
    http::response<http::string_body> said(answer.status, answer.version);
    std::string text = answer.text;
    if (text.empty())
        text.append(http::obsolete_reason(answer.status)).append("\n");
    said.set(http::field::content_type, answer.type);
    said.content_length(text.size());
    said.keep_alive(answer.keep_alive);
    if (!answer.head)
        said.body() = std::move(text);
    co_await http::async_write(client.in_time(), said, asio::use_awaitable);
}

} // namespace proxy
