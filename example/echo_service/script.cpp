// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "script.hpp"

#include "frame.hpp"

#include <cstddef>
#include <random>
#include <utility>

namespace echo {
namespace {

// Of the generator alone, since the standard's distributions differ between libraries.
class dice {
public:
    explicit dice(std::uint64_t seed)
        : engine_(seed)
    {
    }

    [[nodiscard]] std::uint32_t below(std::uint32_t bound)
    {
        return static_cast<std::uint32_t>(engine_() % bound);
    }

    [[nodiscard]] std::uint64_t number() { return engine_(); }

private:
    std::mt19937_64 engine_;
};

std::uint32_t payload_length(dice& chance, peer_kind kind)
{
    const auto roll = chance.below(200);
    // One that half-closes sends all its frames before it reads: they must fit the socket buffers.
    if (roll < 150 || kind == peer_kind::half_closes)
        return chance.below(2048);
    return roll < 199 ? chance.below(64 * 1024) : frame_limit;
}

script make_script(dice& chance, peer_kind kind)
{
    script made;
    made.kind = kind;
    made.content = chance.number();
    const auto frames = 2 + chance.below(4);
    for (std::uint32_t i = 0; i < frames; ++i)
        made.frames.push_back(payload_length(chance, kind));
    // Three operations a frame; the first frame is always answered.
    made.failing_step = 3 + chance.below(3 * (frames - 1));
    made.after_failure = chance.below(2) == 0;
    return made;
}

} // namespace

const std::array<kind_info, kind_count>& all_kinds()
{
    // A line each: it tells them apart in reports.
    static const std::array<kind_info, kind_count> kinds{
        kind_info(peer_kind::orderly, "orderly"),
        kind_info(peer_kind::resets_in_mid_frame, "reset in mid-frame"),
        kind_info(peer_kind::half_closes, "half-close"),
        kind_info(peer_kind::falls_silent, "silent until the deadline"),
        kind_info(peer_kind::is_cancelled, "cancelled by the server"),
        kind_info(peer_kind::goes_over_the_limit, "frame over the limit"),
        kind_info(peer_kind::cleanup_throws, "cleanup throws"),
        kind_info(peer_kind::cleanup_rejects, "cleanup rejects"),
        kind_info(peer_kind::cleanup_takes_time, "cleanup takes its time"),
    };
    return kinds;
}

std::vector<script> make_scripts(unsigned connections, std::uint64_t seed)
{
    dice chance(seed);
    std::vector<script> scripts;
    scripts.reserve(connections);
    for (unsigned i = 0; i < connections; ++i)
        scripts.push_back(make_script(chance, all_kinds()[i % kind_count].kind));
    for (std::size_t i = scripts.size(); i > 1; --i)
        std::swap(scripts[i - 1], scripts[chance.below(static_cast<std::uint32_t>(i))]);
    return scripts;
}

} // namespace echo
