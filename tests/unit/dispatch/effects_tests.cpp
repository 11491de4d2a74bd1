#include "server/dispatch/state/effects.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace sluice::dispatch {
namespace {

// What a sink was told, each effect as its words with blanks between them.
class Recorder final : public EffectSink {
 public:
  void on_unit(std::span<const Effect> unit) override {
    std::string text;
    for (const Effect& effect : unit) {
      if (effect.audiences.has(audience)) text += (text.empty() ? "" : "; ") + words_of(effect.request);
    }
    units.push_back(text);
  }
  void on_unit_lost() override { ++lost_count; }

  Audience audience = Audience::log;
  std::vector<std::string> units;
  int lost_count = 0;

 private:
  static std::string words_of(std::string_view request) {
    protocol::FrameParser parser;
    std::string bytes(request);
    std::vector<std::string_view> words;
    parser.next(bytes, words, {});
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
    return text;
  }
};

constexpr std::array<std::string_view, 3> set_request{"SET", "key", "value"};

struct Fixture {
  // A command of database `database` that changes something, and says `...` while it runs.
  template <class Say>
  void run(int database, bool is_changed, const Say& say) {
    const Effects::Mark mark = effects.begin_command(database);
    say();
    effects.end_command(mark, database, is_changed, set_request);
  }
  void run(int database, bool is_changed) {
    run(database, is_changed, [] {});
  }

  Effects effects;
  Recorder log;
};

using Units = std::vector<std::string>;

TEST_CASE_FIXTURE(Fixture, "a command that changed something is repeated as it came") {
  effects.add(log);
  run(0, true);
  run(0, true);
  CHECK(log.units == Units{"SELECT 0; SET key value", "SET key value"});
}

TEST_CASE_FIXTURE(Fixture, "a command that changed nothing is not repeated, unless it says so") {
  effects.add(log);
  run(0, false);
  CHECK(log.units.empty());
  run(0, false, [&] { effects.itself(); });
  CHECK(log.units == Units{"SELECT 0; SET key value"});
}

TEST_CASE_FIXTURE(Fixture, "a command is repeated as what it says instead") {
  effects.add(log);
  run(0, true, [&] { effects.instead("PEXPIREAT", "key", 1500); });
  CHECK(log.units == Units{"SELECT 0; PEXPIREAT key 1500"});
}

TEST_CASE_FIXTURE(Fixture, "a command that says so is not repeated at all") {
  effects.add(log);
  run(0, true, [&] { effects.nothing(); });
  CHECK(log.units.empty());
}

TEST_CASE_FIXTURE(Fixture, "several effects of a command stand between MULTI and EXEC") {
  effects.add(log);
  run(0, true, [&] {
    effects.instead("DEL", "a");
    effects.instead("DEL", "b");
  });
  CHECK(log.units == Units{"SELECT 0; MULTI; DEL a; DEL b; EXEC"});
}

TEST_CASE_FIXTURE(Fixture, "a removal that a command meets comes before the command") {
  effects.add(log);
  run(0, true, [&] { effects.record(0, std::array<std::string_view, 2>{"DEL", "gone"}); });
  CHECK(log.units == Units{"SELECT 0; MULTI; DEL gone; SET key value; EXEC"});
}

TEST_CASE_FIXTURE(Fixture, "the commands of a command are one unit, each in its database") {
  effects.add(log);
  run(0, false, [&] {
    run(0, true);
    run(3, true);
  });
  CHECK(log.units == Units{"SELECT 0; MULTI; SET key value; SELECT 3; SET key value; EXEC"});
}

TEST_CASE_FIXTURE(Fixture, "the words of a command inside do not count for the one outside") {
  effects.add(log);
  run(0, true, [&] { run(0, true, [&] { effects.nothing(); }); });
  CHECK(log.units == Units{"SELECT 0; SET key value"});
}

TEST_CASE_FIXTURE(Fixture, "a sink that comes later is told the database first") {
  effects.add(log);
  run(5, true);
  Recorder replicas{};
  replicas.audience = Audience::replicas;
  effects.add(replicas);
  run(5, true);
  CHECK(replicas.units == Units{"SELECT 5; SET key value"});
  effects.remove(replicas);
  run(5, true);
  CHECK(replicas.units.size() == 1);
  CHECK(log.units.back() == "SET key value");
}

TEST_CASE_FIXTURE(Fixture, "an effect for replicas alone is marked so") {
  effects.add(log);
  Recorder replicas{};
  replicas.audience = Audience::replicas;
  effects.add(replicas);
  run(0, false, [&] { effects.itself(Audience::replicas); });
  CHECK(log.units == Units{"SELECT 0"});
  CHECK(replicas.units == Units{"SELECT 0; SET key value"});
}

TEST_CASE_FIXTURE(Fixture, "nothing is recorded while nobody listens") {
  effects.instead("DEL", "a");
  effects.add(log);
  run(0, false);
  CHECK(log.units.empty());
}

}  // namespace
}  // namespace sluice::dispatch
