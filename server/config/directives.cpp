#include "server/config/directives.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <system_error>
#include <utility>

#include "server/base/number_text.hpp"
#include "server/base/text.hpp"

namespace sluice::config {

using dispatch::OutputLimit;
using dispatch::OutputLimits;
using dispatch::Settings;
using dispatch::SharedSetting;
using enum Changeable;

namespace {

constexpr std::int64_t mebibyte = 1024LL * 1024;
constexpr Bounds non_negative_int{0, std::numeric_limits<std::int32_t>::max()};
constexpr Bounds any_int{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
constexpr Bounds non_negative{0, std::numeric_limits<std::int64_t>::max()};
constexpr Bounds positive_int{1, std::numeric_limits<std::int32_t>::max()};

// What the field of a directive holds, shared between threads or not.
template <class T>
struct FieldValue {
  using Type = T;
};
template <class T>
struct FieldValue<SharedSetting<T>> {
  using Type = T;
};

// A directive of one value. `reader` turns the text into the field's value, `printer` does the reverse.
template <class Field, class Reader, class Printer>
Directive single(std::string_view name, Field Settings::* field, Changeable changeable, const Reader& reader,
                 const Printer& printer) {
  using Value = typename FieldValue<Field>::Type;
  return {.name = name,
          .changeable = changeable,
          .write = [field, reader](Settings& settings, Values values) -> Complaint {
            Value value{};
            if (Complaint complaint = reader(values[0], value)) return complaint;
            settings.*field = value;
            return std::nullopt;
          },
          .read =
              [field, printer](const Settings& settings) {
                const Value value = settings.*field;
                return std::vector<std::string>{std::string(printer(value))};
              }};
}

template <class Field>
Directive boolean(std::string_view name, Field Settings::* field, Changeable changeable) {
  return single(name, field, changeable, read_boolean, print_boolean);
}

std::string print_integer(std::int64_t value) {
  return std::to_string(value);
}

std::string print_wide_integer(std::uint64_t value) {
  return std::to_string(value);
}

template <class Field>
Directive integer(std::string_view name, Field Settings::* field, Changeable changeable, Bounds bounds) {
  const auto reader = [bounds](std::string_view text, std::int64_t& value) {
    return read_integer(text, bounds, value);
  };
  return single(name, field, changeable, reader, print_integer);
}

template <class Field>
Directive memory(std::string_view name, Field Settings::* field, Changeable changeable, std::int64_t low) {
  const Bounds bounds{low, std::numeric_limits<std::int64_t>::max()};
  const auto reader = [bounds](std::string_view text, std::int64_t& value) { return read_memory(text, bounds, value); };
  return single(name, field, changeable, reader, print_integer);
}

Directive choice(std::string_view name, std::string Settings::* field, Changeable changeable,
                 std::initializer_list<std::string_view> choices) {
  const std::vector<std::string_view> names(choices);
  const auto reader = [names](std::string_view text, std::string& value) { return read_choice(text, names, value); };
  return single(name, field, changeable, reader, std::identity());
}

Directive text(std::string_view name, std::string Settings::* field, Changeable changeable) {
  const auto reader = [](std::string_view word, std::string& value) {
    value = word;
    return Complaint();
  };
  return single(name, field, changeable, reader, std::identity());
}

// A directive whose subject does not exist here, so that only `value` is true; `reason` says so.
Directive fixed(std::string_view name, std::string_view value, std::string_view reason) {
  return {.name = name,
          .takes_many = true,
          .write = [value, reason](Settings&, Values values) -> Complaint {
            if (values.size() == 1 && values[0] == value) return std::nullopt;
            return std::string(reason);
          },
          .read = [value](const Settings&) { return std::vector<std::string>{std::string(value)}; }};
}

Directive bind() {
  constexpr std::size_t addresses_max = 16;
  return {.name = "bind",
          .takes_many = true,
          .write = [](Settings& settings, Values values) -> Complaint {
            if (values.size() > addresses_max) return "Too many bind addresses specified.";
            // `bind ""` says not to listen on TCP.
            const bool is_nowhere = values.size() == 1 && values[0].empty();
            settings.bind.assign(values.begin(), is_nowhere ? values.begin() : values.end());
            return std::nullopt;
          },
          .read =
              [](const Settings& settings) {
                return settings.bind.empty() ? std::vector<std::string>{""} : settings.bind;
              }};
}

// A value out of the sensible range is brought into it instead of refused.
Directive hertz() {
  static constexpr Bounds sensible{1, 500};
  const auto reader = [](std::string_view word, std::int64_t& value) -> Complaint {
    if (Complaint complaint = read_integer(word, non_negative_int, value)) return complaint;
    value = std::clamp(value, sensible.low, sensible.high);
    return std::nullopt;
  };
  return single("hz", &Settings::hz, any_time, reader, print_integer);
}

Directive require_password() {
  return {.name = "requirepass",
          .write = [](Settings& settings, Values values) -> Complaint {
            settings.requirepass = values[0];
            settings.requires_password = !values[0].empty();
            return std::nullopt;
          },
          .read = [](const Settings& settings) { return std::vector<std::string>{settings.requirepass}; }};
}

Directive notify_keyspace_events() {
  const auto reader = [](std::string_view word, dispatch::EventSelection& value) -> Complaint {
    const auto selection = dispatch::parse_event_selection(word);
    if (!selection) return "Invalid event class character. Use 'Ag$lshzxeKEtmdnocSTIV'.";
    value = *selection;
    return std::nullopt;
  };
  return single("notify-keyspace-events", &Settings::notify_keyspace_events, any_time, reader,
                dispatch::format_event_selection);
}

// Kept as an absolute path, so that it means the same wherever the process has gone meanwhile.
Directive directory() {
  const auto reader = [](std::string_view word, std::string& value) -> Complaint {
    std::error_code error;
    const auto path = std::filesystem::canonical(std::filesystem::path(word), error);
    if (error) return error.message();
    if (!std::filesystem::is_directory(path)) return std::make_error_code(std::errc::not_a_directory).message();
    value = path.string();
    return std::nullopt;
  };
  Directive directive = single("dir", &Settings::dir, when_unlocked, reader, std::identity());
  directive.depends_on_working_directory = true;
  return directive;
}

// The operating system has room for a path of 107 bytes in a socket's address.
Directive unix_socket() {
  static constexpr std::size_t path_room = sizeof(sockaddr_un::sun_path);
  const auto reader = [](std::string_view word, std::string& value) -> Complaint {
    if (word.size() >= path_room) {
      return fmt::format("unix socket path too long ({}), must be under {}", word.size(), path_room);
    }
    value = word;
    return std::nullopt;
  };
  return single("unixsocket", &Settings::unixsocket, at_start, reader, std::identity());
}

Directive unix_socket_permission() {
  const auto reader = [](std::string_view word, std::int64_t& value) { return read_octal(word, {0, 0777}, value); };
  return single("unixsocketperm", &Settings::unixsocketperm, at_start, reader, print_octal);
}

OutputLimit OutputLimits::* find_client_class(std::string_view name) {
  if (base::equals_ignoring_case(name, "normal")) return &OutputLimits::normal;
  if (base::equals_ignoring_case(name, "replica") || base::equals_ignoring_case(name, "slave")) {
    return &OutputLimits::replica;
  }
  if (base::equals_ignoring_case(name, "pubsub")) return &OutputLimits::pubsub;
  return nullptr;
}

// The hard limit, the soft one, and its seconds.
std::optional<OutputLimit> parse_output_limit(Values words) {
  const auto hard = parse_memory(words[0]);
  const auto soft = parse_memory(words[1]);
  const auto seconds = base::parse_integer(words[2]);
  constexpr std::int64_t seconds_max = std::numeric_limits<std::int32_t>::max();
  if (!hard || !soft || !seconds || *seconds < 0 || *seconds > seconds_max) return std::nullopt;
  return OutputLimit{*hard, *soft, *seconds};
}

// Any number of classes with their limits; those that are not named keep theirs.
Complaint write_output_limits(Settings& settings, Values values) {
  constexpr std::size_t words_per_class = 4;
  OutputLimits limits = settings.client_output_buffer_limit;
  if (values.size() == 1 && values[0].empty()) return std::nullopt;
  if (values.size() % words_per_class != 0) return "Wrong number of arguments in buffer limit configuration.";
  for (; !values.empty(); values = values.subspan(words_per_class)) {
    OutputLimit OutputLimits::* const client_class = find_client_class(values[0]);
    if (client_class == nullptr) return "Invalid client class specified in buffer limit configuration.";
    const auto limit = parse_output_limit(values.subspan(1, words_per_class - 1));
    if (!limit) return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    limits.*client_class = *limit;
  }
  settings.client_output_buffer_limit = limits;
  return std::nullopt;
}

std::vector<std::string> print_output_limit(std::string_view client_class, const OutputLimit& limit) {
  return {std::string(client_class), std::to_string(limit.hard_bytes), std::to_string(limit.soft_bytes),
          std::to_string(limit.soft_seconds)};
}

// All classes, each as a line has it.
std::vector<std::vector<std::string>> print_output_limits(const OutputLimits& limits, std::string_view replica_name) {
  return {print_output_limit("normal", limits.normal), print_output_limit(replica_name, limits.replica),
          print_output_limit("pubsub", limits.pubsub)};
}

// Clients of CONFIG GET know the replicas by their former name.
Directive client_output_buffer_limit() {
  return {
      .name = "client-output-buffer-limit",
      .takes_many = true,
      .write = write_output_limits,
      .read =
          [](const Settings& settings) {
            std::vector<std::string> values;
            for (const auto& line : print_output_limits(settings.client_output_buffer_limit, "slave")) {
              std::ranges::copy(line, std::back_inserter(values));
            }
            return values;
          },
      .read_lines =
          [](const Settings& settings) { return print_output_limits(settings.client_output_buffer_limit, "replica"); }};
}

// Bytes, or a percentage of maxmemory, which is kept as a negative number.
Directive maxmemory_clients() {
  const auto reader = [](std::string_view word, std::int64_t& value) -> Complaint {
    constexpr std::int64_t percent_max = 100;
    if (!word.ends_with('%')) {
      const auto bytes = parse_memory(word);
      if (!bytes || std::cmp_greater(*bytes, std::numeric_limits<std::int64_t>::max())) {
        return "argument must be a memory or percent value";
      }
      value = static_cast<std::int64_t>(*bytes);
      return std::nullopt;
    }
    const auto percent = base::parse_integer(word.substr(0, word.size() - 1));
    if (!percent || *percent < 0) return "argument must be a memory or percent value";
    if (*percent > percent_max) return "percentage argument must be less or equal to 100";
    value = -*percent;
    return std::nullopt;
  };
  const auto printer = [](std::int64_t value) {
    return value < 0 ? std::to_string(-value) + "%" : std::to_string(value);
  };
  return single("maxmemory-clients", &Settings::maxmemory_clients, any_time, reader, printer);
}

std::vector<Directive> network_directives() {
  return {bind(),
          integer("port", &Settings::port, any_time, {0, 65535}),
          unix_socket(),
          unix_socket_permission(),
          integer("tcp-backlog", &Settings::tcp_backlog, at_start, non_negative_int),
          integer("tcp-keepalive", &Settings::tcp_keepalive, any_time, non_negative_int),
          integer("timeout", &Settings::timeout, any_time, non_negative_int),
          integer("maxclients", &Settings::maxclients, any_time, {1, std::numeric_limits<std::uint32_t>::max()}),
          boolean("protected-mode", &Settings::protected_mode, any_time),
          integer("io-threads", &Settings::io_threads, at_start, {1, 128}),
          integer("channel-capacity", &Settings::channel_capacity, at_start, {1, mebibyte}),
          integer("shutdown-timeout", &Settings::shutdown_timeout, any_time, non_negative_int),
          integer("tracking-table-max-keys", &Settings::tracking_table_max_keys, any_time, non_negative),
          client_output_buffer_limit(),
          maxmemory_clients(),
          memory("proto-max-bulk-len", &Settings::proto_max_bulk_len, any_time, mebibyte),
          memory("client-query-buffer-limit", &Settings::client_query_buffer_limit, any_time, mebibyte)};
}

std::vector<Directive> general_directives() {
  return {integer("databases", &Settings::databases, at_start, positive_int),
          hertz(),
          require_password(),
          choice("loglevel", &Settings::loglevel, any_time, {"debug", "verbose", "notice", "warning", "nothing"}),
          text("logfile", &Settings::logfile, at_start),
          directory(),
          text("pidfile", &Settings::pidfile, at_start),
          boolean("daemonize", &Settings::daemonize, at_start),
          choice("enable-debug-command", &Settings::enable_debug_command, at_start, {"no", "yes", "local"}),
          choice("enable-protected-configs", &Settings::enable_protected_configs, at_start, {"no", "yes", "local"}),
          boolean("always-show-logo", &Settings::always_show_logo, at_start)};
}

std::vector<Directive> data_directives() {
  return {notify_keyspace_events(),
          integer("list-max-listpack-size", &Settings::list_max_listpack_size, any_time, any_int),
          // The name that it had before listpacks, still in use.
          integer("list-max-ziplist-size", &Settings::list_max_listpack_size, any_time, any_int),
          integer("list-compress-depth", &Settings::list_compress_depth, any_time, non_negative_int)};
}

// Up to which size collections are packed, each also under the name that it had before listpacks.
std::vector<Directive> packing_directives() {
  return {integer("hash-max-listpack-entries", &Settings::hash_max_listpack_entries, any_time, non_negative),
          integer("hash-max-ziplist-entries", &Settings::hash_max_listpack_entries, any_time, non_negative),
          memory("hash-max-listpack-value", &Settings::hash_max_listpack_value, any_time, 0),
          memory("hash-max-ziplist-value", &Settings::hash_max_listpack_value, any_time, 0),
          integer("set-max-intset-entries", &Settings::set_max_intset_entries, any_time, non_negative),
          integer("set-max-listpack-entries", &Settings::set_max_listpack_entries, any_time, non_negative),
          memory("set-max-listpack-value", &Settings::set_max_listpack_value, any_time, 0),
          integer("zset-max-listpack-entries", &Settings::zset_max_listpack_entries, any_time, non_negative),
          integer("zset-max-ziplist-entries", &Settings::zset_max_listpack_entries, any_time, non_negative),
          memory("zset-max-listpack-value", &Settings::zset_max_listpack_value, any_time, 0),
          memory("zset-max-ziplist-value", &Settings::zset_max_listpack_value, any_time, 0),
          memory("hll-sparse-max-bytes", &Settings::hll_sparse_max_bytes, any_time, 0)};
}

std::vector<Directive> memory_directives() {
  return {single("maxmemory", &Settings::maxmemory, any_time, read_wide_memory, print_wide_integer),
          choice("maxmemory-policy", &Settings::maxmemory_policy, any_time,
                 {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu",
                  "allkeys-random", "noeviction"}),
          integer("lfu-log-factor", &Settings::lfu_log_factor, any_time, non_negative_int),
          integer("lfu-decay-time", &Settings::lfu_decay_time, any_time, non_negative_int),
          boolean("lazyfree-lazy-expire", &Settings::lazyfree_lazy_expire, any_time),
          boolean("lazyfree-lazy-server-del", &Settings::lazyfree_lazy_server_del, any_time),
          boolean("lazyfree-lazy-user-del", &Settings::lazyfree_lazy_user_del, any_time),
          boolean("lazyfree-lazy-user-flush", &Settings::lazyfree_lazy_user_flush, any_time)};
}

std::vector<Directive> persistence_directives() {
  return {fixed("save", "", "the data set is not saved to disk: the only value is \"\""),
          fixed("appendonly", "no", "the data set is not logged to disk: the only value is no")};
}

}  // namespace

std::vector<Directive> all_directives() {
  std::vector<Directive> all;
  for (auto group : {network_directives(), general_directives(), data_directives(), packing_directives(),
                     memory_directives(), persistence_directives()}) {
    std::ranges::move(group, std::back_inserter(all));
  }
  return all;
}

Complaint check_together(const Settings& settings) {
  // Without a limit the policy only decides what is recorded of each key's use, for OBJECT FREQ and IDLETIME.
  if (settings.maxmemory > 0 && settings.maxmemory_policy != "noeviction") {
    return "keys are not evicted: with a maxmemory, maxmemory-policy must be noeviction";
  }
  return std::nullopt;
}

}  // namespace sluice::config
