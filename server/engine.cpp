#include "server/engine.hpp"

#include "server/base/random.hpp"
#include "server/commands/all_commands.hpp"

namespace sluice {

namespace {

// The eviction policy decides whether a key's use is recorded as how often or as how recently.
store::AccessSettings access_settings(const dispatch::Settings& settings) {
  return {.policy = settings.maxmemory_policy.ends_with("-lfu") ? store::AccessPolicy::lfu : store::AccessPolicy::lru,
          .lfu_log_factor = static_cast<unsigned>(settings.lfu_log_factor),
          .lfu_decay_minutes = static_cast<unsigned>(settings.lfu_decay_time)};
}

}  // namespace

Engine::Engine(dispatch::Settings& its_settings, config::Config& its_config, dispatch::ServerControl& its_server)
    : settings(its_settings),
      config(its_config),
      server(its_server),
      hasher(base::random_seed()),
      databases(static_cast<std::size_t>(settings.databases), hasher, clock, reaper),
      broker(clients),
      notifier(broker, settings),
      changes(databases, notifier, effects, settings),
      blocked(changes, clients, clock, statistics),
      watches(databases, changes, clients),
      monitors(clients),
      limits(clients, settings, clock, statistics),
      tracking(changes, clients, settings, reaper) {
  clock.refresh();
  commands::register_all(commands);
  services.add(config);
  services.add(broker);
  services.add(tracking);
  figures = {&tracking, &broker, &watches, &blocked};
  statistics.by_command.resize(commands.size());
  follow_settings();
}

dispatch::ServerParts Engine::parts() {
  return {.databases = databases,
          .clock = clock,
          .settings = settings,
          .statistics = statistics,
          .clients = clients,
          .commands = commands,
          .control = server,
          .events = notifier,
          .effects = effects,
          .state = state,
          .blocked = blocked,
          .watches = watches,
          .monitors = monitors,
          .limits = limits,
          .observer = tracking,
          .services = services,
          .figures = figures,
          .hasher = hasher};
}

void Engine::follow_settings() {
  const auto follow = [this] {
    databases.set_access_settings(access_settings(settings));
    state.conditions.set(dispatch::Condition::bounded_memory, settings.maxmemory != 0);
    state.conditions.set(dispatch::Condition::memory_full, false);
    databases.set_creation_reporting(settings.notify_keyspace_events.has(dispatch::EventClass::created));
    return config::Complaint();
  };
  follow();
  for (const auto* name :
       {"maxmemory", "maxmemory-policy", "lfu-log-factor", "lfu-decay-time", "notify-keyspace-events"}) {
    config.on_change(name, follow);
  }
}

}  // namespace sluice
