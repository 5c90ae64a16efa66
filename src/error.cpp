// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include <settle/error.hpp>

#include <string>

namespace settle {
namespace {

class category final : public boost::system::error_category {
public:
    constexpr category() noexcept
        : error_category(0x5e771eca7e607c0dULL)
    {
    }

    const char* name() const noexcept override { return "settle"; }

    std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
        case errc::broken_promise:
            return "the promise was abandoned before it was decided";
        case errc::self_resolution:
            return "the promise was resolved with itself";
        case errc::cleanup_failed:
            return "the cleanup failed with an error code that says success";
        case errc::cleanup_threw:
            return "the cleanup threw an exception";
        case errc::timed_out:
            return "the deadline passed";
        case errc::already_disposed:
            return "the cleanup stack has been disposed already";
        case errc::exception_thrown:
            return "an exception was thrown";
        }
        return "unknown settle error";
    }

    using error_category::message;
};

} // namespace

const boost::system::error_category& error_category() noexcept
{
    // Constant-initialised: usable during static initialisation and destruction.
    static constexpr category instance;
    return instance;
}

} // namespace settle
