#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "server/base/process.hpp"
#include "server/net/asio_types.hpp"

namespace sluice::net {

// Starts a coroutine that nobody waits for. An exception that leaves the coroutine ends the process: Asio's own
// `detached` would drop the exception, and with it a task that the server cannot do without.
inline void spawn(const IoExecutor& executor, Awaitable<> coroutine) {
  boost::asio::co_spawn(executor, std::move(coroutine), [](const std::exception_ptr& error) {
    if (error) base::die(error);
  });
}

}  // namespace sluice::net
