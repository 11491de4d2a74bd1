#include "server/commands/server/info_sections.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "server/base/clock.hpp"
#include "server/base/memory.hpp"
#include "server/base/text.hpp"
#include "server/base/version.hpp"
#include "server/dispatch/clients/blocked_clients.hpp"
#include "server/dispatch/clients/client_registry.hpp"
#include "server/dispatch/requests/command_registry.hpp"
#include "server/dispatch/state/server_control.hpp"

namespace sluice::commands::server {

using namespace dispatch;

namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86'400;
constexpr double bytes_per_kilobyte = 1024;

double quotient(std::uint64_t numerator, std::uint64_t denominator) {
  return denominator == 0 ? 0 : static_cast<double>(numerator) / static_cast<double>(denominator);
}

std::int64_t difference(std::uint64_t left, std::uint64_t right) {
  return static_cast<std::int64_t>(left) - static_cast<std::int64_t>(right);
}

std::string percentage(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.2f}%", 100 * quotient(part, whole));
}

std::string operating_system() {
  utsname system{};
  ::uname(&system);
  return fmt::format("{} {} {}", system.sysname, system.release, system.machine);
}

// "listener0:name=tcp,bind=*,bind=-::*,port=6379" and so on.
void write_listeners(FigureSink& out, const Settings& settings) {
  int number = 0;
  const auto write = [&](std::string_view description) { out.field(fmt::format("listener{}", number++), description); };
  if (settings.port != 0 && !settings.bind.empty()) {
    std::string addresses;
    for (const std::string& address : settings.bind) addresses += ",bind=" + address;
    write(fmt::format("name=tcp{},port={}", addresses, settings.port));
  }
  if (!settings.unixsocket.empty()) write(fmt::format("name=unix,bind={}", settings.unixsocket));
}

void write_server(FigureSink& out, const AdminContext& ctx) {
  const ServerIdentity& identity = ctx.parts.control.identity();
  const std::int64_t uptime_seconds = (base::monotonic_us() - identity.started_monotonic_us) / us_per_second;
  out.field("redis_version", base::redis_version);
  out.field("sluice_version", base::sluice_version());
  out.field("redis_git_sha1", "00000000");
  out.field("redis_git_dirty", 0);
  out.field("redis_mode", "standalone");
  out.field("os", operating_system());
  out.field("arch_bits", 8 * sizeof(void*));
  out.field("monotonic_clock", "POSIX clock_gettime");
  out.field("multiplexing_api", "epoll");
  out.field("gcc_version", fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__));
  out.field("process_id", ::getpid());
  out.field("process_supervised", "no");
  out.field("run_id", identity.run_id);
  out.field("tcp_port", ctx.parts.settings.port);
  out.field("server_time_usec", ctx.parts.clock.now_us());
  out.field("uptime_in_seconds", uptime_seconds);
  out.field("uptime_in_days", uptime_seconds / seconds_per_day);
  out.field("hz", ctx.parts.settings.hz);
  out.field("configured_hz", ctx.parts.settings.hz);
  out.field("lru_clock", store::lru_access(ctx.parts.clock.now_ms()));
  out.field("executable", identity.executable);
  out.field("config_file", identity.config_file);
  out.field("io_threads_active", ctx.parts.settings.io_threads > 1 ? 1 : 0);
  write_listeners(out, ctx.parts.settings);
}

void write_clients(FigureSink& out, const AdminContext& ctx) {
  std::size_t input_max = 0;
  std::size_t output_max = 0;
  std::size_t waiting_count = ctx.parts.blocked.size();
  for (const auto& [id, session] : ctx.parts.clients) {
    input_max = std::max(input_max, session->control->input_buffer().size());
    output_max = std::max(output_max, session->figures.reply_buffer_bytes);
    if (session->conversations.is_paused) ++waiting_count;
  }
  out.field("connected_clients", ctx.parts.clients.size());
  out.field("cluster_connections", 0);
  out.field("maxclients", ctx.parts.settings.maxclients.get());
  out.field("client_recent_max_input_buffer", input_max);
  out.field("client_recent_max_output_buffer", output_max);
  out.field("blocked_clients", waiting_count);
}

std::uint64_t client_bytes(const ClientRegistry& clients) {
  std::uint64_t bytes = 0;
  for (const auto& [id, session] : clients) bytes += session->memory_bytes();
  return bytes;
}

