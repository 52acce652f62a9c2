// SPDX-License-Identifier: Apache-2.0
#include "spotting/scored_sounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "listen/listened_model.h"
#include "support/audio_files.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ScoredSounds : public testing::Test {
 protected:
  void SetUp() override {
    write_audio(sound_, noise(16000), 8000);
    write_audio(short_, std::vector<float>(100, 0.1f), 8000);
    write("events.csv", "0.5,0.75,yes\n1,1.25,no\n");
  }
  std::filesystem::path write(const char* name, std::string_view text) {
    write_text_file(folder_ / name, text, Existing::kReplace);
    return folder_ / name;
  }
  static fb::ModelT model() {
    fb::ModelT made = tiny_detector();
    made.labels = {"yes", "no"};
    return made;
  }

  TempDir folder_;
  std::filesystem::path sound_ = folder_ / "sound.wav", short_ = folder_ / "short.wav";
  HostDetector detector_{listened_model(model()), {}};
};

TEST_F(ScoredSounds, EventsOfOtherClassesAreOtherSounds) {
  SoundScorer scorer(detector_, wanted_classes(detector_, {"no"}), {});
  const ScoredRecording scored = scorer.recording(sound_, folder_ / "events.csv");
  ASSERT_EQ(scored.events.size(), 1u);
  EXPECT_EQ(scored.events[0].class_index, 1);
  EXPECT_EQ(scored.events[0].start_s, 1);
  EXPECT_EQ(scored.track.samples, 16000u);
  EXPECT_EQ(scored.track.windows(), (16000u - 200) / 48 + 1);
  EXPECT_TRUE(scorer.background(sound_).events.empty());
}

TEST_F(ScoredSounds, WantsTheClassesWhoseThresholdIsNotOff) {
  EXPECT_EQ(wanted_classes(detector_, {}), (std::vector<bool>{true, true}));
  ASSERT_EQ(detector_->set_threshold(0, Detector::kNever), Status::kOk);
  EXPECT_EQ(wanted_classes(detector_, {}), (std::vector<bool>{false, true}));
  EXPECT_EQ(wanted_classes(detector_, {"yes"}), (std::vector<bool>{true, false}));
  EXPECT_THAT([&] { wanted_classes(detector_, {"maybe"}); },
              ThrowsMessage<UsageError>(HasSubstr("unknown class 'maybe'")));
  ASSERT_EQ(detector_->set_threshold(1, Detector::kNever), Status::kOk);
  EXPECT_THAT([&] { wanted_classes(detector_, {}); }, ThrowsMessage<UsageError>(HasSubstr("all thresholds are off")));
}

TEST_F(ScoredSounds, RefusesSoundShorterThanAWindow) {
  SoundScorer scorer(detector_, {true, true}, {});
  EXPECT_THAT([&] { scorer.background(short_); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("short.wav is shorter than a window"), HasSubstr("expected at least 0.025 s"))));
}

TEST_F(ScoredSounds, RefusesEventsThatDoNotFit) {
  SoundScorer scorer(detector_, {true, true}, {});
  EXPECT_THAT(
      [&] { scorer.recording(sound_, write("late.csv", "1,2.5,yes\n")); },
      ThrowsMessage<Error>(HasSubstr("late.csv line 1: the event ends at 2.5 s, but the recording is 2.000 s long")));
  EXPECT_THAT([&] { scorer.recording(sound_, write("odd.csv", "1,2,maybe\n")); },
              ThrowsMessage<Error>(HasSubstr("odd.csv line 1: unknown class 'maybe'")));
  EXPECT_THROW(scorer.recording(sound_, folder_ / "missing.csv"), Error);
}

TEST_F(ScoredSounds, FindsTheEventsBesideARecording) {
  EXPECT_THAT([&] { events_file_of(sound_); },
              ThrowsMessage<Error>(AllOf(HasSubstr("sound.wav has no events"), HasSubstr("--background"))));
  write("sound.txt", "");
  EXPECT_EQ(events_file_of(sound_), folder_ / "sound.txt");
  write("sound.csv", "");
  EXPECT_THAT([&] { events_file_of(sound_); }, ThrowsMessage<Error>(HasSubstr("choose one with --events")));
}

TEST_F(ScoredSounds, ComposesClipsOverBackgrounds) {
  const std::vector<std::int16_t> samples(800, 5000);
  ClipSet clips;
  clips.labels = {"cough", "no"};
  clips.sample_rate_hz = 8000;
  for (int i = 0; i < 4; ++i)
    clips.clips.push_back({.samples = samples, .label = i % 2, .fold = 1, .name = "", .source = ""});
  const std::filesystem::path long_sound = folder_ / "long.wav";
  write_audio(long_sound, noise(20 * 8000), 8000);
  SoundScorer scorer(detector_, {true, true}, {});
  const auto made = scorer.composition({long_sound, sound_}, clips, {.every_s = 1, .seed = 3});
  ASSERT_EQ(made.recordings.size(), 2u);
  EXPECT_EQ(made.placed, 4u);
  EXPECT_EQ(made.left_out, 0u);
  EXPECT_EQ(made.recordings[0].events.size(), 2u) << "a cough is another sound";
  for (const WantedEvent& event : made.recordings[0].events) EXPECT_EQ(event.class_index, 1);
  clips.sample_rate_hz = 16000;
  EXPECT_THAT([&] { scorer.composition({sound_}, clips, {}); },
              ThrowsMessage<Error>(HasSubstr("is at 16000 Hz, but the model takes 8000 Hz")));
  clips.sample_rate_hz = 8000;
  clips.labels = {"cough", "sneeze"};
  EXPECT_THAT([&] { scorer.composition({sound_}, clips, {}); },
              ThrowsMessage<Error>(HasSubstr("the data set has no clips of the classes to detect: yes or no")));
}

}  // namespace
}  // namespace stapes::test
