// SPDX-License-Identifier: Apache-2.0
// augment_bench [DATA]: training samples per second, broken down by step.
// DATA is a data-set file (`stapes data import`, `stapes data keywords`); default: synthetic clips of 5 s at 20 kHz.
// Real clips matter: silence and transients determine how many Fourier transforms gain_db() can skip.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <optional>

#include "audio/a_weighting.h"
#include "audio/between_class.h"
#include "audio/stretch.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "data/batch_stream.h"
#include "data/selection.h"
#include "data/training_samples.h"

namespace stapes {
namespace {

constexpr int kWindow = 30225, kBatch = 64;

struct Clips {
  std::optional<DataSet> data;
  std::vector<std::vector<std::int16_t>> bursts;
  ClipSet set;
};

Clips& clips() {
  static Clips instance;
  return instance;
}

void load_clips(const char* path) {
  Clips& c = clips();
  if (path != nullptr) {
    c.data.emplace(path);
    c.set = select_classes(*c.data, "all");
    return;
  }
  Philox random(1, Philox::Purpose::kTest);
  c.set = {.clips = {}, .labels = {"a", "b"}, .sample_rate_hz = 20000};
  c.bursts.resize(100);
  for (std::size_t i = 0; i < c.bursts.size(); ++i) {
    c.bursts[i].resize(100000);
    double level = 0;
    for (std::size_t k = 0; k < c.bursts[i].size(); ++k) {
      if (k % 4000 == 0) level = std::pow(10.0, random.uniform(1, 4));
      c.bursts[i][k] = static_cast<std::int16_t>(random.uniform(-level, level));
    }
    c.set.clips.push_back(
        {.samples = c.bursts[i], .label = static_cast<int>(i % 2), .fold = 1, .name = "burst", .source = "burst"});
  }
}

void training_samples(benchmark::State& state) {
  const TrainingSamples samples(clips().set, {.window_samples = kWindow}, 1);
  std::vector<float> waves(kBatch * kWindow), targets(kBatch * samples.class_count());
  std::uint32_t epoch = 0;
  for (auto _ : state) {
    samples.fill(epoch++, 0, kBatch, waves, targets, static_cast<int>(state.range(0)));
    benchmark::DoNotOptimize(waves.data());
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(training_samples)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

// One background thread, as in training.
void batch_stream(benchmark::State& state) {
  const TrainingSamples samples(clips().set, {.window_samples = kWindow}, 1);
  Batch batch;
  std::uint32_t epoch = 0;
  auto stream = std::make_unique<BatchStream>(samples, epoch, kBatch, static_cast<int>(state.range(0)));
  for (auto _ : state) {
    while (!stream->next(batch)) {
      stream = std::make_unique<BatchStream>(samples, ++epoch, kBatch, static_cast<int>(state.range(0)));
    }
    benchmark::DoNotOptimize(batch.values.data());
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(batch_stream)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

// One stretched window from each of up to 199 clips, spread over the set.
std::vector<std::vector<float>> some_windows() {
  std::vector<std::vector<float>> windows;
  const auto& all = clips().set.clips;
  for (std::size_t i = 0; i < all.size(); i += std::max<std::size_t>(1, all.size() / 100)) {
    windows.emplace_back(kWindow);
    stretched_window(all[i].samples, 1.1, static_cast<std::ptrdiff_t>(all[i].samples.size() / 4), windows.back());
  }
  return windows;
}

void stretch(benchmark::State& state) {
  const auto& all = clips().set.clips;
  std::vector<float> out(kWindow);
  std::size_t i = 0;
  for (auto _ : state) {
    stretched_window(all[i++ % all.size()].samples, 1.1, 5000, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(stretch)->Unit(benchmark::kMicrosecond);

void gain_every_frame(benchmark::State& state) {
  const auto windows = some_windows();
  AWeighting loudness(clips().set.sample_rate_hz);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(loudness.frame_gains_db(windows[i++ % windows.size()]));
}
BENCHMARK(gain_every_frame)->Unit(benchmark::kMicrosecond);

void gain_of_the_loudest(benchmark::State& state) {
  const auto windows = some_windows();
  AWeighting loudness(clips().set.sample_rate_hz);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(loudness.gain_db(windows[i++ % windows.size()]));
}
BENCHMARK(gain_of_the_loudest)->Unit(benchmark::kMicrosecond);

void mix_two(benchmark::State& state) {
  const auto windows = some_windows();
  std::vector<float> out(kWindow);
  for (auto _ : state) {
    mix(windows[0], windows[1], {.a = 0.3f, .b = 0.9f}, 1.1f, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(mix_two)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace stapes

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  stapes::load_clips(argc > 1 ? argv[1] : nullptr);
  benchmark::RunSpecifiedBenchmarks();
}
