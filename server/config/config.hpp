#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/command_line.hpp"
#include "server/config/directive.hpp"
#include "server/dispatch/state/settings.hpp"

namespace sluice::config {

// The settings by name: reading the configuration file and the command line, CONFIG GET, SET and REWRITE. The values
// themselves are in Settings, which must outlive this.
//
// The manager's, once the server runs.
class Config {
 public:
  struct Assignment {
    std::string_view name;
    std::string_view value;
  };
  // Makes a changed setting act at once. A complaint refuses the change.
  using Hook = std::function<Complaint()>;

  explicit Config(dispatch::Settings& settings);

  // Reads the file, standard input and the options that the command line names, in this order. Returns what is to be
  // told before the server gives up, or nothing.
  std::optional<std::string> load(const CommandLine& command_line);

  // Has `hook` called after each change of the directive `name` by set(), with the new value in Settings already.
  void on_change(std::string_view name, Hook hook);

  // Names and values of the directives that match any of the patterns (as in KEYS, but in any case), each once. A name
  // given without wildcards comes back in the case in which it was given.
  std::vector<std::pair<std::string, std::string>> find(std::span<const std::string_view> patterns) const;

  // Changes all or nothing. Returns the text of the error, or nothing. `is_unlocked`: whether directives that are
  // protected may be changed.
  std::optional<std::string> set(std::span<const Assignment> assignments, bool is_unlocked);

  // Writes the present values to the configuration file; see rewrite_text(). Returns the text of the error, or nothing.
  std::optional<std::string> rewrite() const;

  const std::string& file() const { return file_; }

  // The directives that load() has met and that do nothing here; see is_tuning_without_effect().
  const std::vector<std::string>& without_effect() const { return without_effect_; }

 private:
  // An assignment whose name and form are settled.
  struct Change {
    const Directive* directive;
    std::string_view name;  // as it was written
    std::vector<std::string_view> values;
  };

  std::optional<std::string> resolve(std::span<const Assignment> assignments, bool is_unlocked,
                                     std::vector<Change>& changes) const;
  std::optional<std::string> check(std::span<const Change> changes) const;
  std::optional<std::string> apply(std::span<const Change> changes);
  Complaint run_hook(const Directive& directive) const;

  dispatch::Settings& settings_;
  std::vector<Directive> directives_;
  std::map<std::string_view, Hook> hooks_;  // by the directive's name
  std::string file_;                        // absolute; empty if there is none
  std::vector<std::string> without_effect_;
};

}  // namespace sluice::config
