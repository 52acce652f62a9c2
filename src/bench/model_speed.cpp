// SPDX-License-Identifier: Apache-2.0
#include "bench/model_speed.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "base/parallel.h"
#include "base/philox.h"
#include "bench/layer_clock.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

RunTimes times_of(std::vector<double> runs) {
  const auto middle = runs.begin() + static_cast<std::ptrdiff_t>(runs.size() / 2);
  std::nth_element(runs.begin(), middle, runs.end());
  return {.median_seconds = *middle, .min_seconds = *std::min_element(runs.begin(), runs.end())};
}

// Noise has few zeros, which kernels could skip.
std::vector<std::int16_t> noise(std::size_t samples) {
  Philox random(1, Philox::Purpose::kTest);
  std::vector<std::int16_t> wave(samples);
  for (std::int16_t& sample : wave) sample = static_cast<std::int16_t>(static_cast<int>(random.below(65536)) - 32768);
  return wave;
}

LayerSpeed with_bound(const LayerWork& work, const MachinePeaks& peaks) {
  const double rate = work.macs > 0 ? peaks.macs_per_second(work.isa, work.unit) : 0;
  const double arithmetic = work.macs > 0 ? static_cast<double>(work.macs) / rate : 0;
  const double traffic = static_cast<double>(work.bytes) / peaks.bytes_per_second(work.isa);
  return {.work = work, .time = {}, .bound_seconds = std::max(arithmetic, traffic), .peak_macs_per_second = rate};
}

// Each thread runs windows until the time is up.
double windows_per_second(const std::shared_ptr<const HostModel>& model, const std::vector<std::int16_t>& wave,
                          const SpeedOptions& options) {
  std::vector<int> windows(static_cast<std::size_t>(options.threads));
  const Clock::time_point start = Clock::now();
  parallel_for(windows.size(), options.threads, [&](std::size_t thread) {
    HostClassifier classifier(model);
    while (windows[thread] < kMinRounds || seconds_since(start) < options.seconds) {
      classifier.run_pcm(wave);
      ++windows[thread];
    }
  });
  return std::accumulate(windows.begin(), windows.end(), 0) / seconds_since(start);
}

}  // namespace

double LayerSpeed::macs_per_second() const {
  return time.median_seconds > 0 ? static_cast<double>(work.macs) / time.median_seconds : 0;
}

ModelSpeed measure_speed(const std::shared_ptr<const HostModel>& model, const MachinePeaks& peaks,
                         const SpeedOptions& options) {
  const std::vector<std::int16_t> wave = noise(static_cast<std::size_t>(model->file().model().window_samples()));
  HostClassifier classifier(model);
  LayerClock clock(model);
  classifier.run_pcm(wave);
  clock.time_window(wave);

  // Alternates windows without and with layer timing, so that both see the same machine state.
  std::vector<double> windows;
  std::vector<std::vector<double>> layers(model->file().model().layers()->size());
  const Clock::time_point begin = Clock::now();
  while (windows.size() < kMinRounds || seconds_since(begin) < options.seconds) {
    const Clock::time_point start = Clock::now();
    classifier.run_pcm(wave);
    windows.push_back(seconds_since(start));
    const std::span<const double> seconds = clock.time_window(wave);
    for (std::size_t layer = 0; layer < layers.size(); ++layer) layers[layer].push_back(seconds[layer]);
  }

  ModelSpeed speed;
  speed.window = times_of(windows);
  speed.windows = static_cast<int>(windows.size());
  const std::vector<LayerWork> works = layer_work(model->file().model(), model->prepared());
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    speed.layers.push_back(with_bound(works[layer], peaks));
    speed.layers.back().time = times_of(std::move(layers[layer]));
    speed.bound_seconds += speed.layers.back().bound_seconds;
  }
  // Subtracts summaries, not single runs: one interrupted run of layer 0 would give a negative minimum.
  for (std::size_t i = clock.front_end().layers; i-- > 1;) {
    RunTimes& all = speed.layers[i].time;
    const RunTimes& before = speed.layers[i - 1].time;
    all.median_seconds = std::max(0.0, all.median_seconds - before.median_seconds);
    all.min_seconds = std::max(0.0, all.min_seconds - before.min_seconds);
  }
  speed.working_set_bytes = working_set_bytes(model->file().model(), model->prepared());
  if (options.threads > 1) speed.threads_windows_per_second = windows_per_second(model, wave, options);
  return speed;
}

}  // namespace stapes
