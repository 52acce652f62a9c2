#include "train/epoch_batches.h"

namespace stapes {
namespace {

torch::Tensor borrow(std::vector<float>& values, std::initializer_list<std::int64_t> shape) {
  return torch::from_blob(values.data(), shape, torch::kFloat32);
}

}  // namespace

EpochBatches::EpochBatches(const TrainingSamples& samples, const DeviceSamples* on_device, int epoch, int batch_size)
    : samples_(samples),
      on_device_(on_device),
      epoch_(static_cast<std::uint32_t>(epoch)),
      batch_size_(static_cast<std::size_t>(batch_size)) {
  if (on_device_ == nullptr) stream_.emplace(samples, epoch_, batch_size);
}

std::optional<TensorBatch> EpochBatches::next() {
  if (stream_) {
    if (!stream_->next(batch_)) return std::nullopt;
    const auto classes = static_cast<std::int64_t>(samples_.class_count());
    return TensorBatch{borrow(batch_.waves, {batch_.count, 1, 1, samples_.spec().window_samples}),
                       borrow(batch_.targets, {batch_.count, classes})};
  }
  if (given_ == samples_.batches_per_epoch(static_cast<int>(batch_size_))) return std::nullopt;
  return on_device_->batch(epoch_, given_++ * batch_size_, batch_size_);
}

}  // namespace stapes