// How the process' memory relates to what the program asked for.
void write_fragmentation(FigureSink& out, const base::MemoryFigures& memory) {
  out.field("allocator_allocated", memory.allocated);
  out.field("allocator_active", memory.active);
  out.field("allocator_resident", memory.mapped);
  out.ratio("allocator_frag_ratio", quotient(memory.active, memory.allocated));
  out.field("allocator_frag_bytes", difference(memory.active, memory.allocated));
  out.ratio("allocator_rss_ratio", quotient(memory.mapped, memory.active));
  out.field("allocator_rss_bytes", difference(memory.mapped, memory.active));
  out.ratio("rss_overhead_ratio", quotient(memory.resident, memory.mapped));
  out.field("rss_overhead_bytes", difference(memory.resident, memory.mapped));
  out.ratio("mem_fragmentation_ratio", quotient(memory.resident, memory.allocated));
  out.field("mem_fragmentation_bytes", difference(memory.resident, memory.allocated));
}

void write_memory(FigureSink& out, const AdminContext& ctx) {
  const base::MemoryFigures memory = base::memory_figures();
  const ServerFigures figures = ctx.parts.control.figures();
  const std::uint64_t used = memory.allocated;
  const std::uint64_t peak = std::max<std::uint64_t>(figures.memory_peak_bytes, used);
  const std::uint64_t dataset = std::min<std::uint64_t>(ctx.parts.databases.memory_bytes(), used);
  const std::uint64_t used_since_startup = used - std::min(used, figures.memory_startup_bytes);
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  out.bytes("used_memory", used);
  out.bytes("used_memory_rss", memory.resident);
  out.bytes("used_memory_peak", peak);
  out.field("used_memory_peak_perc", percentage(used, peak));
  out.field("used_memory_overhead", used - dataset);
  out.field("used_memory_startup", figures.memory_startup_bytes);
  out.field("used_memory_dataset", dataset);
  out.field("used_memory_dataset_perc", percentage(std::min(dataset, used_since_startup), used_since_startup));
  out.bytes("total_system_memory", static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page_bytes);
  out.bytes("maxmemory", ctx.parts.settings.maxmemory);
  out.field("maxmemory_policy", ctx.parts.settings.maxmemory_policy);
  write_fragmentation(out, memory);
  out.field("mem_not_counted_for_evict", 0);
  out.field("mem_clients_slaves", 0);
  out.field("mem_clients_normal", client_bytes(ctx.parts.clients));
  out.field("mem_allocator", base::allocator_name());
  out.field("active_defrag_running", 0);
  out.field("lazyfree_pending_objects", figures.lazyfree_pending_objects);
  out.field("lazyfreed_objects", figures.lazyfreed_objects);
}

void write_persistence(FigureSink& out, const AdminContext& ctx) {
  out.field("loading", 0);
  out.field("async_loading", 0);
  out.field("rdb_changes_since_last_save", ctx.parts.databases.ledger().changes);
  out.field("rdb_bgsave_in_progress", 0);
  out.field("rdb_saves", 0);
  out.field("aof_enabled", 0);
  out.field("aof_rewrite_in_progress", 0);
  out.field("aof_rewrite_scheduled", 0);
}

void write_stats(FigureSink& out, const AdminContext& ctx) {
  const Statistics& statistics = ctx.parts.statistics;
  const ServerFigures figures = ctx.parts.control.figures();
  const bool is_threaded = ctx.parts.settings.io_threads > 1;
  out.field("total_connections_received", statistics.connections_received.load());
  out.field("total_commands_processed", statistics.commands_processed);
  out.field("instantaneous_ops_per_sec", figures.operations_per_second);
  out.field("total_net_input_bytes", statistics.network_input_bytes);
  out.field("total_net_output_bytes", statistics.network_output_bytes);
  out.ratio("instantaneous_input_kbps", static_cast<double>(figures.input_bytes_per_second) / bytes_per_kilobyte);
  out.ratio("instantaneous_output_kbps", static_cast<double>(figures.output_bytes_per_second) / bytes_per_kilobyte);
  out.field("rejected_connections", statistics.connections_rejected.load());
  out.field("sync_full", 0);
  out.field("sync_partial_ok", 0);
  out.field("sync_partial_err", 0);
  out.field("expired_keys", ctx.parts.databases.ledger().expirations - statistics.expired_keys_before);
  out.field("expired_subkeys", ctx.parts.databases.ledger().element_expirations - statistics.expired_elements_before);
  out.field("evicted_keys", 0);
  out.field("evicted_clients", statistics.evicted_clients);
  out.field("keyspace_hits", statistics.keyspace_hits);
  out.field("keyspace_misses", statistics.keyspace_misses);
  out.field("latest_fork_usec", 0);
  out.field("total_forks", 0);
  out.field("unexpected_error_replies", 0);
  out.field("total_error_replies", statistics.error_replies);
  out.field("total_reads_processed", statistics.reads_processed);
  out.field("total_writes_processed", statistics.writes_processed);
  out.field("io_threaded_reads_processed", is_threaded ? statistics.reads_processed : 0);
  out.field("io_threaded_writes_processed", is_threaded ? statistics.writes_processed : 0);
  out.field("client_query_buffer_limit_disconnections", statistics.closed_large_queries);
  out.field("client_output_buffer_limit_disconnections", statistics.closed_slow_readers);
}

