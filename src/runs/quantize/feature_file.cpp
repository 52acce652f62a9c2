// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/feature_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "base/error.h"
#include "base/files.h"

namespace stapes {

FeatureFile::FeatureFile(const std::filesystem::path& path, std::size_t window_values) : window_values_(window_values) {
  const std::vector<std::byte> bytes = read_file(path);
  if (bytes.size() < 2 * window_values * sizeof(float) || bytes.size() % (window_values * sizeof(float)) != 0) {
    throw Error("{} has {} bytes; expected two or more windows of {} float32 values", path.string(), bytes.size(),
                window_values);
  }
  values_.resize(bytes.size() / sizeof(float));
  std::memcpy(values_.data(), bytes.data(), bytes.size());
  if (!std::ranges::all_of(values_, [](float value) { return std::isfinite(value); })) {
    throw Error("{} contains a NaN or an infinity", path.string());
  }
}

FeatureWindows FeatureFile::windows(std::size_t first, std::size_t count, std::function<void(std::size_t)> used) const {
  return [=, this](const std::function<void(std::span<const float>)>& use) {
    for (std::size_t i = 0; i < count; ++i) {
      use(std::span(values_).subspan((first + i) * window_values_, window_values_));
      if (used) used(i + 1);
    }
  };
}

}  // namespace stapes
