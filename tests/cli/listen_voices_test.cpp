// SPDX-License-Identifier: Apache-2.0
// The commands of docs/guides/listening.md, from training on the built-in voices to counting detections.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "audio/load_clip.h"
#include "cli/run_program.h"
#include "support/audio_files.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

constexpr int kVoiceRateHz = 16000;

struct Spoken {
  std::string word;
  double begin, end;  // seconds
};

// Words spoken by a voice of the test fold, one second apart.
std::vector<Spoken> write_words(const std::filesystem::path& recording, const TempDir& folder) {
  std::vector<float> sound(kVoiceRateHz, 0.0f);
  std::vector<Spoken> spoken;
  for (const char* word : {"yes", "no", "no", "yes"}) {
    const std::string file = (folder / "word.wav").string();
    EXPECT_EQ(
        run_program("/usr/bin/env", {"espeak-ng", "-v", "en+m3", "-s", "170", "-p", "50", "-w", file, word}).status, 0);
    const std::vector<std::int16_t> clip = load_clip(file, kVoiceRateHz);
    const double begin = static_cast<double>(sound.size()) / kVoiceRateHz;
    for (const std::int16_t sample : clip) sound.push_back(static_cast<float>(sample) / 32768.0f);
    spoken.push_back({word, begin, static_cast<double>(sound.size()) / kVoiceRateHz});
    sound.insert(sound.end(), kVoiceRateHz, 0.0f);
  }
  write_audio(recording, sound, kVoiceRateHz);
  return spoken;
}

TEST(ListenToVoices, DetectsTheWordsThatAreSpokenAndCountsThem) {
#ifndef STAPES_HAS_TRAINING
  GTEST_SKIP() << "this build has no stapes-train";
#endif
  const TempDir folder;
  const auto path = [&](const char* name) { return (folder / name).string(); };
  const std::vector<std::vector<std::string>> commands = {
      {"data", "keywords", "--classes", "2", "-o", path("voices.data")},
      {"train", path("voices.data"), "--model", "micro-acdnet", "--samples", "8000", "--epochs", "30", "--fold", "1",
       "--threads", "2", "-q", "-o", path("run")},
      {"quantize", path("run"), "--data", path("voices.data"), "--fold", "1", "-o", path("int8.stapes"), "-q"},
      {"listen", path("int8.stapes"), "--threshold", "0.6", "--average", "100", "--latency", "50", "--count", "2",
       "--suppress", "700", "--save", path("tuned.stapes")}};
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = run_stapes(command);
    ASSERT_EQ(outcome.status, 0) << command.front() << ": " << outcome.err;
  }
  const std::vector<Spoken> spoken = write_words(folder / "words.wav", folder);
  const Outcome heard = run_stapes({"listen", path("tuned.stapes"), path("words.wav"), "--json"});
  ASSERT_EQ(heard.status, 0) << heard.err;
  std::istringstream lines(heard.out);
  std::vector<nlohmann::json> detections;
  for (std::string line; std::getline(lines, line);) detections.push_back(nlohmann::json::parse(line));
  for (const Spoken& word : spoken) {
    // A window is half a second.
    const bool found = std::ranges::any_of(detections, [&](const nlohmann::json& d) {
      return d.at("label") == word.word && d.at("time") > word.begin && d.at("time") < word.end + 0.6;
    });
    EXPECT_TRUE(found) << word.word << " at " << word.begin << " s; heard:\n" << heard.out;
  }
  // The same words as events, and the held-out clips over noise.
  std::string events = "start_s,end_s,label\n";
  for (const Spoken& word : spoken) events += fmt::format("{},{},{}\n", word.begin, word.end, word.word);
  write_text_file(folder / "words.csv", events, Existing::kRefuse);
  const auto curve = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"eval-detector", path("tuned.stapes"), "--json"});
    const Outcome outcome = run_stapes(more);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  };
  const nlohmann::json words = curve({path("words.wav")});
  EXPECT_EQ(words.at("events"), 4);
  EXPECT_EQ(words.at("curve")[60].at("misses"), 0) << "as listened to above";
  write_audio(folder / "noise.wav", TinyRandom(3).floats(120 * kVoiceRateHz, 0.01), kVoiceRateHz);
  const nlohmann::json mixed = curve({"--background", path("noise.wav"), "--data", path("voices.data"), "--fold", "1",
                                      "--every", "1.5", "--snr", "30"});
  EXPECT_GT(mixed.at("clips").at("placed").get<int>(), 30);
  EXPECT_LT(mixed.at("curve")[60].at("miss_rate").get<double>(), 0.5);
  EXPECT_EQ(mixed.at("curve")[100].at("false_accepts"), 0);
}

}  // namespace
}  // namespace stapes::test
