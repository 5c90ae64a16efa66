// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "self_drive.hpp"

#include <charconv>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace {

constexpr std::string_view usage = R"(transactions: a bank whose accounts are in Redis

  transactions --socket PATH [--transactions 10000] [--seed 1] [--threads 1] [--compare ROUNDS]

Transfers money between accounts, many transfers at a time on few connections, some of which throw,
stall, run into a timeout or lose a race on the way; then checks that the sum is what it was, that
every leased connection came back, and that none is in a transaction. PATH is the unix socket on which
Redis listens; its keys bank:* are overwritten. With --compare, cleanup by finally takes turns with
cleanup written by hand in plain Asio, so many times.
)";

struct bad_option : std::runtime_error {
    using runtime_error::runtime_error;
};

std::uint32_t parse_number(std::string_view flag, std::string_view text, std::uint32_t most)
{
    std::uint32_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, ec] = std::from_chars(text.data(), last, number);
    if (text.empty() || ec != std::errc() || end != last || number == 0 || number > most) {
        throw bad_option(std::string(flag) + " takes a number from 1 to " + std::to_string(most) +
                         ", not '" + std::string(text) + "'");
    }
    return number;
}

int run(int argc, char** argv)
{
    bank::options asked;
    for (int i = 1; i < argc; ++i) {
        const std::string_view flag = argv[i];
        if (flag == "--help") {
            std::cout << usage;
            return 0;
        }
        const std::string_view value = i + 1 < argc ? argv[++i] : "";
        if (flag == "--socket")
            asked.socket = value;
        else if (flag == "--transactions")
            asked.transactions = parse_number(flag, value, 100'000'000);
        else if (flag == "--seed")
            asked.seed = parse_number(flag, value, UINT32_MAX);
        else if (flag == "--threads")
            asked.threads = parse_number(flag, value, 64);
        else if (flag == "--compare")
            asked.compare = parse_number(flag, value, 1000);
        else
            throw bad_option("unknown option '" + std::string(flag) + "'");
    }
    if (asked.socket.empty())
        throw bad_option("--socket must say where Redis listens");
    return bank::self_drive(asked);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const bad_option& e) {
        std::cerr << "transactions: " << e.what() << "\nTry transactions --help.\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "transactions: " << e.what() << '\n';
        return 1;
    }
}
