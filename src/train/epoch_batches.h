// SPDX-License-Identifier: Apache-2.0
// epoch_batches.h: the batches of one epoch as tensors.
#pragma once

#include <optional>

#include "data/batch_stream.h"
#include "train/device_samples.h"
#include "train/tensor_batch.h"

namespace stapes {

class EpochBatches {
 public:
  // The batches of `epoch` on `device`, in order. If `on_device` is null, the CPU prepares them in the background. The
  // arguments must outlive this.
  EpochBatches(const SampleSource& samples, const DeviceSamples* on_device, const NetworkSpec& spec,
               torch::Device device, int epoch, int batch_size);

  // The next batch; empty after the last. Valid until the next call.
  std::optional<TensorBatch> next();

 private:
  const SampleSource& samples_;
  const DeviceSamples* on_device_;
  const NetworkSpec& spec_;
  torch::Device device_;
  std::uint32_t epoch_;
  std::size_t batch_size_, given_ = 0;
  std::optional<BatchStream> stream_;
  Batch batch_;
};

}  // namespace stapes
