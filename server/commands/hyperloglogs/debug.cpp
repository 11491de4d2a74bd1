#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/text.hpp"
#include "server/commands/hyperloglogs/dense.hpp"
#include "server/commands/hyperloglogs/hyperloglog.hpp"
#include "server/commands/hyperloglogs/register.hpp"
#include "server/commands/hyperloglogs/shared.hpp"
#include "server/commands/hyperloglogs/sparse.hpp"
#include "server/dispatch/call/family.hpp"
#include "server/dispatch/requests/command_error.hpp"

// A look into HyperLogLogs, and a test of them.
namespace sluice::commands::hyperloglogs {

using namespace dispatch;
using store::Key;
using store::Keyspace;

namespace {

// The runs as text: "Z:100 v:1,2 z:5" are 100 zeros in a long run, two registers of rank 1, and 5 zeros in a short one.
std::string describe_runs(std::string_view runs) {
  std::string text;
  for (std::size_t at = 0; at < runs.size();) {
    const sparse::Run run = sparse::run_at(runs, at);
    if (run.byte_count == 0) refuse_corrupt();
    if (!text.empty()) text += ' ';
    const std::string length = std::to_string(run.length);
    if (run.rank > 0) {
      text += "v:" + std::to_string(run.rank) + "," + length;
    } else {
      text += (run.byte_count == 1 ? "z:" : "Z:") + length;
    }
    at += run.byte_count;
  }
  return text;
}

// PFDEBUG <GETREG | DECODE | ENCODING | TODENSE> key
// GETREG and TODENSE make the value dense.
struct PfDebug {
  static constexpr Spec<DataContext> spec{
      {.name = "PFDEBUG",
       .arity = 3,
       .flags = Flag::write | Flag::deny_oom | Flag::admin,
       .keys = KeySpec{.flags = KeyFlag::read_write | KeyFlag::access, .index = 2},
       .since = "2.8.9",
       .summary = "Shows how a HyperLogLog is stored, or stores it in its dense form.",
       .complexity = "N/A",
       .syntax = "subcommand key"}};
  std::string_view subcommand;
  Key key;

  void execute(DataContext& ctx) const {
    const auto found = find_string(ctx, key);
    if (!found) throw CommandError("ERR The specified key does not exist");
    const Form form = get_form(found->string());
    if (base::equals_ignoring_case(subcommand, "GETREG")) return reply_registers(ctx, found);
    if (base::equals_ignoring_case(subcommand, "DECODE")) {
      if (form != Form::sparse) throw CommandError("ERR HLL encoding is not sparse");
      return ctx.reply.bulk(describe_runs(found->string().substr(header_bytes)));
    }
    if (base::equals_ignoring_case(subcommand, "ENCODING")) {
      return ctx.reply.simple(form == Form::sparse ? "sparse" : "dense");
    }
    if (base::equals_ignoring_case(subcommand, "TODENSE")) {
      make_dense(ctx, found);
      return ctx.reply.integer(form == Form::sparse ? 1 : 0);
    }
    throw CommandError("ERR Unknown PFDEBUG subcommand '" + std::string(subcommand) + "'");
  }

 private:
  void make_dense(DataContext& ctx, const Keyspace::Found& found) const {
    if (get_form(found->string()) == Form::dense) return;
    HyperLogLog changed(found->string());
    changed.make_dense();
    write(ctx, found, key, changed, Count::kept);
  }

  void reply_registers(DataContext& ctx, const Keyspace::Found& found) const {
    Registers registers{};
    if (!raise_to(found->string(), registers)) refuse_corrupt();
    make_dense(ctx, found);
    ctx.reply.array(registers.size());
    for (const std::uint8_t rank : registers) ctx.reply.integer(rank);
  }
};

// PFSELFTEST
// Counts up to 100,000 elements in both forms, and checks the registers and how far the estimates are off.
struct PfSelfTest {
  static constexpr Spec<DataContext> spec{{.name = "PFSELFTEST",
                                           .arity = 1,
                                           .flags = Flag::admin,
                                           .since = "2.8.9",
                                           .summary = "Tests the HyperLogLogs of this server.",
                                           .complexity = "N/A"}};

  void execute(DataContext& ctx) const {
    // Where a sparse one never becomes dense, both must have the same registers.
    constexpr std::size_t unlimited = std::size_t{1} << 30;
    constexpr std::uint64_t both_max = 2000;
    HyperLogLog sparse_one;
    HyperLogLog dense_one;
    dense_one.make_dense();
    std::uint64_t next_checked = 1;
    for (std::uint64_t number = 1; number <= 100'000; ++number) {
      const Place place = place_of(std::to_string(number));
      dense_one.raise(place, unlimited);
      if (number <= both_max) sparse_one.raise(place, unlimited);
      if (number != next_checked) continue;
      next_checked *= 10;
      check_estimate(dense_one, number);
      if (number <= both_max) check_same(sparse_one, dense_one);
    }
    ctx.reply.ok();
  }

 private:
  static Registers registers_of(const HyperLogLog& tested) {
    Registers registers{};
    if (!raise_to(tested.bytes(), registers)) throw CommandError("ERR TESTFAILED the registers are corrupt");
    return registers;
  }
  static void check_estimate(const HyperLogLog& tested, std::uint64_t expected) {
    // The standard error is 1.04 / sqrt(16384), or 0.8 %.
    const auto off = std::abs(static_cast<double>(count(registers_of(tested))) - static_cast<double>(expected));
    if (off > std::ceil(static_cast<double>(expected) * 6 * 0.0081)) {
      throw CommandError("ERR TESTFAILED the estimate of " + std::to_string(expected) + " elements is too far off");
    }
  }
  static void check_same(const HyperLogLog& sparse_one, const HyperLogLog& dense_one) {
    if (registers_of(sparse_one) != registers_of(dense_one)) {
      throw CommandError("ERR TESTFAILED the sparse and the dense form have different registers");
    }
  }
};

}  // namespace

std::span<const Spec<DataContext>> debug_commands() {
  static const std::array list{command<PfDebug>(), command<PfSelfTest>()};
  return list;
}

}  // namespace sluice::commands::hyperloglogs
