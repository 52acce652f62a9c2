// SPDX-License-Identifier: Apache-2.0
#include "listen/live_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Result = Capture::Result;

// Returns the given results, then disconnects.
class FakeCapture final : public Capture {
 public:
  FakeCapture(std::vector<Result> answers, int rate_hz = 8000) : answers_(std::move(answers)), rate_hz_(rate_hz) {}
  int sample_rate_hz() const override { return rate_hz_; }
  const std::string& name() const override { return name_; }
  const std::string& error() const override { return error_; }
  Result read(std::span<float> mono) override {
    std::fill(mono.begin(), mono.end(), static_cast<float>(next_));
    if (next_ == 1) mono[0] = std::nanf("");
    if (next_ == 1) mono[2] = -1e30f;
    return next_ < answers_.size() ? answers_[next_++] : Result::kLost;
  }

 private:
  std::vector<Result> answers_;
  std::size_t next_ = 0;
  int rate_hz_;
  std::string name_ = "fake microphone", error_ = "unplugged";
};

class LiveSourceTest : public testing::Test {
 protected:
  // Opens `captures` in order. null: the microphone is missing.
  LiveSource source(std::vector<std::unique_ptr<Capture>> captures) {
    captures_ = std::move(captures);
    return LiveSource(
        [this]() -> std::unique_ptr<Capture> {
          std::unique_ptr<Capture> next = opened_ < captures_.size() ? std::move(captures_[opened_]) : nullptr;
          ++opened_;
          if (next == nullptr) throw Error("no microphone");
          return next;
        },
        [this](const std::string& notice) { notices_.push_back(notice); }, [this] { return stop_; },
        [this](std::chrono::milliseconds time) {
          now_ += time;
          if (++waits_ == stop_after_waits_) stop_ = true;
        },
        [this] { return now_; });
  }

  std::vector<std::unique_ptr<Capture>> captures_;
  std::size_t opened_ = 0;
  std::vector<std::string> notices_;
  LiveSource::Clock::time_point now_{std::chrono::hours(1)};
  bool stop_ = false;
  int waits_ = 0, stop_after_waits_ = -1;
};

template <class... Captures>
std::vector<std::unique_ptr<Capture>> in_order(Captures... captures) {
  std::vector<std::unique_ptr<Capture>> list;
  (list.push_back(std::move(captures)), ...);
  return list;
}
std::unique_ptr<Capture> fake(std::vector<Result> answers, int rate_hz = 8000) {
  return std::make_unique<FakeCapture>(std::move(answers), rate_hz);
}

TEST_F(LiveSourceTest, GoesOnWhenTheMicrophoneComesBack) {
  LiveSource live = source(in_order(fake({Result::kRead}), std::unique_ptr<Capture>(), std::unique_ptr<Capture>(),
                                    fake({Result::kRead, Result::kRead})));
  EXPECT_FALSE(live.next().gap);
  const SoundSource::Block after = live.next();
  EXPECT_TRUE(after.gap);
  EXPECT_FALSE(after.samples.empty());
  EXPECT_EQ(waits_, 3);
  EXPECT_FALSE(live.next().gap);
  EXPECT_THAT(notices_, ElementsAre("microphone disconnected: fake microphone: unplugged; waiting for it to reconnect",
                                    "microphone reconnected: fake microphone"));
}

TEST_F(LiveSourceTest, CanBeStoppedWhileItWaits) {
  LiveSource live = source(in_order(fake({})));
  stop_after_waits_ = 5;
  EXPECT_TRUE(live.next().end);
  EXPECT_TRUE(live.next().end);
  EXPECT_EQ(waits_, 5);
}

TEST_F(LiveSourceTest, RefusesAnotherRateAfterTheLoss) {
  LiveSource live = source(in_order(fake({}), fake({Result::kRead}, 44100)));
  EXPECT_THAT([&] { live.next(); },
              testing::ThrowsMessage<Error>(HasSubstr("reconnected at 44100 Hz instead of 8000 Hz")));
}

TEST_F(LiveSourceTest, ReportsOverrunsAtMostOnceASecond) {
  LiveSource live = source(in_order(fake(std::vector<Result>(5, Result::kOverrun))));
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(live.next().gap);
    now_ += std::chrono::milliseconds(600);
  }
  ASSERT_EQ(notices_.size(), 3u);
  EXPECT_THAT(notices_[0], HasSubstr("1 overrun on fake microphone so far"));
  EXPECT_THAT(notices_[2], HasSubstr("5 overruns"));
}

TEST_F(LiveSourceTest, NonFiniteSamplesCountAsZero) {
  LiveSource live = source(in_order(fake({Result::kRead, Result::kRead})));
  live.next();
  const SoundSource::Block block = live.next();
  EXPECT_EQ(block.samples[0], 0);
  EXPECT_EQ(block.samples[1], 1);
  EXPECT_EQ(block.samples[2], 0);
}

TEST_F(LiveSourceTest, ReadsAFiftiethOfASecondAtAnyRate) {
  for (const int rate : {8000, 192000}) {
    opened_ = 0;
    EXPECT_EQ(source(in_order(fake({Result::kRead}, rate))).next().samples.size(), static_cast<std::size_t>(rate / 50));
  }
}

}  // namespace
}  // namespace stapes::test
