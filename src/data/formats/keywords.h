// SPDX-License-Identifier: Apache-2.0
// keywords.h: the built-in data set: words spoken by espeak-ng in many voices.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

inline constexpr int kKeywordRateHz = 16000;

struct KeywordOptions {
  int classes = 10;  // the first words of a fixed list: yes no up down ...
  int voices = 50;   // the first voices of a fixed list
  std::uint64_t seed = 1;
};

int max_keyword_classes();
int max_keyword_voices();

// Renders classes x voices x 4 clips: each voice speaks each word in 4 of 8 English accents. Source = voice; fold =
// voice number % 5 + 1. A clip depends only on (seed, word, voice) and the espeak-ng version. Throws Error naming the
// Debian package if espeak-ng or a voice is missing; UsageError for numbers out of range.
ImportReport render_keywords(const KeywordOptions& keywords, const std::filesystem::path& out,
                             const ImportOptions& options);

// How one clip is spoken; public for tests.
struct Utterance {
  std::string word, voice, accent;
  int words_per_minute, pitch;
};
std::vector<Utterance> plan_utterances(const KeywordOptions& keywords);

}  // namespace stapes
