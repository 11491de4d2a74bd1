#include "server/dispatch/state/statistics.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice::dispatch;

TEST_CASE("a rate is the mean of the last sixteen samples") {
  Rate rate;
  std::uint64_t counter = 0;
  std::int64_t now_us = 1'000'000;
  for (int sample = 0; sample < 20; ++sample) {
    rate.sample(counter, now_us);
    counter += 50;
    now_us += 100'000;
  }

  CHECK(rate.per_second() == 500);
}

TEST_CASE("a counter that was reset does not count backwards") {
  Rate rate;
  rate.sample(1000, 1'000'000);
  rate.sample(16, 2'000'000);

  CHECK(rate.per_second() == 1);
}

TEST_CASE("errors are counted by their code") {
  Statistics statistics;
  statistics.count_error("ERR");
  statistics.count_error("WRONGTYPE");
  statistics.count_error("ERR");

  CHECK(statistics.error_replies == 3);
  CHECK(statistics.errors_by_code.find("ERR")->second == 2);
}

TEST_CASE("errors of more codes than anybody would need are counted together") {
  Statistics statistics;
  for (int number = 0; number < 300; ++number) statistics.count_error("CODE" + std::to_string(number));
  statistics.count_error("CODE0");

  CHECK(statistics.error_replies == 301);
  CHECK(statistics.errors_by_code.size() == 129);
  CHECK(statistics.errors_by_code.find("CODE0")->second == 2);
  CHECK(statistics.errors_by_code.find("ERRORSTATS_OVERFLOW")->second == 172);
}

TEST_CASE("a code of any length takes little room") {
  Statistics statistics;
  statistics.count_error(std::string(1'000'000, 'X'));

  CHECK(statistics.errors_by_code.begin()->first.size() == 128);
}

TEST_CASE("a reset forgets every count and keeps the number of commands") {
  Statistics statistics;
  statistics.by_command.resize(3);
  statistics.by_command[1].calls = 5;
  statistics.count_error("ERR");
  statistics.reset();

  CHECK(statistics.by_command.size() == 3);
  CHECK(statistics.by_command[1].calls == 0);
  CHECK(statistics.errors_by_code.empty());
}
