// expect: write co_await std::move(p)
// rule: C2

#include <settle/coroutine.hpp>

settle::promise<int> awaits(settle::promise<int> p)
{
#ifdef SETTLE_CONTROL
    co_return co_await std::move(p);
#else
    co_return co_await p;
#endif
}
