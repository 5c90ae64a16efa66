// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

// Reads programs from the standard input, runs each with settle's promises, and writes a line for
// each: what could be seen of it. main.mjs compares.

#include "machine.hpp"
#include "program.hpp"

#include <settle/report.hpp>

#include <exception>
#include <iostream>

int main()
{
    // What is unhandled is part of no comparison.
    settle::set_report_handler([](const settle::report&) {});
    std::ios::sync_with_stdio(false);
    try {
        while (const auto program = differential::read_program(std::cin)) {
            std::string line;
            try {
                line = differential::machine().run(*program);
            } catch (const std::exception& error) {
                line = std::string("error: ") + error.what();
            }
            // At once: after a crash the programs that did well are known.
            std::cout << line << std::endl;
        }
    } catch (const std::exception& error) {
        std::cerr << "runner: " << error.what() << '\n';
        return 1;
    }
}
