// SPDX-License-Identifier: Apache-2.0
// data_set_writer.h: writes a data-set file clip by clip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/feature_size.h"
#include "base/files.h"
#include "base/image_size.h"
#include "data/sample_spool.h"

namespace stapes {

struct ClipInfo {
  std::string name;    // unique
  std::string source;  // recording or voice
  int label = 0;       // index into the labels passed to finish()
  int fold = 1;        // 1, 2, ...
};

class DataSetWriter {
 public:
  // Throws Error if `path` exists and must not be replaced, or cannot be written.
  DataSetWriter(const std::filesystem::path& path, Existing existing);
  ~DataSetWriter();  // without finish(): leaves no file

  // Adds a clip of at least one sample. A feature value takes two samples (features/feature_values.h).
  void add(const ClipInfo& clip, std::span<const std::int16_t> samples);
  void add(const ClipInfo& clip, const SampleSpool& samples);

  // Writes the index and makes the file visible. Returns the data set's hash, 16 hex digits.
  //   sample_rate_hz  0 for images and features
  //   image           empty for sound and features
  //   features        empty for sound and images
  std::string finish(const std::string& format, int sample_rate_hz, const std::vector<std::string>& labels,
                     const std::optional<ImageSize>& image = {}, const std::optional<FeatureSize>& features = {});

 private:
  struct State;
  using Pieces = std::function<void(const std::function<void(std::span<const std::int16_t>)>&)>;
  void add(const ClipInfo& clip, std::size_t sample_count, const Pieces& give);

  std::unique_ptr<State> state_;
};

}  // namespace stapes
