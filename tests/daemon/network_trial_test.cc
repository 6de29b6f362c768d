// The trial of network parameters alone: when they are handed over, and what ends it.
#include "engine/daemon/network_trial.h"

#include <gtest/gtest.h>

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;
using Due = NetworkTrial::Due;
using Phase = NetworkTrial::Phase;

Uptime at(std::chrono::seconds second) {
  return Uptime{} + second;
}

NetworkChange change_to(const std::string& address, bool reversible = true) {
  NetworkChange change;
  change.number = 1;
  change.wish.address = address;
  change.moves = true;
  change.reversible = reversible;
  change.command = command_name("7", "digest");
  return change;
}

TEST(NetworkTrial, waits_until_the_server_has_the_result) {
  NetworkTrial trial;
  EXPECT_FALSE(trial.deadline());
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_EQ(at(10s), trial.deadline());
  EXPECT_EQ(Due::nothing, trial.due(at(1s)));
  trial.result_delivered(command_name("8", "digest"), at(1s));
  EXPECT_EQ(Due::nothing, trial.due(at(1s)));
  trial.result_delivered(command_name("7", "digest"), at(2s));
  EXPECT_EQ(Due::hand_over, trial.due(at(2s)));
  EXPECT_EQ("192.0.2.7", trial.change().wish.address);
  EXPECT_EQ(Phase::on_trial, trial.phase());
  EXPECT_EQ(at(122s), trial.deadline());
}

TEST(NetworkTrial, does_not_wait_for_a_result_for_ever) {
  NetworkTrial trial;
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_EQ(Due::nothing, trial.due(at(9s)));
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_EQ(Due::nothing, trial.due(at(10s)));
}

TEST(NetworkTrial, is_taken_back_without_contact) {
  NetworkTrial trial;
  EXPECT_FALSE(trial.link(true));
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_FALSE(trial.link(false));
  EXPECT_EQ(Due::nothing, trial.due(at(129s)));
  EXPECT_EQ(Due::take_back, trial.due(at(130s)));
  EXPECT_EQ(Phase::none, trial.phase());
  EXPECT_FALSE(trial.deadline());
}

TEST(NetworkTrial, ends_with_a_link_that_came_up_after_the_change) {
  NetworkTrial trial;
  trial.link(true);
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_FALSE(trial.link(true)) << "the old link, told once more";
  EXPECT_FALSE(trial.link(false));
  EXPECT_TRUE(trial.link(true));
  EXPECT_EQ(Phase::none, trial.phase());
  EXPECT_EQ(Due::nothing, trial.due(at(500s)));
}

TEST(NetworkTrial, believes_no_link_from_before_the_system_was_told) {
  NetworkTrial trial;
  trial.link(true);
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_FALSE(trial.link(false));
  EXPECT_FALSE(trial.link(true)) << "still over the old address";
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_FALSE(trial.link(true));
  EXPECT_EQ(Due::take_back, trial.due(at(130s)));
}

TEST(NetworkTrial, counts_a_link_that_was_down_when_the_system_was_told) {
  NetworkTrial trial;
  trial.begin(change_to("192.0.2.7"), at(0s));
  trial.link(false);
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_TRUE(trial.link(true));
}

TEST(NetworkTrial, of_another_server_has_contact_before_the_system_is_told_nothing) {
  NetworkTrial trial;
  trial.link(true);
  auto change = change_to("");
  change.moves = false;
  trial.begin(change, at(0s));
  EXPECT_FALSE(trial.link(true));
  EXPECT_FALSE(trial.link(false));
  EXPECT_TRUE(trial.link(true));
  EXPECT_FALSE(trial.deadline());
}

TEST(NetworkTrial, is_none_where_there_is_no_server) {
  NetworkTrial trial;
  trial.begin(change_to("192.0.2.7", false), at(0s));
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  EXPECT_EQ(Phase::none, trial.phase());
  EXPECT_EQ(Due::nothing, trial.due(at(1'000s)));
}

TEST(NetworkTrial, begins_anew_when_another_change_joins_it) {
  NetworkTrial trial;
  trial.begin(change_to("192.0.2.7"), at(0s));
  EXPECT_EQ(Due::hand_over, trial.due(at(10s)));
  auto second = change_to("192.0.2.8");
  second.number = 2;
  trial.begin(second, at(100s));
  EXPECT_EQ(Phase::waiting, trial.phase());
  EXPECT_EQ(Due::hand_over, trial.due(at(110s)));
  EXPECT_EQ(Due::nothing, trial.due(at(229s)));
  EXPECT_EQ(Due::take_back, trial.due(at(230s)));
  EXPECT_EQ(2u, trial.change().number);
}

TEST(NetworkTrial, does_not_forget_an_address_because_another_server_joins_it) {
  NetworkTrial trial;
  trial.begin(change_to("192.0.2.7"), at(0s));
  auto second = change_to("192.0.2.7");
  second.moves = false;
  trial.begin(second, at(1s));
  EXPECT_EQ(Due::hand_over, trial.due(at(11s)));
  EXPECT_TRUE(trial.change().moves);
}

TEST(NetworkTrial, begins_anew_after_a_restart) {
  NetworkTrial trial;
  trial.resume(change_to("192.0.2.7"), at(5s));
  EXPECT_EQ(Due::hand_over, trial.due(at(5s)));
  EXPECT_FALSE(trial.link(true)) << "it may be one from before";
  EXPECT_EQ(Due::nothing, trial.due(at(124s)));
  EXPECT_EQ(Due::take_back, trial.due(at(125s)));
}

TEST(NetworkTrial, ends_in_contact_after_a_restart) {
  NetworkTrial trial;
  trial.resume(change_to("192.0.2.7"), at(5s));
  EXPECT_EQ(Due::hand_over, trial.due(at(5s)));
  EXPECT_FALSE(trial.link(false));
  EXPECT_TRUE(trial.link(true));
}

}  // namespace
}  // namespace lintel::daemon
