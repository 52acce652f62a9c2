#include "train/evaluate_module.h"

#include <algorithm>

namespace stapes {
namespace {

constexpr std::size_t kWindowsPerForward = 80;

// The windows of clips [first, end), one after the other, full scale [-1, 1).
torch::Tensor stack_windows(const ClipSet& clips, std::size_t first, std::size_t end, int window_samples,
                            Protocol protocol) {
  const std::int64_t count = static_cast<std::int64_t>(end - first) * windows_per_clip(protocol);
  torch::Tensor waves = torch::empty({count, 1, 1, window_samples});
  float* out = waves.data_ptr<float>();
  for (std::size_t i = first; i < end; ++i) {
    for (const std::int16_t sample : clip_windows(clips.clips[i].samples, window_samples, protocol)) {
      *out++ = static_cast<float>(sample) / 32768.0f;
    }
  }
  return waves;
}

}  // namespace

Evaluation evaluate_module(Acdnet& module, const ClipSet& clips, Protocol protocol) {
  const torch::NoGradGuard no_gradient;
  module->eval();
  const torch::Device device = module->parameters().front().device();
  const int classes = module->spec().class_count;
  const std::size_t per_clip = static_cast<std::size_t>(windows_per_clip(protocol));
  const std::size_t step = std::max<std::size_t>(1, kWindowsPerForward / per_clip);
  Evaluation result(classes);
  for (std::size_t first = 0; first < clips.clips.size(); first += step) {
    const std::size_t end = std::min(first + step, clips.clips.size());
    const torch::Tensor waves = stack_windows(clips, first, end, module->spec().window_samples, protocol);
    const torch::Tensor logits = module->forward(waves.to(device)).to(torch::kCPU).contiguous();
    const std::size_t row = per_clip * static_cast<std::size_t>(classes);
    const std::span all(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
    for (std::size_t i = first; i < end; ++i) {
      result.add(clips.clips[i].label, decide(all.subspan((i - first) * row, row), classes));
    }
  }
  return result;
}

}  // namespace stapes
