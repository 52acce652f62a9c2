// SPDX-License-Identifier: Apache-2.0
// feature_file.h: consecutive windows of real values for calibration.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <vector>

#include "compress/quantize.h"

namespace stapes {

class FeatureFile {
 public:
  // Throws Error unless the file holds at least two complete windows of finite float32 values.
  FeatureFile(const std::filesystem::path& path, std::size_t window_values);

  std::size_t count() const { return values_.size() / window_values_; }

  // Windows [first, first + count). Calls `used` after each with the number so far.
  FeatureWindows windows(std::size_t first, std::size_t count, std::function<void(std::size_t)> used = {}) const;

 private:
  std::vector<float> values_;
  std::size_t window_values_;
};

}  // namespace stapes
