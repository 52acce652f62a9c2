// SPDX-License-Identifier: Apache-2.0
#include "train/device_samples.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "audio/a_weighting.h"
#include "audio/mix_at_snr.h"
#include "audio/pcm16.h"
#include "audio/stretch.h"
#include "base/error.h"

namespace stapes {
namespace {

// A read-only tensor of `values`, without a copy.
template <class T>
torch::Tensor borrow(std::span<const T> values) {
  return torch::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())},
                          torch::CppTypeToScalarType<T>::value);
}

enum PathRow : std::int64_t { kClipFirst, kClipLast, kBegin, kEnd, kPosition, kStep, kPathRows };

void write_path(const ClipView& clip, std::int64_t clip_first, const WindowDraw& draw, std::size_t window_samples,
                std::int64_t* out, std::int64_t row) {
  const StretchPath path = stretch_path(clip.samples.size(), draw.stretch, draw.first, window_samples);
  out[kClipFirst * row] = clip_first;
  out[kClipLast * row] = static_cast<std::int64_t>(clip.samples.size()) - 1;
  out[kBegin * row] = path.begin;
  out[kEnd * row] = path.end;
  out[kPosition * row] = static_cast<std::int64_t>(path.position);
  out[kStep * row] = static_cast<std::int64_t>(path.step);
}

// mix_weights() of audio/between_class.h times the gain: [2][count], first sounds a, then sounds b. Arguments are
// [count], double.
torch::Tensor mix_weights(const torch::Tensor& gain_a_db, const torch::Tensor& gain_b_db, const torch::Tensor& ratio,
                          const torch::Tensor& gain) {
  const torch::Tensor louder = torch::pow(10.0, (gain_a_db - gain_b_db) / 20.0);
  const torch::Tensor t = 1.0 / (1.0 + louder * (1.0 - ratio) / ratio);
  const torch::Tensor shares = torch::stack({t, 1.0 - t});
  const torch::Tensor norm = torch::sqrt(t * t + (1.0 - t) * (1.0 - t));
  return (shares / norm).to(torch::kFloat32) * gain.to(torch::kFloat32);
}

}  // namespace

DeviceSamples::DeviceSamples(const TrainingSamples& samples, torch::Device device)
    : samples_(samples), device_(device) {
  std::vector<std::span<const std::int16_t>> all;
  std::int64_t total = 0;
  for (const ClipSet* set : {&samples.clips(), &samples.backgrounds().clips}) {
    for (const ClipView& clip : set->clips) {
      if (clip.samples.size() > std::numeric_limits<std::int32_t>::max()) {
        throw Error("clip {} has {} samples, too many for training on a GPU; cut it into shorter clips", clip.name,
                    clip.samples.size());
      }
      first_.push_back(total);
      total += static_cast<std::int64_t>(clip.samples.size());
      all.push_back(clip.samples);
    }
  }
  clips_ = torch::empty({total}, torch::dtype(torch::kInt16).device(device));
  for (std::size_t i = 0; i < first_.size(); ++i) {
    clips_.narrow(0, first_[i], static_cast<std::int64_t>(all[i].size())).copy_(borrow(all[i]));
  }
  const AWeighting loudness(samples.clips().sample_rate_hz);
  hann_ = borrow(loudness.window()).to(device, /*non_blocking=*/false, /*copy=*/true);
  loudness_ = borrow(loudness.weights()).to(device, /*non_blocking=*/false, /*copy=*/true);
}

torch::Tensor DeviceSamples::upload(const torch::Tensor& host) const {
  if (!device_.is_cuda()) return host;
  return host.pin_memory().to(device_, /*non_blocking=*/true);  // a copy from pageable memory would wait for the GPU
}

// Bit-identical to stretched_window() in audio/stretch.h. paths [kPathRows][N] -> [N][window_samples]
torch::Tensor DeviceSamples::windows(const torch::Tensor& paths) const {
  const auto row = [&](PathRow which) { return paths[which].unsqueeze(1); };
  const torch::Tensor place = torch::arange(samples_.spec().window_samples, paths.options()).unsqueeze(0);
  const torch::Tensor inside = (place >= row(kBegin)).logical_and(place < row(kEnd));
  const torch::Tensor position = row(kPosition) + (place - row(kBegin)).clamp_min(0) * row(kStep);
  const torch::Tensor left = torch::minimum(torch::bitwise_right_shift(position, 32), row(kClipLast));
  const torch::Tensor right = torch::minimum(left + 1, row(kClipLast));
  const torch::Tensor fraction =
      torch::bitwise_and(torch::bitwise_right_shift(position, 1), 0x7FFFFFFF).to(torch::kFloat32) * 0x1p-31;
  const torch::Tensor from = clips_.take(left + row(kClipFirst)).to(torch::kFloat32);
  const torch::Tensor to = clips_.take(right + row(kClipFirst)).to(torch::kFloat32);
  return (from + fraction * (to - from)) * (1 / static_cast<double>(kPcm16Scale)) * inside;
}

