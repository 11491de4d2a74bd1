#pragma once

#include <string_view>

namespace sluice::config {

// Whether `name`, in any case, is a directive of redis.conf that only tunes something which this server does not have
// or does in another way: leaving it out changes neither what is kept nor who may do what. Such a line in a
// configuration file is no reason not to start.
//
// Directives that promise durability, security or replication are not among them: no user may believe to have those.
bool is_tuning_without_effect(std::string_view name);

}  // namespace sluice::config
