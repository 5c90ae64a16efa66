// expect: runs on the executor of its first argument that is an executor or an execution context,
// or that has get_executor() rule: C2

#include <settle/coroutine.hpp>

settle::promise<int> without([[maybe_unused]] int argument
#ifdef SETTLE_CONTROL
                             ,
                             boost::asio::any_io_executor
#endif
)
{
    co_return 1;
}