// AWeighting::gain_db() of each row [N][window_samples] -> [N], double.
torch::Tensor DeviceSamples::gains_db(const torch::Tensor& waves) const {
  const std::int64_t frame = hann_.size(0), missing = std::max<std::int64_t>(0, frame - waves.size(1));
  const torch::Tensor frames = torch::constant_pad_nd(waves, {0, missing}).unfold(1, frame, frame / 2);
  const torch::Tensor spectrum = torch::view_as_real(torch::fft_rfft(frames * hann_));
  const torch::Tensor energy = (spectrum.square().sum(-1) * loudness_).sum(-1).amax(1);
  return 10.0 * torch::log10(energy.to(torch::kFloat64).clamp_min(1e-8));
}

// Adds backgrounds to each row [N][window_samples] like mix_at_snr(), in double except for the mix. noise_to_signal
// [N]: 0 for samples without background.
torch::Tensor DeviceSamples::with_backgrounds(const torch::Tensor& mixed, const torch::Tensor& backgrounds,
                                              const torch::Tensor& noise_to_signal) const {
  const torch::Tensor power = mixed.to(torch::kFloat64).square().mean(1);
  const torch::Tensor background_power = backgrounds.to(torch::kFloat64).square().mean(1);
  const torch::Tensor audible = (power > 0).logical_and(background_power > 0);
  const torch::Tensor sound = torch::rsqrt(1.0 + noise_to_signal * audible);
  const torch::Tensor background =
      sound * torch::sqrt(noise_to_signal * audible * power / torch::where(audible, background_power, power + 1.0));
  return sound.to(torch::kFloat32).unsqueeze(1) * mixed + background.to(torch::kFloat32).unsqueeze(1) * backgrounds;
}

TensorBatch DeviceSamples::batch(std::uint32_t epoch, std::size_t first_sample, std::size_t count) const {
  const torch::NoGradGuard no_gradient;
  const bool mixes = !samples_.backgrounds().empty();
  const auto n = static_cast<std::int64_t>(count), rows = mixes ? 3 * n : 2 * n;
  const torch::Tensor paths = torch::empty({kPathRows, rows}, torch::kInt64);      // sounds a, sounds b, backgrounds
  const torch::Tensor shares = torch::empty({mixes ? 3 : 2, n}, torch::kFloat64);  // ratio, gain, noise to signal
  const torch::Tensor targets = torch::zeros({n, static_cast<std::int64_t>(samples_.class_count())});
  auto* path = paths.data_ptr<std::int64_t>();
  auto* share = shares.data_ptr<double>();
  auto* target = targets.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    const SampleDraw draw =
        samples_.draw(epoch, static_cast<std::uint32_t>(first_sample) + static_cast<std::uint32_t>(i));
    const ClipView &a = samples_.clips().clips[draw.a.clip], &b = samples_.clips().clips[draw.b.clip];
    write_path(a, first_[draw.a.clip], draw.a, samples_.window_samples(), path + i, rows);
    write_path(b, first_[draw.b.clip], draw.b, samples_.window_samples(), path + n + i, rows);
    share[i] = draw.ratio;
    share[n + i] = draw.gain;
    target[i * targets.size(1) + a.label] = static_cast<float>(draw.ratio);
    target[i * targets.size(1) + b.label] = static_cast<float>(1.0 - draw.ratio);
    if (!mixes) continue;
    const BackgroundDraw none{.clip = 0, .first = 0, .snr_db = std::numeric_limits<double>::infinity()};
    const BackgroundDraw background = draw.background.value_or(none);
    write_path(samples_.backgrounds().clips.clips[background.clip],
               first_[samples_.clips().clips.size() + background.clip], {background.clip, 1, background.first},
               samples_.window_samples(), path + 2 * n + i, rows);
    share[2 * n + i] = noise_to_signal(background.snr_db);
  }
  const torch::Tensor waves = windows(upload(paths)), drawn = upload(shares);
  const torch::Tensor gains = gains_db(waves.narrow(0, 0, 2 * n));
  const torch::Tensor weights = mix_weights(gains.narrow(0, 0, n), gains.narrow(0, n, n), drawn[0], drawn[1]);
  torch::Tensor mixed =
      weights[0].unsqueeze(1) * waves.narrow(0, 0, n) + weights[1].unsqueeze(1) * waves.narrow(0, n, n);
  if (mixes) mixed = with_backgrounds(mixed, waves.narrow(0, 2 * n, n), drawn[2]);
  return {mixed.view({n, 1, 1, -1}), upload(targets)};
}

}  // namespace stapes
