#include "server/dispatch/state/effects.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "protocol/reply_writer.hpp"

namespace sluice::dispatch {

namespace {

constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view exec = "*1\r\n$4\r\nEXEC\r\n";

// A request has the form of an array of bulk strings.
void append_request(protocol::ReplyBuffer& buffer, protocol::Words words) {
  protocol::ReplyWriter writer(buffer);
  writer.array(words.size());
  for (const std::string_view word : words) writer.bulk(word);
}

}  // namespace

void Effects::add(EffectSink& sink) {
  sinks_.push_back(&sink);
  selected_database_ = -1;
}

void Effects::remove(EffectSink& sink) {
  std::erase(sinks_, &sink);
}

Effects::Mark Effects::begin_command(int database) {
  begin_unit();
  return {std::exchange(statement_, Statement::none), std::exchange(audiences_, everybody),
          std::exchange(command_database_, database)};
}

void Effects::end_command(const Mark& mark, int database, bool is_changed, protocol::Words request) {
  const bool repeats_request = statement_ == Statement::itself || (statement_ == Statement::none && is_changed);
  if (repeats_request) record(database, request, audiences_);
  statement_ = mark.statement;
  audiences_ = mark.audiences;
  command_database_ = mark.database;
  end_unit();
}

void Effects::say(protocol::Words words) {
  statement_ = Statement::made;
  record(command_database_, words);
}

void Effects::instead_with(std::string_view name, protocol::Words rest) {
  if (wanted()) [[unlikely]]
    say_with({name}, rest);
}

void Effects::instead_with(std::string_view name, std::string_view key, protocol::Words rest) {
  if (wanted()) [[unlikely]]
    say_with({name, key}, rest);
}

void Effects::instead_with(std::string_view name, std::string_view key, std::int64_t number, protocol::Words rest) {
  if (wanted()) [[unlikely]]
    say_with({name, key, Word(number).view()}, rest);
}

void Effects::say_with(std::initializer_list<std::string_view> first, protocol::Words rest) {
  statement_ = Statement::made;
  try {
    std::vector<std::string_view> words(first);
    words.insert(words.end(), rest.begin(), rest.end());
    say(words);
  } catch (const std::bad_alloc&) {
    lose();
  }
}

// A change that was made cannot be taken back: when there is no memory to tell of it, the sinks are told so.
void Effects::record(int database, protocol::Words request, Audiences audiences) {
  if (!wanted()) return;
  const std::size_t size_before = bytes_.size();
  try {
    append_request(bytes_, request);
    pieces_.push_back({bytes_.size(), database, audiences});
  } catch (const std::bad_alloc&) {
    bytes_.truncate(size_before);
    is_lost_ = true;
  }
}

void Effects::end_unit() {
  if (--depth_ > 0) return;
  if (is_lost_) {
    for (EffectSink* sink : sinks_) sink->on_unit_lost();
  } else if (!pieces_.empty()) {
    hand_over();
  }
  is_lost_ = false;
  pieces_.clear();
  bytes_.clear();
}

void Effects::hand_over() {
  try {
    assemble_unit();
    for (EffectSink* sink : sinks_) sink->on_unit(unit_);
  } catch (const std::bad_alloc&) {
    for (EffectSink* sink : sinks_) sink->on_unit_lost();
    selected_database_ = -1;
  }
}

// Puts what was recorded into unit_, with what frames it.
void Effects::assemble_unit() {
  unit_.clear();
  unit_bytes_.clear();
  ends_.clear();
  Audiences concerned;
  for (const Piece& piece : pieces_) concerned |= piece.audiences;
  const bool is_group = pieces_.size() > 1;
  select(pieces_.front().database);
  if (is_group) append(multi, concerned);
  std::size_t begin = 0;
  for (const Piece& piece : pieces_) {
    select(piece.database);
    append(bytes_.view().substr(begin, piece.end - begin), piece.audiences);
    begin = piece.end;
  }
  if (is_group) append(exec, concerned);
  // Only now: the bytes have moved while they grew.
  begin = 0;
  for (std::size_t index = 0; index < unit_.size(); ++index) {
    unit_[index].request = unit_bytes_.view().substr(begin, ends_[index] - begin);
    begin = ends_[index];
  }
}

void Effects::append(std::string_view request, Audiences audiences) {
  unit_bytes_.append(request);
  close_part(audiences);
}

// Lets the effects that follow be those of that database.
void Effects::select(int database) {
  if (database == std::exchange(selected_database_, database)) return;
  const Word number(database);
  append_request(unit_bytes_, std::array<std::string_view, 2>{"SELECT", number.view()});
  close_part(everybody);
}

void Effects::close_part(Audiences audiences) {
  unit_.push_back({{}, audiences});
  ends_.push_back(unit_bytes_.size());
}

}  // namespace sluice::dispatch
