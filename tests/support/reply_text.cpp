#include "tests/support/reply_text.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace sluice::tests {

using protocol::Reply;
using Kind = Reply::Kind;

namespace {

// How redis-cli shows the aggregates of one kind.
struct AggregateLook {
  std::string_view empty;
  char number_mark = ')';
  bool holds_pairs = false;
};

AggregateLook look_of(Kind kind) {
  switch (kind) {
    case Kind::map:
    case Kind::attribute:
      return {"(empty hash)", '#', true};
    case Kind::set:
      return {"(empty set)", '~'};
    case Kind::push:
      return {"(empty push)"};
    default:
      return {"(empty array)"};
  }
}

bool is_aggregate(Kind kind) {
  return kind == Kind::array || kind == Kind::map || kind == Kind::set || kind == Kind::push || kind == Kind::attribute;
}

std::string scalar_text(const Reply& reply) {
  switch (reply.kind) {
    case Kind::error:
      return "(error) " + reply.text;
    case Kind::integer:
      return fmt::format("(integer) {}", reply.integer);
    case Kind::bulk:
      return quoted(reply.text);
    case Kind::null:
      return "(nil)";
    case Kind::boolean:
      return reply.integer != 0 ? "(true)" : "(false)";
    case Kind::real:
      return "(double) " + reply.text;
    default:
      return reply.text;  // simple, verbatim, big number
  }
}

// Appends `reply` at the end of the present line; further lines begin with `indent`.
void append_reply(std::string& text, const Reply& reply, const std::string& indent);

void append_aggregate(std::string& text, const Reply& reply, const std::string& indent) {
  const AggregateLook look = look_of(reply.kind);
  if (reply.elements.empty()) {
    text += look.empty;
    return;
  }
  const std::size_t step = look.holds_pairs ? 2 : 1;
  const std::size_t count = reply.elements.size() / step;
  const std::size_t width = std::to_string(count).size();
  const std::string inner_indent = indent + std::string(width + 2, ' ');
  for (std::size_t index = 0; index < count; ++index) {
    if (index > 0) text += '\n' + indent;
    text += fmt::format("{:>{}}{} ", index + 1, width, look.number_mark);
    append_reply(text, reply.elements[index * step], inner_indent);
    if (!look.holds_pairs) continue;
    const Reply& value = reply.elements[index * step + 1];
    text += " => ";
    const std::size_t lines = value.elements.size() / (look_of(value.kind).holds_pairs ? 2 : 1);
    if (lines > 1) text += '\n' + inner_indent;
    append_reply(text, value, inner_indent);
  }
}

void append_reply(std::string& text, const Reply& reply, const std::string& indent) {
  if (is_aggregate(reply.kind)) {
    append_aggregate(text, reply, indent);
  } else {
    text += scalar_text(reply);
  }
}

std::string without_trailing_blanks(std::string_view line) {
  return std::string(line.substr(0, line.find_last_not_of(" \t\r") + 1));
}

}  // namespace

std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char byte : bytes) {
    switch (byte) {
      case '\\':
      case '"':
        text += {'\\', byte};
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\a':
        text += "\\a";
        break;
      case '\b':
        text += "\\b";
        break;
      default:
        if (byte >= ' ' && byte <= '~') {
          text += byte;
        } else {
          text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
        }
    }
  }
  return text + '"';
}

std::vector<std::string> reply_lines(const Reply& reply) {
  std::string text;
  append_reply(text, reply, "");
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(without_trailing_blanks(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
  }
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace sluice::tests
