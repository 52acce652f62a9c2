// SPDX-License-Identifier: Apache-2.0
#include "data/sample_source.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"

namespace stapes {

SampleSource::SampleSource(ClipSet clips) : clips_(std::move(clips)) {
  const auto differs = [&](const ClipView& clip) { return clip.label != clips_.clips.front().label; };
  if (!std::any_of(clips_.clips.begin(), clips_.clips.end(), differs)) {
    throw UsageError("training needs clips of at least two classes; classes with clips here: {}",
                     clips_.clips.empty() ? 0 : 1);
  }
}

std::size_t SampleSource::batches_per_epoch(int batch_size) const {
  return std::max<std::size_t>(1, clips_.clips.size() / static_cast<std::size_t>(std::max(1, batch_size)));
}

void SampleSource::fill(std::uint32_t epoch, std::size_t first_sample, std::size_t count, std::span<float> values,
                        std::span<float> targets, int threads) const {
  const std::size_t each = values_per_sample(), classes = class_count();
  if (values.size() != count * each || targets.size() != count * classes) {
    throw Error("{} training samples need {} input and {} target values; got {} and {}", count, count * each,
                count * classes, values.size(), targets.size());
  }
  parallel_for(count, threads, [&](std::size_t i) {
    fill_one(epoch, static_cast<std::uint32_t>(first_sample + i), values.subspan(i * each, each),
             targets.subspan(i * classes, classes));
  });
}

}  // namespace stapes
