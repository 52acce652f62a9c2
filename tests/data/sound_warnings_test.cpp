// SPDX-License-Identifier: Apache-2.0
#include "data/sound_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "data/formats/import.h"
#include "support/audio_files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One wave per channel -> frames.
std::vector<float> interleaved(const std::vector<std::vector<float>>& channels) {
  std::vector<float> frames;
  for (std::size_t i = 0; i < channels[0].size(); ++i) {
    for (const std::vector<float>& channel : channels) frames.push_back(channel[i]);
  }
  return frames;
}

std::vector<float> scaled(std::vector<float> wave, float by) {
  for (float& x : wave) x *= by;
  return wave;
}

struct WarningCase {
  const char* name;
  std::vector<float> wave;
  int rate_hz;
  int channels;
  std::vector<const char*> warnings;  // texts that the warnings must contain
  ImportOptions options = {};
};

class SoundWarningsTest : public testing::TestWithParam<WarningCase> {};

TEST_P(SoundWarningsTest, NameTheClipAndWhatHelps) {
  const WarningCase& given = GetParam();
  const test::TempDir dir;
  ImportPlan plan;
  plan.format = "test";
  plan.labels = {"a", "b"};
  for (int i = 0; i < 2; ++i) {
    const std::string name = plan.labels[static_cast<std::size_t>(i)] + "/x.wav";
    test::write_audio(dir / name, given.wave, given.rate_hz, given.channels, test::kWavFloat);
    plan.clips.push_back({.info = {.name = name, .source = name, .label = i, .fold = 1}, .file = dir / name});
  }
  const ImportReport report = decode_data_set(std::move(plan), dir / "out", given.options);
  EXPECT_EQ(report.clips, 2u);
  std::string all;
  for (const std::string& warning : report.warnings) {
    if (warning.find("one clip") == std::string::npos) all += warning + '\n';
  }
  EXPECT_EQ(all.empty(), given.warnings.empty()) << all;
  for (const char* text : given.warnings) EXPECT_THAT(all, HasSubstr(text));
}

const std::vector<float> kTone = test::sine(32000, 500, 32000);

INSTANTIATE_TEST_SUITE_P(
    Kinds, SoundWarningsTest,
    testing::Values(
        WarningCase{"Sound", kTone, 32000, 1, {}},
        WarningCase{
            "OppositePhase",
            interleaved({kTone, scaled(kTone, -0.9999f)}),
            32000,
            2,
            {"2 clips below -60 dBFS: a/x.wav (-", "when their channels are mixed down: a/x.wav", "--channel left"}},
        WarningCase{
            "OppositePhaseOneChannel", interleaved({kTone, scaled(kTone, -0.9999f)}), 32000, 2, {}, {.channel = {1}}},
        WarningCase{"FourChannelsThatCancel",
                    interleaved({kTone, scaled(kTone, -1), scaled(kTone, 0.001f), scaled(kTone, -0.001f)}),
                    32000,
                    4,
                    {"2 silent clips", "--channel left"}},
        WarningCase{"Quiet", scaled(kTone, 0.0005f), 32000, 1, {"2 clips below -60 dBFS"}},
        WarningCase{
            "BatCall",
            test::sine(125000, 45000, 250000),
            250000,
            1,
            {"when they are resampled to 20000 Hz: a/x.wav", "dB, from 250000 Hz", "--sample-rate, up to 250000 Hz"}},
        WarningCase{"InsectAboveTheBand", test::sine(96000, 13000, 96000), 96000, 1, {"--sample-rate, up to 96000 Hz"}},
        WarningCase{"BatCallAtItsRate", test::sine(125000, 45000, 250000), 250000, 1, {}, {.sample_rate_hz = 250000}},
        WarningCase{
            "Bias", std::vector<float>(22050, 0.25f), 44100, 1, {"2 constant clips (one value throughout): a/x.wav"}},
        WarningCase{"NegativeBias", std::vector<float>(5000, -1.0f), 20000, 1, {"2 constant clips"}},
        WarningCase{"DeadStereo", std::vector<float>(20000, 0.125f), 20000, 2, {"2 constant clips"}},
        WarningCase{"Silence", std::vector<float>(20000), 20000, 1, {"2 silent clips"}},
        WarningCase{"Brief",
                    test::sine(2000, 500, 20000),
                    20000,
                    1,
                    {"2 classes with all clips shorter than 0.151 s", "a (longest 0.1"},
                    {.window_samples = 30225}},
        WarningCase{"LongEnough", test::sine(3100, 500, 20000), 20000, 1, {}, {.window_samples = 30225}}),
    [](const auto& info) { return info.param.name; });

TEST(SoundWarnings, AClassWithOneLongClipIsNotTooShort) {
  SoundWarnings sound(20000, 30225, 1);
  sound.add("short", 0, {.samples = 10});
  sound.add("long", 0, {.samples = 30000});
  std::vector<std::string> warnings;
  sound.append_to(warnings, {"a"});
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(SoundWarnings, OneValueInTheFileIsConstantWhateverResamplingMakesOfIt) {
  const auto warnings_of = [](const ClipLevels& levels, bool constant_in_the_file) {
    SoundWarnings sound(20000, 0, 1);
    ClipNotes notes;
    notes.source.constant = constant_in_the_file;
    sound.add("a", 0, levels, notes);
    std::vector<std::string> warnings;
    sound.append_to(warnings, {"x"});
    return warnings;
  };
  const ClipLevels loud{.samples = 10, .dbfs = -6}, silent{.samples = 10, .dbfs = -200, .silent = true},
      constant{.samples = 10, .dbfs = -6, .constant = true};
  EXPECT_THAT(warnings_of(loud, false), IsEmpty());
  EXPECT_THAT(warnings_of(loud, true), ElementsAre("1 constant clip (one value throughout): a"));
  EXPECT_THAT(warnings_of(constant, false), ElementsAre("1 constant clip (one value throughout): a"));
  EXPECT_THAT(warnings_of(silent, true), ElementsAre("1 silent clip (all samples 0): a"));
}

TEST(LevelMeter, KnowsWhatIsInAClip) {
  LevelMeter meter;
  std::vector<std::int16_t> square(1000, 16384);
  for (std::size_t i = 0; i < 500; ++i) square[i] = -16384;
  meter.add(std::span(square).first(300));
  meter.add(std::span(square).subspan(300));
  EXPECT_NEAR(meter.levels().dbfs, 20 * std::log10(0.5), 1e-9);
  EXPECT_EQ(meter.levels().samples, 1000u);
  EXPECT_FALSE(meter.levels().constant);
}

TEST(SoundWarnings, AChannelThatAFileLacksSkipsIt) {
  const test::TempDir dir;
  test::write_audio(dir / "in/a/mono.wav", kTone, 32000);
  test::write_audio(dir / "in/a/stereo.wav", interleaved({kTone, scaled(kTone, 0.5f)}), 32000, 2);
  const ImportReport report = import_folders(dir / "in", dir / "out", {.channel = {2}});
  ASSERT_EQ(report.skipped.size(), 1u);
  EXPECT_THAT(report.skipped[0].reason, AllOf(HasSubstr("mono.wav has 1 channel;"), HasSubstr("--channel 2")));
}

}  // namespace
}  // namespace stapes
