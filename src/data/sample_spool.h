// SPDX-License-Identifier: Apache-2.0
// sample_spool.h: buffers the samples of one clip in memory and in an unnamed file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace stapes {

// A disk failure. Not an Error, since importers skip a clip on Error.
class SpoolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Movable. The file in `folder` disappears however the process ends.
class SampleSpool {
 public:
  static constexpr std::size_t kSamplesInMemory = std::size_t{1} << 20;  // 2 MiB

  explicit SampleSpool(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~SampleSpool();
  SampleSpool(SampleSpool&& other) noexcept;
  SampleSpool& operator=(SampleSpool&& other) noexcept;

  void add(std::span<const std::int16_t> samples);
  std::size_t size() const { return spooled_ + waiting_.size(); }
  std::size_t memory_bytes() const { return waiting_.capacity() * sizeof(std::int16_t); }
  // Passes on all samples in order, in pieces.
  void give(const std::function<void(std::span<const std::int16_t>)>& sink) const;

 private:
  void flush();

  std::filesystem::path folder_;
  std::vector<std::int16_t> waiting_;
  std::size_t spooled_ = 0;  // samples in the file
  int fd_ = -1;
};

}  // namespace stapes
