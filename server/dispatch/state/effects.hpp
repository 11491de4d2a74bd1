#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/frame_parser.hpp"
#include "protocol/reply_buffer.hpp"
#include "server/base/enum_set.hpp"
#include "server/base/number_text.hpp"

namespace sluice::dispatch {

// The audiences that repeat an effect.
enum class Audience : std::uint8_t { log, replicas };
using Audiences = base::EnumSet<Audience>;
constexpr Audiences operator|(Audience left, Audience right) {
  return Audiences(left) | right;
}
inline constexpr Audiences everybody = Audience::log | Audience::replicas;

// A command that repeats a change, as an encoded request.
struct Effect {
  std::string_view request;
  Audiences audiences;
};

// Receives effects, a whole unit at a time. The bytes are valid during the call.
class EffectSink {
 public:
  virtual void on_unit(std::span<const Effect> unit) = 0;
  // A unit could not be recorded for want of memory: what the sink holds is not the whole truth any more.
  virtual void on_unit_lost() = 0;

 protected:
  ~EffectSink() = default;
};

// What the changes to the data mean to those that repeat them: a log, replicas. The manager's.
//
// A command repeats itself unless it says otherwise beside the change that it makes: what depends on the moment (a
// relative time, chance, the command's own reading of other keys) is said as what came of it. Expired and evicted keys
// are repeated as their removal.
//
// All effects of a command and of those that it calls make a unit: they belong together, in the order in which they
// happened, between MULTI and EXEC if they are several. SELECT is put before an effect of another database than the one
// before. While no sink listens, everything here costs one test.
class Effects {
 public:
  bool wanted() const { return !sinks_.empty(); }
  // The sink must outlive the last unit, or be removed. An added sink sees SELECT first.
  void add(EffectSink& sink);
  void remove(EffectSink& sink);

  // --- For commands, while they run.

  // Repeats the command of these words (texts, keys, integers) instead of the request; called several times, several
  // commands.
  template <class... Words>
  void instead(const Words&... words) {
    if (wanted()) [[unlikely]]
      say({Word(words).view()...});
  }
  // The same with the words of a range behind a name.
  void instead_with(std::string_view name, protocol::Words rest);
  // The same with the words of a range behind a name and a key.
  void instead_with(std::string_view name, std::string_view key, protocol::Words rest);
  // The same with the words of a range behind a name, a key and a number.
  void instead_with(std::string_view name, std::string_view key, std::int64_t number, protocol::Words rest);
  // For requests of a length that is not known before: write(words) appends the words to a vector of texts.
  template <class Write>
  void instead_written(const Write& write) {
    if (!wanted()) [[likely]]
      return;
    statement_ = Statement::made;
    try {
      std::vector<std::string_view> words;
      write(words);
      say(words);
    } catch (const std::bad_alloc&) {
      lose();
    }
  }
  // Repeats nothing, though something changed.
  void nothing() { statement_ = Statement::made; }
  // Repeats the request even if nothing changed here.
  void itself(Audiences audiences = everybody) {
    statement_ = Statement::itself;
    audiences_ = audiences;
  }

  // --- For the executor.

  // The statements that stood when a command began, to be given back when it ends: commands call commands.
  struct Mark;
  Mark begin_command(int database);
  // `is_changed`: whether the command changed any data.
  void end_command(const Mark& mark, int database, bool is_changed, protocol::Words request);

  void begin_unit() { ++depth_; }
  // Hands the unit to the sinks when the outermost one ends.
  void end_unit();

  // --- For whatever else changes data: expiry, eviction. Needs a unit around it.
  void record(int database, protocol::Words request, Audiences audiences = everybody);
  // Something has changed that could not be recorded for want of memory.
  void lose() { is_lost_ = true; }

 private:
  enum class Statement : std::uint8_t { none, made, itself };

  // A word of a request: text as it is, an integer as its decimal text.
  class Word {
   public:
    explicit Word(std::string_view text) : text_(text) {}
    template <std::integral Integer>
    explicit Word(Integer number) {
      size_ = base::write_integer(digits_.data(), static_cast<std::int64_t>(number));
    }
    std::string_view view() const { return size_ == 0 ? text_ : std::string_view(digits_.data(), size_); }

   private:
    std::string_view text_;
    std::array<char, base::integer_text_bytes_max> digits_;
    std::size_t size_ = 0;
  };

  struct Piece {
    std::size_t end = 0;
    int database = 0;
    Audiences audiences;
  };

  void say(std::initializer_list<std::string_view> words) { say(protocol::Words(words.begin(), words.size())); }
  void say(protocol::Words words);
  void say_with(std::initializer_list<std::string_view> first, protocol::Words rest);
  void hand_over();
  void assemble_unit();
  void append(std::string_view request, Audiences audiences);
  void select(int database);
  void close_part(Audiences audiences);

  std::vector<EffectSink*> sinks_;
  Statement statement_ = Statement::none;
  Audiences audiences_;
  int command_database_ = 0;     // of the command that runs
  int selected_database_ = -1;   // of the last effect that was handed over
  std::size_t depth_ = 0;        // of units
  bool is_lost_ = false;         // part of the unit could not be recorded
  protocol::ReplyBuffer bytes_;  // of the pieces
  std::vector<Piece> pieces_;    // of the present unit

  // Of the unit as it is handed over, with SELECT, MULTI and EXEC.
  std::vector<Effect> unit_;
  std::vector<std::size_t> ends_;  // where the request of each ends in unit_bytes_
  protocol::ReplyBuffer unit_bytes_;
};

struct Effects::Mark {
  Statement statement = Statement::none;
  Audiences audiences;
  int database = 0;
};

}  // namespace sluice::dispatch
