// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "options.hpp"
#include "self_drive.hpp"
#include "serve.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv)
{
    try {
        const auto asked = echo::parse_options(argc, argv);
        if (asked.help) {
            std::cout << echo::usage();
            return 0;
        }
        return asked.self_drive ? echo::self_drive(asked) : echo::serve(asked);
    } catch (const echo::bad_option& e) {
        std::cerr << "echo_service: " << e.what() << "\nTry echo_service --help.\n";
        return 2;
    } catch (const std::exception& e) {
        std::cerr << "echo_service: " << e.what() << '\n';
        return 1;
    }
}
