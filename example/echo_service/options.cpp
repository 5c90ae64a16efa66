// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "options.hpp"

#include <charconv>
#include <string>
#include <system_error>

namespace echo {
namespace {

template <class Number>
Number parse_number(std::string_view flag, std::string_view text, Number least, Number most)
{
    Number number{};
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, number);
    if (ec != std::errc() || end != last || number < least || number > most) {
        throw bad_option(std::string(flag) + " takes a number from " + std::to_string(least) +
                         " to " + std::to_string(most) + ", not '" + std::string(text) + "'");
    }
    return number;
}

milliseconds parse_time(std::string_view flag, std::string_view text)
{
    if (const auto duration = parse_duration(text))
        return *duration;
    throw bad_option(std::string(flag) + " takes a duration such as 30s, 500ms or 2m, not '" +
                     std::string(text) + "'");
}

/// The arguments, where `--flag value` and `--flag=value` mean the same.
class arguments {
public:
    arguments(int argc, const char* const* argv)
        : next_(argv + (argc > 0 ? 1 : 0))
        , end_(argv + argc)
    {
    }

    [[nodiscard]] bool next_flag()
    {
        if (next_ == end_)
            return false;
        flag_ = *next_++;
        has_value_ = false;
        if (const auto equals = flag_.find('='); equals != std::string_view::npos) {
            give_value(flag_.substr(equals + 1));
            flag_ = flag_.substr(0, equals);
        }
        return true;
    }

    [[nodiscard]] std::string_view flag() const noexcept { return flag_; }

    [[nodiscard]] std::string_view value()
    {
        if (!has_value_ && next_ != end_)
            give_value(*next_++);
        if (!has_value_)
            throw bad_option(std::string(flag_) + " needs a value");
        return value_;
    }

    void no_value() const
    {
        if (has_value_)
            throw bad_option(std::string(flag_) + " takes no value");
    }

private:
    void give_value(std::string_view value)
    {
        value_ = value;
        has_value_ = true;
    }

    const char* const* next_;
    const char* const* end_;
    std::string_view flag_;
    std::string_view value_;
    bool has_value_ = false;
};

} // namespace

options parse_options(int argc, const char* const* argv)
{
    options result;
    arguments given(argc, argv);
    while (given.next_flag()) {
        const auto flag = given.flag();
        if (flag == "--help" || flag == "-h") {
            given.no_value();
            result.help = true;
        } else if (flag == "--self-drive") {
            given.no_value();
            result.self_drive = true;
        } else if (flag == "--port") {
            result.port = parse_number<std::uint16_t>(flag, given.value(), 0, 65535);
        } else if (flag == "--threads") {
            result.threads = parse_number(flag, given.value(), 1U, 256U);
        } else if (flag == "--idle") {
            result.idle = parse_time(flag, given.value());
            if (*result.idle == milliseconds(0))
                throw bad_option("--idle must be longer than nothing");
        } else if (flag == "--grace") {
            result.grace = parse_time(flag, given.value());
        } else if (flag == "--connections") {
            result.connections = parse_number(flag, given.value(), 1U, 1'000'000U);
        } else if (flag == "--seed") {
            result.seed = parse_number<std::uint64_t>(flag, given.value(), 0, UINT64_MAX);
        } else {
            throw bad_option("unknown option '" + std::string(flag) + "'");
        }
    }
    return result;
}

std::string_view usage() noexcept
{
    return R"(echo_service: echoes frames over TCP on 127.0.0.1

  echo_service [--port P] [--threads N] [--idle 30s] [--grace 5s]
  echo_service --self-drive [--connections 2000] [--seed S] [--threads N] [--idle 300ms]

A frame is a length, four bytes big-endian, and that many bytes of payload, 1 MiB at most. A length
with its top bit set announces a notice: text from the service, or an empty one from the client,
which ends the session. To close the sending side ends it too.

  --port P         the port to listen on; 0 chooses one (default 7007)
  --threads N      threads that run the service (default 1)
  --idle D         how long a session may keep an operation waiting
  --grace D        how long sessions may go on after SIGINT or SIGTERM; a second signal ends it
  --self-drive     start the service on a free port, drive it over loopback, check the books
  --connections N  how many peers drive it
  --seed S         what the mix of peers is made from
  --help           this text
)";
}

} // namespace echo
