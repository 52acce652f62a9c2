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

// Calls use(first, end, windows of clips [first, end)) until all clips have had their turn.
template <class Use>
void for_windows_of(const ClipSet& clips, const NetworkSpec& spec, Protocol protocol, const Use& use) {
  const std::size_t step = clips_per_forward(protocol);
  for (std::size_t first = 0; first < clips.clips.size(); first += step) {
    const std::size_t end = std::min(first + step, clips.clips.size());
    use(first, end, stack_windows(clips, first, end, spec, protocol));
  }
}

// Logits on the processor.
torch::Tensor evaluated(NetworkModule& module, const torch::Tensor& input) {
  const torch::NoGradGuard no_gradient;
  module->eval();
  return module->forward(input.to(module->parameters().front().device())).to(torch::kCPU);
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
  const int classes = module->spec().class_count;
  const std::size_t row = static_cast<std::size_t>(windows_per_clip(protocol) * classes);
  Evaluation result(classes);
  for_windows_of(clips, module->spec(), protocol, [&](std::size_t first, std::size_t end, const torch::Tensor& input) {
    const torch::Tensor logits = evaluated(module, input).contiguous();
    const std::span all(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    for (std::size_t i = first; i < end; ++i) {
      result.add(clips.clips[i].label, predicted_class(all.subspan((i - first) * row, row), classes));
    }
  });
  return result;
}

double mean_divergence(NetworkModule& network, NetworkModule& reference, const ClipSet& clips, Protocol asked) {
  double sum = 0;
  std::int64_t windows = 0;
  for_windows_of(clips, network->spec(), protocol_for(clips, asked), [&](std::size_t, std::size_t, const auto& input) {
    const torch::Tensor wanted = torch::log_softmax(evaluated(reference, input), 1);
    const torch::Tensor given = torch::log_softmax(evaluated(network, input), 1);
    sum += (wanted.exp() * (wanted - given)).sum().template item<double>();
    windows += input.size(0);
  });
  return sum / static_cast<double>(windows);
}

}  // namespace stapes
