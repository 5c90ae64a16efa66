// expect: and types with a settle::adoption
// rule: C2

#include <settle/coroutine.hpp>

settle::promise<void> awaits(boost::asio::any_io_executor executor)
{
#ifdef SETTLE_CONTROL
    co_await settle::resolved(executor, 5);
#else
    co_await 5;
#endif
}
