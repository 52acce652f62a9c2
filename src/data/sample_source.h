// SPDX-License-Identifier: Apache-2.0
// sample_source.h: training samples of any kind of clip, generated on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/data_set.h"

namespace stapes {

// Sample i of epoch e depends only on this object, e and i. Immutable: any number of threads may call fill().
class SampleSource {
 public:
  virtual ~SampleSource() = default;

  const ClipSet& clips() const { return clips_; }
  std::size_t class_count() const { return clips_.labels.size(); }
  virtual std::size_t values_per_sample() const = 0;

  // floor(clips / batch_size), at least 1.
  std::size_t batches_per_epoch(int batch_size) const;

  // Samples [first_sample, first_sample + count) of an epoch. Throws Error for buffers of the wrong size.
  //   values   [count][values_per_sample]; the derived class defines their meaning
  //   targets  [count][class_count], each row sums to 1
  //   threads  0 = all
  void fill(std::uint32_t epoch, std::size_t first_sample, std::size_t count, std::span<float> values,
            std::span<float> targets, int threads) const;

 protected:
  // The clips' DataSet must outlive this. Throws UsageError if fewer than two classes have clips.
  explicit SampleSource(ClipSet clips);
  SampleSource(const SampleSource&) = default;
  SampleSource(SampleSource&&) = default;
  SampleSource& operator=(const SampleSource&) = default;
  SampleSource& operator=(SampleSource&&) = default;

 private:
  virtual void fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> values,
                        std::span<float> target) const = 0;

  ClipSet clips_;
};

}  // namespace stapes
