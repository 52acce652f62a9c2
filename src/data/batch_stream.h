// SPDX-License-Identifier: Apache-2.0
// batch_stream.h: prepares the batches of one epoch in background threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/sample_source.h"

namespace stapes {

struct Batch {
  std::vector<float> values;   // [count][values_per_sample]
  std::vector<float> targets;  // [count][class_count]
  int count = 0;
};

// Batches come in order and hold what SampleSource::fill() writes, for any number of threads. Use from one thread; may
// be destroyed at any time.
class BatchStream {
 public:
  // `batches` 0 = floor(clips / batch_size). `threads`: at least 1. `samples` must outlive this.
  BatchStream(const SampleSource& samples, std::uint32_t epoch, int batch_size, int threads = 2,
              std::size_t batches = 0);
  ~BatchStream();

  // False after the last batch. Rethrows exceptions of background threads. Reuses the memory of `batch`: pass the same
  // object every time.
  bool next(Batch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stapes
