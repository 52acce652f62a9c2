// SPDX-License-Identifier: Apache-2.0
#include "train/evaluate_module.h"

#include <algorithm>

#include "train/tensor_batch.h"

namespace stapes {
namespace {

// The windows of clips [first, end), one after the other, full scale [-1, 1), as the network takes them.
torch::Tensor stack_windows(const ClipSet& clips, std::size_t first, std::size_t end, const NetworkSpec& spec,
                            Protocol protocol) {
  const std::int64_t count = static_cast<std::int64_t>(end - first) * windows_per_clip(protocol);
  torch::Tensor values = torch::empty({count, input_values(spec.input)});
  float* out = values.data_ptr<float>();
  for (std::size_t i = first; i < end; ++i) {
    for (const std::int16_t sample : clip_windows(clips.clips[i].samples, input_values(spec.input), protocol)) {
      *out++ = static_cast<float>(sample) / 32768.0f;
    }
  }
  const std::vector<std::int64_t> shape = input_shape(spec, count);  // of an image the pixels lie channel innermost
  return values.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2}).contiguous();
}

std::size_t clips_per_forward(Protocol protocol) {
  constexpr int kMostWindows = 80;
  return static_cast<std::size_t>(std::max(1, kMostWindows / windows_per_clip(protocol)));
}

}  // namespace

std::set<int> windows_per_forward(const ClipSet& clips, Protocol asked) {
  const Protocol protocol = protocol_for(clips, asked);
  const std::size_t step = clips_per_forward(protocol), count = clips.clips.size();
  std::set<int> sizes;
  for (const std::size_t size : {std::min(step, count), count % step}) {
    if (size > 0) sizes.insert(static_cast<int>(size) * windows_per_clip(protocol));
  }
  return sizes;
}

Evaluation evaluate_module(NetworkModule& module, const ClipSet& clips, Protocol asked) {
  const Protocol protocol = protocol_for(clips, asked);
  const torch::NoGradGuard no_gradient;
  module->eval();
  const torch::Device device = module->parameters().front().device();
  const int classes = module->spec().class_count;
  const std::size_t per_clip = static_cast<std::size_t>(windows_per_clip(protocol)), step = clips_per_forward(protocol);
  Evaluation result(classes);
  for (std::size_t first = 0; first < clips.clips.size(); first += step) {
    const std::size_t end = std::min(first + step, clips.clips.size());
    const torch::Tensor input = stack_windows(clips, first, end, module->spec(), protocol);
    const torch::Tensor logits = module->forward(input.to(device)).to(torch::kCPU).contiguous();
    const std::size_t row = per_clip * static_cast<std::size_t>(classes);
    const std::span all(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    for (std::size_t i = first; i < end; ++i) {
      result.add(clips.clips[i].label, predicted_class(all.subspan((i - first) * row, row), classes));
    }
  }
  return result;
}

}  // namespace stapes
