// SPDX-License-Identifier: Apache-2.0
// survey.h: summarizes a data set and its problems.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"

namespace stapes {

struct ClassSurvey {
  std::string label;
  std::size_t clips = 0;
  double seconds = 0;                       // sound only
  std::vector<std::size_t> clips_per_fold;  // in the order of Survey::folds
};

struct FoldSurvey {
  int fold = 0;
  std::size_t clips = 0, sources = 0;
  double seconds = 0;
};

struct Survey {
  std::string format, hash;
  int sample_rate_hz = 0;
  InputKind kind = InputKind::kSound;  // images and features have no seconds, silence or clipping
  std::optional<ImageSize> image;
  std::optional<FeatureSize> features;
  bool published_split = false;  // folds are kTestPart, ...
  std::size_t clips = 0;
  std::size_t sources = 0;
  std::vector<std::string> straddling_sources;  // sources in more than one fold, as "site3 (folds 1, 2)"
  double seconds = 0;
  double clipped_share = 0;  // share of all samples at full scale (+32767 or -32768)
  std::vector<ClassSurvey> classes;
  std::vector<FoldSurvey> folds;
  // leaks between folds, suspect clips and small classes
  std::vector<std::string> warnings;
};

// Reads all samples and throws like DataSet::check_samples(). `threads` 0 = all. `window_samples`: the network's
// window, 0 if unknown; warns about classes with all clips shorter than a tenth of it.
Survey survey_data_set(const DataSet& data, int threads = 0, int window_samples = 0);

}  // namespace stapes
