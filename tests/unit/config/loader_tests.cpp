#include "server/config/loader.hpp"

#include <doctest/doctest.h>

#include "server/config/directives.hpp"
#include "tests/unit/config/temporary_folder.hpp"

namespace sluice::config {
namespace {

// Settings with the text read into them.
struct Loaded {
  explicit Loaded(std::string_view text) { error = Loader(directives, settings).load_text(text).value_or(""); }

  std::vector<Directive> directives = all_directives();
  dispatch::Settings settings;
  std::string error;
};

TEST_CASE("directives are read in any case, the later overriding the earlier") {
  const Loaded loaded("# a comment\nPORT 1\n\n  timeout   7\nport 2\nbind 127.0.0.1 -::1\nproto-max-bulk-len 2mb\n");
  CHECK(loaded.error == "");
  CHECK(loaded.settings.port == 2);
  CHECK(loaded.settings.timeout == 7);
  CHECK(loaded.settings.bind == std::vector<std::string>{"127.0.0.1", "-::1"});
  CHECK(loaded.settings.proto_max_bulk_len == 2 * 1024 * 1024);
}

TEST_CASE("a password makes the server ask for it") {
  CHECK(Loaded("requirepass \"two words\"").settings.requires_password);
  CHECK_FALSE(Loaded("requirepass x\nrequirepass \"\"").settings.requires_password);
}

TEST_CASE("an empty list of addresses listens on none") {
  CHECK(Loaded("bind \"\"").settings.bind.empty());
}

TEST_CASE("a path that has no room in a socket's address is refused") {
  const std::string longest(107, 'a');
  CHECK(Loaded("unixsocket " + longest).settings.unixsocket == longest);
  const Loaded loaded("unixsocket " + longest + "a");
  CHECK(loaded.error.ends_with("\nunix socket path too long (108), must be under 108"));
  CHECK(loaded.settings.unixsocket.empty());
}

TEST_CASE("a line of nothing but form feeds and vertical tabs says nothing") {
  const Loaded loaded("port 1\n\f\v\ntimeout 7\n");
  CHECK(loaded.error == "");
  CHECK(loaded.settings.timeout == 7);
}

TEST_CASE("what is wrong is told with its line") {
  const Loaded loaded("port 1\n\ntimeout abc\n");
  CHECK(loaded.error ==
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.4.0) ***\nReading the configuration file, at line 3\n"
        ">>> 'timeout abc'\nargument couldn't be parsed into an integer");
}

TEST_CASE("each fault has its reason") {
  struct Fault {
    const char* text;
    const char* reason;
  };
  for (const Fault fault :
       {Fault{"nonsense 1", "Bad directive or wrong number of arguments"}, Fault{"port", "wrong number of arguments"},
        Fault{"port 1 2", "wrong number of arguments"}, Fault{"port \"1", "Unbalanced quotes in configuration line"},
        Fault{"daemonize maybe", "argument must be 'yes' or 'no'"},
        Fault{"unixsocketperm 9", "argument couldn't be parsed as an octal number"},
        Fault{"dir /nowhere/at/all", "No such file or directory"},
        Fault{"save 900 1", "the data set is not saved to disk: the only value is \"\""}}) {
    CAPTURE(fault.text);
    CHECK(Loaded(fault.text).error.ends_with(std::string("\n") + fault.reason));
  }
}

TEST_CASE("what only tunes something that is not there is read over, and told") {
  dispatch::Settings settings;
  const std::vector<Directive> directives = all_directives();
  Loader loader(directives, settings);
  CHECK(loader.load_text("port 7\nrdbcompression yes\nOOM-score-adj-values 0 200 800\n") == std::nullopt);
  CHECK(settings.port == 7);
  CHECK(loader.without_effect() == std::vector<std::string>{"rdbcompression", "OOM-score-adj-values"});
}

TEST_CASE("what promises durability, security or replicas is refused where it is not there") {
  for (const char* line : {"appendonly yes", "save 900 1", "replicaof 127.0.0.1 6379", "rename-command FLUSHALL x",
                           "user alice on", "aclfile /etc/users.acl", "tls-port 6380", "min-replicas-to-write 1",
                           "cluster-enabled yes", "loadmodule /lib/module.so"}) {
    CAPTURE(line);
    CHECK(Loaded(line).error.starts_with("\n*** FATAL CONFIG FILE ERROR"));
  }
}

TEST_CASE("an include is read where it stands") {
  const TemporaryFolder folder;
  const auto path = folder.write("part.conf", "port 2\ntimeout 2\n");
  const Loaded loaded("port 1\ninclude " + path + "\ntimeout 3\n");
  CHECK(loaded.error == "");
  CHECK(loaded.settings.port == 2);
  CHECK(loaded.settings.timeout == 3);
}

TEST_CASE("an include may be a pattern of files") {
  const TemporaryFolder folder;
  folder.write("1.conf", "port 1\ntimeout 1\n");
  folder.write("2.conf", "port 2\n");
  const Loaded loaded("include " + (folder.path() / "*.conf").string());
  CHECK(loaded.settings.port == 2);
  CHECK(loaded.settings.timeout == 1);
}

TEST_CASE("an include that is not there ends the reading") {
  CHECK(Loaded("include /nowhere/part.conf").error ==
        "Fatal error, can't open config file '/nowhere/part.conf': No such file or directory");
}

TEST_CASE("a file that includes itself comes to an end") {
  const TemporaryFolder folder;
  const auto path = folder.write("loop.conf", "");
  folder.write("loop.conf", "include " + path + "\n");
  CHECK(Loaded("include " + path).error.find("Included too deeply") != std::string::npos);
}

}  // namespace
}  // namespace sluice::config
