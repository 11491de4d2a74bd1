#include "server/tracking/tracking_table.hpp"

namespace sluice::tracking {

TrackingTable::TrackingTable(dispatch::ChangeFeed& feed, dispatch::ClientRegistry& clients,
                             const dispatch::Settings& settings)
    : feed_(feed), clients_(clients), settings_(settings) {
  feed_.add(*this);
  clients_.add_listener(*this);
}

void TrackingTable::on_executed(dispatch::Session& /*session*/, const dispatch::SpecFields& /*spec*/,
                                dispatch::Words /*words*/) {}

void TrackingTable::on_pause() {}

void TrackingTable::on_key_changed(int /*database*/, std::string_view /*key*/) {}

void TrackingTable::on_conversations_ended(dispatch::Session& session) {
  session.tracking.reset();
}

}  // namespace sluice::tracking
