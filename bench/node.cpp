// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "node.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

/// One Node for all rounds, asked for a batch at a time: so it takes its turn with the others, has
/// compiled what it runs, and sleeps while they run.
class node_process {
public:
    node_process()
    {
        std::array<int, 2> ends{};
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            throw std::runtime_error("no socket pair for node");
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDIN_FILENO);
            dup2(ends[1], STDOUT_FILENO);
            execlp("node", "node", SETTLE_BENCH_PEERS, static_cast<char*>(nullptr));
            _exit(127);
        }
        close(ends[1]);
        ours_ = ends[0];
        if (child_ < 0)
            throw std::runtime_error("node could not be started");
    }

    node_process(const node_process&) = delete;

    // Node ends with its input.
    ~node_process()
    {
        close(ours_);
        waitpid(child_, nullptr, 0);
    }

    nanoseconds run(const char* name, std::int64_t units)
    {
        dprintf(ours_, "%s %lld\n", name, static_cast<long long>(units));
        std::string answer;
        for (char c = 0; c != '\n'; answer += c)
            if (read(ours_, &c, 1) != 1)
                throw std::runtime_error("node has ended");
        return nanoseconds(std::stod(answer));
    }

private:
    pid_t child_ = 0;
    int ours_ = -1;
};

std::string ask_version()
{
    struct closer {
        void operator()(std::FILE* file) const { pclose(file); }
    };
    const std::unique_ptr<std::FILE, closer> output(popen("node --version 2>/dev/null", "r"));
    std::array<char, 64> line{};
    if (!output || !std::fgets(line.data(), static_cast<int>(line.size()), output.get()))
        return {};
    std::string version(line.data());
    while (!version.empty() && version.back() == '\n')
        version.pop_back();
    return version;
}

} // namespace

const std::string& node_version()
{
    static const std::string version = ask_version();
    return version;
}

void add_node(workload& to, const char* name, std::optional<double> goal)
{
    if (node_version().empty())
        return;
    const auto open = [name]() -> batch {
        static const auto process = [] {
            std::signal(SIGPIPE, SIG_IGN);
            return std::make_shared<node_process>();
        }();
        return [name](std::int64_t units) { return process->run(name, units); };
    };
    to.rivals.push_back({{.name = "Node", .open = open, .in_this_process = false}, goal});
}

} // namespace bench