void write_replication(FigureSink& out, const AdminContext&) {
  out.field("role", "master");
  out.field("connected_slaves", 0);
  out.field("master_failover_state", "no-failover");
  out.field("master_repl_offset", 0);
  out.field("second_repl_offset", -1);
  out.field("repl_backlog_active", 0);
}

std::string in_seconds(const timeval& time) {
  return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec);
}

void write_cpu(FigureSink& out, const AdminContext&) {
  rusage process{};
  rusage children{};
  rusage thread{};
  ::getrusage(RUSAGE_SELF, &process);
  ::getrusage(RUSAGE_CHILDREN, &children);
  ::getrusage(RUSAGE_THREAD, &thread);
  out.field("used_cpu_sys", in_seconds(process.ru_stime));
  out.field("used_cpu_user", in_seconds(process.ru_utime));
  out.field("used_cpu_sys_children", in_seconds(children.ru_stime));
  out.field("used_cpu_user_children", in_seconds(children.ru_utime));
  out.field("used_cpu_sys_main_thread", in_seconds(thread.ru_stime));
  out.field("used_cpu_user_main_thread", in_seconds(thread.ru_utime));
}

void write_modules(FigureSink&, const AdminContext&) {}

void write_command_statistics(FigureSink& out, const AdminContext& ctx) {
  for (std::uint32_t number = 0; number < ctx.parts.commands.size(); ++number) {
    const CommandStatistics& figures = ctx.parts.statistics.by_command[number];
    if (figures.calls == 0 && figures.rejected_calls == 0 && figures.failed_calls == 0) continue;
    const auto used_us = static_cast<std::uint64_t>(static_cast<double>(figures.ticks) / base::ticks_per_us());
    out.field("cmdstat_" + base::to_lower(ctx.parts.commands.entry(number).spec->name),
              fmt::format("calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}", figures.calls,
                          used_us, quotient(used_us, figures.calls), figures.rejected_calls, figures.failed_calls));
  }
}

void write_error_statistics(FigureSink& out, const AdminContext& ctx) {
  for (const auto& [code, count] : ctx.parts.statistics.errors_by_code) {
    out.field("errorstat_" + code, fmt::format("count={}", count));
  }
}

void write_cluster(FigureSink& out, const AdminContext&) {
  out.field("cluster_enabled", 0);
}

void write_keyspace(FigureSink& out, const AdminContext& ctx) {
  for (std::size_t index = 0; index < ctx.parts.databases.count(); ++index) {
    const store::Keyspace& keyspace = ctx.parts.databases[index];
    if (keyspace.size() == 0) continue;
    out.field(fmt::format("db{}", index), fmt::format("keys={},expires={},avg_ttl={}", keyspace.size(),
                                                      keyspace.expiring_size(), keyspace.average_ttl_ms()));
  }
}

}  // namespace

std::span<const InfoSection> info_sections() {
  static constexpr auto sections = std::to_array<InfoSection>({
      {"server", "Server", true, FigureSection::server, write_server},
      {"clients", "Clients", true, FigureSection::clients, write_clients},
      {"memory", "Memory", true, FigureSection::memory, write_memory},
      {"persistence", "Persistence", true, FigureSection::persistence, write_persistence},
      {"stats", "Stats", true, FigureSection::stats, write_stats},
      {"replication", "Replication", true, FigureSection::replication, write_replication},
      {"cpu", "CPU", true, FigureSection::cpu, write_cpu},
      {"modules", "Modules", true, FigureSection::modules, write_modules},
      {"commandstats", "Commandstats", false, FigureSection::command_statistics, write_command_statistics},
      {"errorstats", "Errorstats", true, FigureSection::error_statistics, write_error_statistics},
      {"cluster", "Cluster", true, FigureSection::cluster, write_cluster},
      {"keyspace", "Keyspace", true, FigureSection::keyspace, write_keyspace},
  });
  return sections;
}

}  // namespace sluice::commands::server
