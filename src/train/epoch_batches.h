// epoch_batches.h: the batches of one epoch as tensors, from wherever they are made.
#pragma once

#include <optional>

#include "data/batch_stream.h"
#include "train/device_samples.h"

namespace stapes {

class EpochBatches {
 public:
  // All batches of `epoch`, in order. `on_device` null: the processor prepares them in the background and they lie in
  // its memory; else they are computed on that device. What is given must outlive this.
  EpochBatches(const TrainingSamples& samples, const DeviceSamples* on_device, int epoch, int batch_size);

  // The next batch, or nothing after the last one. Valid until the next call.
  std::optional<TensorBatch> next();

 private:
  const TrainingSamples& samples_;
  const DeviceSamples* on_device_;
  std::uint32_t epoch_;
  std::size_t batch_size_, given_ = 0;
  std::optional<BatchStream> stream_;
  Batch batch_;
};

}  // namespace stapes
