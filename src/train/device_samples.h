// SPDX-License-Identifier: Apache-2.0
// device_samples.h: batches of TrainingSamples as tensors on the training device.
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <cstdint>

#include "data/training_samples.h"
#include "train/tensor_batch.h"

namespace stapes {

// Keeps all clips and backgrounds on the device as int16; the host only draws random numbers. Targets and stretched
// clips are bit-identical to TrainingSamples::fill(); waves agree to about 1e-7 of full scale.
class DeviceSamples {
 public:
  // `samples` must outlive this. Throws Error for a clip of 2^31 samples or more; c10::Error if memory runs out.
  DeviceSamples(const TrainingSamples& samples, torch::Device device);

  // Samples [first_sample, first_sample + count) of an epoch. Does not wait for a GPU.
  TensorBatch batch(std::uint32_t epoch, std::size_t first_sample, std::size_t count) const;

 private:
  torch::Tensor with_backgrounds(const torch::Tensor& mixed, const torch::Tensor& backgrounds,
                                 const torch::Tensor& noise_to_signal) const;
  torch::Tensor windows(const torch::Tensor& paths) const;
  torch::Tensor gains_db(const torch::Tensor& waves) const;
  torch::Tensor upload(const torch::Tensor& host) const;

  const TrainingSamples& samples_;
  torch::Device device_;
  torch::Tensor clips_;              // int16, concatenated, backgrounds last
  std::vector<std::int64_t> first_;  // [clip] index of its first sample in clips_
  torch::Tensor hann_, loudness_;    // [frame sample]; [frequency]
};

}  // namespace stapes
