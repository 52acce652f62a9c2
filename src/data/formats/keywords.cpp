// SPDX-License-Identifier: Apache-2.0
#include "data/formats/keywords.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <sstream>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "audio/load_clip.h"
#include "base/error.h"
#include "base/philox.h"
#include "base/process.h"

namespace stapes {
namespace {

// The word list of Speech Commands (arXiv:1804.03209), its ten commands first.
constexpr const char* kWords[] = {"yes",    "no",   "up",  "down",     "left",   "right",   "on",    "off",   "stop",
                                  "go",     "zero", "one", "two",      "three",  "four",    "five",  "six",   "seven",
                                  "eight",  "nine", "bed", "bird",     "cat",    "dog",     "happy", "house", "marvin",
                                  "sheila", "tree", "wow", "backward", "follow", "forward", "learn", "visual"};

// Human-sounding voice variants of espeak-ng 1.51, without near-duplicates (iven2, Gene2, ...), which would leak
// between folds.
constexpr const char* kVoices[] = {
    "f1",      "m1",     "f2",      "m2",      "f3",      "m3",      "f4",     "m4",    "f5",       "m5",
    "Alicia",  "m6",     "Andrea",  "m7",      "Annie",   "m8",      "aunty",  "adam",  "belinda",  "Alex",
    "linda",   "Andy",   "grandma", "boris",   "Denis",   "antonio", "caleb",  "david", "benjamin", "Diogo",
    "ed",      "edward", "Gene",    "grandpa", "gustave", "Hugo",    "iven",   "Jacky", "john",     "Lee",
    "marcelo", "Marco",  "Mario",   "max",     "Michael", "michel",  "miguel", "Mike",  "pablo",    "paul"};

// "en" is British English. Do not use en-gb: espeak-ng 1.51 then ignores the voice variant, so test voices would also
// be in the training folds.
constexpr std::array<const char*, 8> kAccents = {"en",         "en-us",          "en-gb-scotland", "en-gb-x-gbclan",
                                                 "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029",         "en-us-nyc"};
constexpr std::size_t kAccentsPerVoice = 4;
constexpr int kKeywordFolds = 5;
constexpr const char* kInstallEspeak = "install the Debian package espeak-ng (apt-get install espeak-ng)";

// The first kAccentsPerVoice of a shuffled list.
std::array<std::size_t, kAccentsPerVoice> draw_accents(std::uint64_t seed, std::size_t voice) {
  Philox random(seed, Philox::Purpose::kData, static_cast<std::uint32_t>(voice), 0xFFFFFFFF);
  std::array<std::size_t, kAccents.size()> order;
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::array<std::size_t, kAccentsPerVoice> drawn;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    std::swap(order[i], order[i + random.below(static_cast<std::uint32_t>(order.size() - i))]);
    drawn[i] = order[i];
  }
  return drawn;
}

// espeak-ng silently replaces a missing voice with its default.
void check_voices(int voices) {
  const std::vector<std::byte> listed = run_program({"espeak-ng", "--voices=variant"}, kInstallEspeak);
  std::istringstream text(std::string(reinterpret_cast<const char*>(listed.data()), listed.size()));
  const std::unordered_set<std::string> there{std::istream_iterator<std::string>(text), {}};
  for (int v = 0; v < voices; ++v) {
    if (!there.contains(fmt::format("!v/{}", kVoices[v]))) {
      throw Error("this espeak-ng has no voice \"{}\"; expected the voices of version 1.51; {}", kVoices[v],
                  kInstallEspeak);
    }
  }
}

std::vector<std::int16_t> speak(const Utterance& utterance, const std::string& name, int sample_rate_hz) {
  const std::vector<std::byte> wav = run_program(
      {"espeak-ng", "-v", utterance.accent + "+" + utterance.voice, "-s", fmt::to_string(utterance.words_per_minute),
       "-p", fmt::to_string(utterance.pitch), "--stdout", utterance.word},
      kInstallEspeak);
  AudioReader reader(wav, name);
  return load_clip(reader, name, sample_rate_hz);
}

}  // namespace

int max_keyword_classes() { return static_cast<int>(std::size(kWords)); }
int max_keyword_voices() { return static_cast<int>(std::size(kVoices)); }

std::vector<Utterance> plan_utterances(const KeywordOptions& keywords) {
  if (keywords.classes < 2 || keywords.classes > max_keyword_classes()) {
    throw UsageError("number of keyword classes {} is out of range; expected 2 to {}", keywords.classes,
                     max_keyword_classes());
  }
  if (keywords.voices < 1 || keywords.voices > max_keyword_voices()) {
    throw UsageError("number of voices {} is out of range; expected 1 to {}", keywords.voices, max_keyword_voices());
  }
  std::vector<Utterance> plan;
  for (std::size_t word = 0; word < static_cast<std::size_t>(keywords.classes); ++word) {
    for (std::size_t voice = 0; voice < static_cast<std::size_t>(keywords.voices); ++voice) {
      for (const std::size_t accent : draw_accents(keywords.seed, voice)) {
        Philox random(keywords.seed, Philox::Purpose::kData, static_cast<std::uint32_t>(voice),
                      static_cast<std::uint32_t>(word * kAccents.size() + accent));
        const int words_per_minute = 150 + static_cast<int>(random.below(61));
        const int pitch = 35 + static_cast<int>(random.below(41));
        plan.push_back({kWords[word], kVoices[voice], kAccents[accent], words_per_minute, pitch});
      }
    }
  }
  return plan;
}

ImportReport render_keywords(const KeywordOptions& keywords, const std::filesystem::path& out,
                             const ImportOptions& options) {
  refuse_existing(out, options.existing);
  const std::vector<Utterance> utterances = plan_utterances(keywords);
  check_voices(keywords.voices);
  ImportPlan plan{.format = "keywords", .labels = {}, .clips = {}, .skipped = {}, .keep_empty_labels = false};
  plan.labels.assign(kWords, kWords + keywords.classes);
  const std::size_t per_word = utterances.size() / static_cast<std::size_t>(keywords.classes);
  for (std::size_t i = 0; i < utterances.size(); ++i) {
    const Utterance& u = utterances[i];
    const int voice = static_cast<int>(i % per_word / kAccentsPerVoice);
    plan.clips.push_back({.info = {.name = u.word + "/" + u.voice + "/" + u.accent,
                                   .source = u.voice,
                                   .label = static_cast<int>(i / per_word),
                                   .fold = voice % kKeywordFolds + 1},
                          .file = {},
                          .number = i});
  }
  return write_data_set(
      std::move(plan),
      [&](const ClipPlan& clip) { return speak(utterances[clip.number], clip.info.name, options.sample_rate_hz); }, out,
      options);
}

}  // namespace stapes
