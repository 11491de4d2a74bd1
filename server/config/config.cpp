#include "server/config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include "server/base/glob.hpp"
#include "server/config/directives.hpp"
#include "server/config/loader.hpp"
#include "server/config/rewrite.hpp"

namespace sluice::config {

using dispatch::Settings;

namespace {

std::string unknown_option(std::string_view name) {
  return fmt::format("Unknown option or number of arguments for CONFIG SET - '{}'", name);
}

std::string set_failed(std::string_view name, std::string_view reason) {
  return fmt::format("CONFIG SET failed (possibly related to argument '{}') - {}", name, reason);
}

std::vector<std::string_view> split_at_blanks(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(' ');
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string joined(const std::vector<std::string>& values) {
  return fmt::format("{}", fmt::join(values, " "));
}

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace

Config::Config(Settings& settings) : settings_(settings), directives_(all_directives()) {
  // Asked for before any configuration is read, "." is where the process was started.
  std::error_code ignored;
  if (settings_.dir == ".") settings_.dir = std::filesystem::current_path(ignored).string();
}

std::optional<std::string> Config::load(const CommandLine& command_line) {
  std::string text;
  if (!command_line.file.empty()) {
    const auto file_text = read_whole_file(command_line.file);
    if (!file_text) return cannot_open(command_line.file);
    file_ = command_line.file;
    text += *file_text;
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  if (command_line.reads_stdin) text += read_standard_input();
  text += command_line.options;
  Loader loader(directives_, settings_);
  if (auto error = loader.load_text(text)) return error;
  without_effect_ = loader.without_effect();
  if (const Complaint complaint = check_together(settings_)) return fatal_config_error(*complaint);
  return std::nullopt;
}

void Config::on_change(std::string_view name, Hook hook) {
  const Directive* directive = find_directive(directives_, name);
  if (directive != nullptr) hooks_[directive->name] = std::move(hook);
}

std::vector<std::pair<std::string, std::string>> Config::find(std::span<const std::string_view> patterns) const {
  std::vector<std::pair<std::string, std::string>> found;
  std::set<std::string_view> taken;
  for (const std::string_view pattern : patterns) {
    for (const Directive& directive : directives_) {
      if (!base::glob_matches(pattern, directive.name, base::LetterCase::insensitive)) continue;
      if (!taken.insert(directive.name).second) continue;
      found.emplace_back(has_wildcard(pattern) ? directive.name : pattern, joined(directive.read(settings_)));
    }
  }
  return found;
}

std::optional<std::string> Config::set(std::span<const Assignment> assignments, bool is_unlocked) {
  std::vector<Change> changes;
  if (auto error = resolve(assignments, is_unlocked, changes)) return error;
  if (auto error = check(changes)) return error;
  return apply(changes);
}

// Faults of names are told before faults of values.
std::optional<std::string> Config::resolve(std::span<const Assignment> assignments, bool is_unlocked,
                                           std::vector<Change>& changes) const {
  for (const auto& [name, value] : assignments) {
    const Directive* directive = find_directive(directives_, name);
    if (directive == nullptr) return unknown_option(name);
    const auto is_same = [directive](const Change& change) { return change.directive == directive; };
    if (directive->changeable == Changeable::at_start) return set_failed(name, "can't set immutable config");
    if (directive->changeable == Changeable::when_unlocked && !is_unlocked) {
      return set_failed(name, "can't set protected config");
    }
    if (std::ranges::any_of(changes, is_same)) return set_failed(name, "duplicate parameter");
    changes.push_back({directive, name, directive->takes_many ? split_at_blanks(value) : std::vector{value}});
  }
  return std::nullopt;
}

// Tries the changes on a copy.
std::optional<std::string> Config::check(std::span<const Change> changes) const {
  Settings candidate = settings_;
  for (const Change& change : changes) {
    if (const Complaint complaint = change.directive->write(candidate, change.values)) {
      return set_failed(change.directive->name, *complaint);
    }
  }
  if (const Complaint complaint = check_together(candidate))
    return set_failed(changes.back().directive->name, *complaint);
  return std::nullopt;
}

// Field by field, because other threads may be reading the settings that did not change.
std::optional<std::string> Config::apply(std::span<const Change> changes) {
  // All are read before any is written: two names may stand for the same setting.
  std::vector<std::vector<std::string>> former;
  for (const Change& change : changes) former.push_back(change.directive->read(settings_));
  for (const Change& change : changes) change.directive->write(settings_, change.values);
  for (const Change& change : changes) {
    const Complaint complaint = run_hook(*change.directive);
    if (!complaint) continue;
    for (std::size_t at = 0; at < changes.size(); ++at) {
      changes[at].directive->write(settings_, std::vector<std::string_view>(former[at].begin(), former[at].end()));
    }
    for (const Change& undone : changes) run_hook(*undone.directive);
    return set_failed(change.directive->name, *complaint);
  }
  return std::nullopt;
}

Complaint Config::run_hook(const Directive& directive) const {
  const auto found = hooks_.find(directive.name);
  return found == hooks_.end() ? std::nullopt : found->second();
}

std::optional<std::string> Config::rewrite() const {
  if (file_.empty()) return "The server is running without a config file";
  const auto old_text = read_whole_file(file_);
  if (!old_text && errno != ENOENT) return fmt::format("Rewriting config file: {}", std::strerror(errno));
  const std::string text = rewrite_text(old_text.value_or(""), directives_, settings_);
  if (const auto error = replace_file(file_, text)) return fmt::format("Rewriting config file: {}", error.message());
  return std::nullopt;
}

}  // namespace sluice::config
