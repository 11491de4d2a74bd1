#pragma once

#include <cstdint>
#include <optional>

#include "server/dispatch/call/executor.hpp"
#include "server/dispatch/clients/client_registry.hpp"

namespace sluice::dispatch {

// The stay of one command in the executor. Frames nest, as commands call commands; while one lasts its session is the
// one that executes, also if the command ends in an exception.
class Executor::Frame {
 public:
  Frame(Executor& executor, const Request& request)
      : executor_(executor),
        outer_(executor.parts_.clients.executing()),
        started_ticks_(executor.last_ticks_),
        database_(request.session.chosen.database) {
    executor.parts_.clients.set_executing(&request.session);
    if (executor.parts_.effects.wanted()) [[unlikely]]
      begin_effects();
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { executor_.parts_.clients.set_executing(outer_); }

  std::uint64_t started_ticks() const { return started_ticks_; }

  // Records what the command has changed, as it said or as its request says.
  void record_effects(const SpecFields& spec, const Request& request) {
    if (recording_) [[unlikely]]
      end_effects(spec, request);
  }

 private:
  // How things stood when the command began.
  struct Recording {
    std::uint64_t changes = 0;
    Effects::Mark effects;
  };

  void begin_effects();
  void end_effects(const SpecFields& spec, const Request& request);

  Executor& executor_;
  Session* outer_;
  std::uint64_t started_ticks_;
  int database_;                        // in which the command began to run: SELECT changes the session's
  std::optional<Recording> recording_;  // while anybody wants effects
};

}  // namespace sluice::dispatch
