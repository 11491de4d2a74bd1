#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::dispatch {

// How SHUTDOWN was asked for.
struct ShutdownRequest {
  enum class Saving : std::uint8_t { as_configured, save, no_save };
  Saving saving = Saving::as_configured;
  bool now = false;    // without waiting for lagging replicas
  bool force = false;  // even if saving fails
};

// Which commands wait while clients are paused.
enum class PauseMode : std::uint8_t { none, writes, all };

// Facts of the process that do not change while it runs, for INFO and LOLWUT.
struct ServerIdentity {
  std::string run_id;
  std::string executable;
  std::string config_file;
  std::int64_t started_ms = 0;
  std::int64_t started_monotonic_us = 0;
};

// Figures that only the composition root can gather.
struct ServerFigures {
  std::uint64_t operations_per_second = 0;
  std::uint64_t input_bytes_per_second = 0;
  std::uint64_t output_bytes_per_second = 0;
  std::uint64_t memory_peak_bytes = 0;
  std::uint64_t memory_startup_bytes = 0;
  std::uint64_t lazyfree_pending_objects = 0;
  std::uint64_t lazyfreed_objects = 0;
};

// The requests that commands may make to the server as a whole.
class ServerControl {
 public:
  virtual void request_shutdown(const ShutdownRequest& request) = 0;
  // Takes back a shutdown that has not come to its end; false if there is none.
  virtual bool abort_shutdown() = 0;

  // Holds commands back until `until_ms` (Unix time). A second pause never shortens the first nor weakens it.
  virtual void pause_clients(PauseMode mode, std::int64_t until_ms) = 0;
  virtual void unpause_clients() = 0;

  virtual const ServerIdentity& identity() const = 0;
  virtual ServerFigures figures() const = 0;
  virtual void reset_figures() = 0;

  // Whether keys are reclaimed when their time has come; switched by DEBUG SET-ACTIVE-EXPIRE.
  virtual void set_active_expire(bool is_on) = 0;

 protected:
  ~ServerControl() = default;
};

}  // namespace sluice::dispatch
