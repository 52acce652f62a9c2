// SPDX-License-Identifier: Apache-2.0
#include "train/epoch_batches.h"

namespace stapes {
namespace {

// A GPU trains faster than two threads can prepare images.
constexpr int kThreadsForCpu = 2, kThreadsForGpu = 8;

}  // namespace

EpochBatches::EpochBatches(const SampleSource& samples, const DeviceSamples* on_device, const NetworkSpec& spec,
                           torch::Device device, int epoch, int batch_size)
    : samples_(samples),
      on_device_(on_device),
      spec_(spec),
      device_(device),
      epoch_(static_cast<std::uint32_t>(epoch)),
      batch_size_(static_cast<std::size_t>(batch_size)) {
  if (on_device_ == nullptr) {
    stream_.emplace(samples, epoch_, batch_size, device.is_cpu() ? kThreadsForCpu : kThreadsForGpu);
  }
}

std::optional<TensorBatch> EpochBatches::next() {
  if (stream_) {
    if (!stream_->next(batch_)) return std::nullopt;
    const TensorBatch host = as_tensors(batch_, spec_);
    return TensorBatch{host.values.to(device_), host.targets.to(device_)};
  }
  if (given_ == samples_.batches_per_epoch(static_cast<int>(batch_size_))) return std::nullopt;
  return on_device_->batch(epoch_, given_++ * batch_size_, batch_size_);
}

}  // namespace stapes
