// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/endian/conversion.hpp>

#include <array>
#include <cstdint>

namespace echo {

/// A frame is a length, four bytes big-endian, and as many bytes of payload. A set top bit makes it
/// a notice: text for people from the service, or an empty one to say goodbye from the client.
inline constexpr std::uint32_t frame_limit = 1024 * 1024;
inline constexpr std::uint32_t notice_bit = 0x8000'0000;

using frame_header = std::array<unsigned char, 4>;

[[nodiscard]] inline frame_header encode_header(std::uint32_t length) noexcept
{
    frame_header header{};
    boost::endian::store_big_u32(header.data(), length);
    return header;
}

[[nodiscard]] inline std::uint32_t decode_header(const frame_header& header) noexcept
{
    return boost::endian::load_big_u32(header.data());
}

} // namespace echo
