// SPDX-License-Identifier: Apache-2.0
// small_acdnet.h: a .pt file of a tiny full-precision ACDNet with random weights: 3 classes, every width 2.
#pragma once

#include <array>
#include <cmath>
#include <string>

#include "base/philox.h"
#include "import/torch_file.h"

namespace stapes::test {

class SmallAcdnetFile {
 public:
  // `prefix`: prepended to every tensor's name.
  explicit SmallAcdnetFile(std::string prefix = "") : prefix_(std::move(prefix)) {
    constexpr std::array<int, 12> kNumbers = {0, 3, 0, 4, 7, 11, 14, 18, 21, 25, 28, 33};  // sfeb 0, 3; then tfeb
    for (std::size_t k = 0; k < kNumbers.size(); ++k) {
      const std::string section = k < 2 ? "sfeb." : "tfeb.";
      const std::int64_t in = k == 0 || k == 2 ? 1 : 2, height = k < 2 || k == 11 ? 1 : 3;
      const std::int64_t width = k == 0 ? 9 : k == 1 ? 5 : height;
      add(section + std::to_string(kNumbers[k]) + ".weight", {2, in, height, width}, -1, 1);
      const std::string norm = section + std::to_string(kNumbers[k] + 1);
      add(norm + ".weight", {2}, 0.5, 1.5);
      add(norm + ".bias", {2}, 0, 1);
      add(norm + ".running_mean", {2}, -0.5, 0.5);
      add(norm + ".running_var", {2}, 0.5, 1.5);
    }
    add("tfeb.38.weight", {3, 2}, -1, 1);
    add("tfeb.38.bias", {3}, -1, 1);
  }

  std::string state_dict() const { return pickled::ordered_dict(pairs_); }  // as pickle opcodes

  std::string bytes() const { return bytes(state_dict()); }

  // As above, for another object that contains the state dict.
  std::string bytes(const std::string& object) const {
    ZipText zip{entries_};
    zip.entries.insert(zip.entries.begin(), {.name = "m/data.pkl", .data = pickled::kBegin + object + pickled::kEnd});
    return zip.file();
  }

 private:
  void add(const std::string& name, const std::vector<std::int64_t>& shape, double low, double high) {
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * shape[i + 1];
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random_.uniform(low, high)));
    const std::string key = std::to_string(entries_.size());
    pairs_ += pickled::text(prefix_ + name) +
              TensorText{.key = key, .storage_count = count, .sizes = shape, .strides = strides}.pickle();
    entries_.push_back({.name = "m/data/" + key, .data = floats(values)});
  }

  Philox random_{11, Philox::Purpose::kTest};
  std::string prefix_, pairs_;
  std::vector<ZipText::Entry> entries_;
};

}  // namespace stapes::test
