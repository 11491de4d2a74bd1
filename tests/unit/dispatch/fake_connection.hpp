#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "server/dispatch/clients/session.hpp"

namespace sluice::dispatch::tests {

// A connection without a socket, which writes down what the manager asks of it.
struct FakeConnection final : ConnectionControl {
  void answered(std::size_t) override {}
  void request_close() override { is_closed = true; }
  void push(SharedBytes bytes) override {
    pushed += *bytes;
    pushes.push_back(std::move(bytes));
  }
  void reply_late(SharedBytes bytes) override { late_reply += *bytes; }
  void resume() override { ++resumed_count; }
  void release_buffers() override {}
  std::size_t owed_bytes() const override { return owed; }
  std::size_t owed_pushed_bytes() const override { return owed_pushed; }
  std::size_t owed_pushed_count() const override { return 0; }
  InputBuffer input_buffer() const override {
    ++looked_at_count;
    return {0, input_buffer_bytes};
  }

  std::string pushed;
  std::string late_reply;
  std::vector<SharedBytes> pushes;  // the pieces of `pushed`
  int resumed_count = 0;
  std::size_t owed = 0;
  std::size_t owed_pushed = 0;
  std::size_t input_buffer_bytes = 0;
  mutable int looked_at_count = 0;  // how often the memory of its input was asked for
  bool is_closed = false;
};

}  // namespace sluice::dispatch::tests
