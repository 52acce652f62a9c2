// SPDX-License-Identifier: Apache-2.0
#include "train/evaluate_module.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "train/tensor_batch.h"

namespace stapes {
namespace {

// Clips [first, end) as network input; sound and images in [-1, 1).
torch::Tensor stack_windows(const ClipSet& clips, std::size_t first, std::size_t end, const NetworkSpec& spec,
                            Protocol protocol) {
  const std::int64_t count = static_cast<std::int64_t>(end - first) * windows_per_clip(protocol);
  torch::Tensor values = torch::empty({count, input_values(spec.input)});
  float* out = values.data_ptr<float>();
  for (std::size_t i = first; i < end; ++i) {
    if (clips.features) {
      out = std::ranges::copy(clips.clips[i].features, out).out;
      continue;
    }
    for (const std::int16_t sample : clip_windows(clips.clips[i].samples, input_values(spec.input), protocol)) {
      *out++ = static_cast<float>(sample) / 32768.0f;
    }
  }
  const std::vector<std::int64_t> shape = input_shape(spec, count);  // channels are innermost
  return values.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2}).contiguous();
}

torch::Device device_of(const NetworkModule& module) { return module->parameters().front().device(); }

std::size_t clips_per_forward(Protocol protocol) {
  constexpr int kMaxWindows = 80;
  return static_cast<std::size_t>(std::max(1, kMaxWindows / windows_per_clip(protocol)));
}

// Calls use(first, end, windows of clips [first, end)) for all clips. On the CPU, threads work on different clips.
template <class Use>
void for_windows_of(const ClipSet& clips, const NetworkModule& module, Protocol protocol, const Use& use) {
  const std::size_t step = clips_per_forward(protocol), count = clips.clips.size();
  const auto batches = static_cast<std::int64_t>((count + step - 1) / step);
  const auto some = [&](std::int64_t first_batch, std::int64_t end_batch) {
    const torch::NoGradGuard no_gradient;  // thread-local
    for (std::int64_t i = first_batch; i < end_batch; ++i) {
      const std::size_t first = static_cast<std::size_t>(i) * step, end = std::min(first + step, count);
      use(first, end, stack_windows(clips, first, end, module->spec(), protocol));
    }
  };
  if (device_of(module).is_cpu()) return at::parallel_for(0, batches, 1, some);
  some(0, batches);
}

torch::Tensor evaluated(NetworkModule& module, const torch::Tensor& input) {
  return module->forward(input.to(device_of(module))).to(torch::kCPU).contiguous();
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
  std::vector<std::vector<double>> probabilities(clips.clips.size());
  module->eval();
  for_windows_of(clips, module, protocol, [&](std::size_t first, std::size_t end, const torch::Tensor& input) {
    const torch::Tensor logits = evaluated(module, input);
    const std::span all(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    for (std::size_t i = first; i < end; ++i) {
      probabilities[i] = mean_softmax(all.subspan((i - first) * row, row), classes);
    }
  });
  Evaluation result(classes);
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    result.add(clips.clips[i].label, std::move(probabilities[i]));
  }
  return result;
}

double mean_divergence(NetworkModule& network, NetworkModule& reference, const ClipSet& clips, Protocol asked) {
  const Protocol protocol = protocol_for(clips, asked);
  std::vector<double> of_clips(clips.clips.size());
  network->eval();
  reference->eval();
  for_windows_of(clips, network, protocol, [&](std::size_t first, std::size_t end, const torch::Tensor& input) {
    const torch::Tensor wanted = torch::log_softmax(evaluated(reference, input), 1);
    const torch::Tensor given = torch::log_softmax(evaluated(network, input), 1);
    const torch::Tensor sums =
        (wanted.exp() * (wanted - given)).view({static_cast<std::int64_t>(end - first), -1}).sum(1);
    for (std::size_t i = first; i < end; ++i) {
      of_clips[i] = sums[static_cast<std::int64_t>(i - first)].item<float>();
    }
  });
  const double sum = std::accumulate(of_clips.begin(), of_clips.end(), 0.0);
  return sum / static_cast<double>(of_clips.size() * static_cast<std::size_t>(windows_per_clip(protocol)));
}

}  // namespace stapes
