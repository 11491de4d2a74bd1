#include "server/config/config.hpp"

#include <doctest/doctest.h>

#include "tests/unit/config/temporary_folder.hpp"

namespace sluice::config {
namespace {

using Found = std::vector<std::pair<std::string, std::string>>;
using Assignments = std::vector<Config::Assignment>;

struct Fixture {
  Found find(std::vector<std::string_view> patterns) const { return config.find(patterns); }
  // The text of the error, or nothing.
  std::string set(const Assignments& assignments, bool is_unlocked = false) {
    return config.set(assignments, is_unlocked).value_or("");
  }

  dispatch::Settings settings;
  Config config{settings};
};

TEST_CASE_FIXTURE(Fixture, "directives are found by pattern in any case, each once") {
  CHECK(find({"TIMEOUT*", "time*", "nothing"}) == Found{{"timeout", "0"}});
  CHECK(find({"lfu-*"}) == Found{{"lfu-log-factor", "10"}, {"lfu-decay-time", "1"}});
}

TEST_CASE_FIXTURE(Fixture, "a plain name comes back as it was written") {
  CHECK(find({"BIND", "bind"}) == Found{{"BIND", "* -::*"}});
}

TEST_CASE_FIXTURE(Fixture, "what everybody asks for is answered with what holds") {
  CHECK(find({"save", "appendonly"}) == Found{{"save", ""}, {"appendonly", "no"}});
  CHECK(set({{"save", ""}, {"appendonly", "no"}}) == "");
}

TEST_CASE_FIXTURE(Fixture, "several directives are set at once") {
  CHECK(set({{"timeout", "5"}, {"PROTO-max-bulk-len", "1mb"}, {"loglevel", "Debug"}}) == "");
  CHECK(settings.timeout == 5);
  CHECK(settings.proto_max_bulk_len == 1024 * 1024);
  CHECK(settings.loglevel == "debug");
}

TEST_CASE_FIXTURE(Fixture, "nothing is set if one value is wrong") {
  CHECK(set({{"timeout", "5"}, {"hz", "fast"}}) ==
        "CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer");
  CHECK(settings.timeout == 0);
}

TEST_CASE_FIXTURE(Fixture, "unknown, immutable, protected and repeated names are refused") {
  CHECK(set({{"timeout", "x"}, {"foo", "1"}}) == "Unknown option or number of arguments for CONFIG SET - 'foo'");
  CHECK(set({{"databases", "1"}}) ==
        "CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config");
  CHECK(set({{"dir", "/"}}) == "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config");
  CHECK(set({{"timeout", "1"}, {"Timeout", "2"}}) ==
        "CONFIG SET failed (possibly related to argument 'Timeout') - duplicate parameter");
}

TEST_CASE_FIXTURE(Fixture, "protected directives can be set when they are unlocked") {
  CHECK(set({{"dir", "/"}}, true) == "");
  CHECK(settings.dir == "/");
}

TEST_CASE_FIXTURE(Fixture, "settings that do not go together are refused") {
  CHECK(set({{"maxmemory-policy", "allkeys-lru"}}) == "");
  CHECK(set({{"maxmemory", "1gb"}}) != "");
  CHECK(settings.maxmemory == 0);
  CHECK(set({{"maxmemory", "1gb"}, {"maxmemory-policy", "noeviction"}}) == "");
}

TEST_CASE_FIXTURE(Fixture, "a frequency out of range is brought into it") {
  CHECK(set({{"hz", "100000"}}) == "");
  CHECK(settings.hz == 500);
  CHECK(set({{"hz", "0"}}) == "");
  CHECK(settings.hz == 1);
}

TEST_CASE_FIXTURE(Fixture, "a hook sees the new value") {
  std::int64_t seen = 0;
  config.on_change("timeout", [&] {
    seen = settings.timeout;
    return Complaint();
  });
  CHECK(set({{"timeout", "9"}}) == "");
  CHECK(seen == 9);
}

TEST_CASE_FIXTURE(Fixture, "a hook that complains has everything put back") {
  std::int64_t seen = 0;
  config.on_change("timeout", [&] {
    seen = settings.timeout;
    return Complaint();
  });
  config.on_change("maxclients", [] { return Complaint("too many"); });
  CHECK(set({{"timeout", "9"}, {"maxclients", "5"}}) ==
        "CONFIG SET failed (possibly related to argument 'maxclients') - too many");
  CHECK(settings.timeout == 0);
  CHECK(seen == 0);
  CHECK(settings.maxclients == 10000);
}

TEST_CASE_FIXTURE(Fixture, "of two names of one setting the later counts") {
  CHECK(set({{"list-max-listpack-size", "5"}, {"list-max-ziplist-size", "7"}}) == "");
  CHECK(find({"list-max-*"}) == Found{{"list-max-listpack-size", "7"}, {"list-max-ziplist-size", "7"}});
}

TEST_CASE_FIXTURE(Fixture, "a setting that was given under two names is put back to what it was") {
  config.on_change("port", [] { return Complaint("it is in use"); });
  CHECK(set({{"list-max-listpack-size", "5"}, {"list-max-ziplist-size", "7"}, {"port", "1"}}) ==
        "CONFIG SET failed (possibly related to argument 'port') - it is in use");
  CHECK(settings.list_max_listpack_size == dispatch::Settings().list_max_listpack_size);
}

TEST_CASE_FIXTURE(Fixture, "options override the file, and the file is what is rewritten") {
  const TemporaryFolder folder;
  const auto path = folder.write("sluice.conf", "# mine\ntimeout 1\nhz 20\n");
  REQUIRE_FALSE(config.load({.file = path, .options = "\ntimeout 2\ndir " + folder.path().string()}));
  CHECK(settings.timeout == 2);
  CHECK(settings.hz == 20);
  CHECK(config.file() == path);
  REQUIRE_FALSE(config.rewrite());
  CHECK(TemporaryFolder::read(path).starts_with("# mine\ntimeout 2\nhz 20\n"));
}

TEST_CASE_FIXTURE(Fixture, "options are counted as lines behind the file's") {
  const auto error = config.load({.options = "\nport 1\ntimeout x"});
  REQUIRE(error);
  CHECK(error->find("at line 3\n>>> 'timeout x'") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a file that is not there is told") {
  CHECK(config.load({.file = "/nowhere/sluice.conf"}) ==
        "Fatal error, can't open config file '/nowhere/sluice.conf': No such file or directory");
}

TEST_CASE_FIXTURE(Fixture, "without a file there is nothing to rewrite") {
  CHECK(config.rewrite() == "The server is running without a config file");
}

}  // namespace
}  // namespace sluice::config
