// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "books.hpp"

#include <numeric>
#include <string_view>

namespace proxy {

std::string books::metrics() const
{
    std::string text;
    const auto write = [&](std::string_view name, std::string_view type, std::int64_t value) {
        text.append("# TYPE proxy_").append(name).append(" ").append(type);
        text.append("\nproxy_").append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    write("sessions", "gauge", sessions);
    write("requests_in_flight", "gauge", requests);
    write("leases_out", "gauge", leases);
    write("connections_idle", "gauge", idle);
    write("leases_awaited", "gauge", waiting);
    write("sessions_total", "counter", sessions_accepted);
    write("leases_taken_total", "counter", leases_taken);
    write("leases_returned_total", "counter", leases_returned);
    write("connections_opened_total", "counter", connections_opened);
    write("rests_read_total", "counter", rests_read);
    write("reports_total", "counter", reports);
    text.append("# TYPE proxy_requests_total counter\n");
    for (std::size_t i = 0; i < outcome_names.size(); ++i) {
        text.append("proxy_requests_total{outcome=\"").append(outcome_names[i]).append("\"} ");
        text.append(std::to_string(requests_ended[i])).append("\n");
    }
    return text;
}

std::vector<std::string> books::discrepancies() const
{
    std::vector<std::string> found;
    const auto same = [&](std::int64_t a, std::string_view what, std::int64_t b,
                          std::string_view other) {
        if (a == b)
            return;
        std::string line = std::to_string(a);
        line.append(" ").append(what).append(", but ");
        line.append(std::to_string(b)).append(" ").append(other);
        found.push_back(std::move(line));
    };
    same(sessions, "sessions left", 0, "wanted");
    same(requests, "requests in flight", 0, "wanted");
    same(leases, "leases out", 0, "wanted");
    same(idle, "idle connections", 0, "wanted");
    same(waiting, "wait for a lease", 0, "wanted");
    same(leases_taken, "leases taken", leases_returned, "returned");
    same(requests_begun, "requests begun",
         std::accumulate(requests_ended.begin(), requests_ended.end(), std::int64_t{0}), "ended");
    return found;
}

} // namespace proxy
