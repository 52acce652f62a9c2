// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_clock.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernels/cpu.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Charges the time since the last clock reading to the layer that just wrote output. Layers in row bands
// (runtime/row_bands.h) write several times. The front end's time is charged to its last layer, at the last column.
class TurnClock final : public LayerObserver {
 public:
  // Adds the time of each layer to `seconds`.
  TurnClock(const FrontEnd& front_end, std::span<double> seconds) : front_end_(front_end), seconds_(seconds) {}

  void layer_output(int layer, const void*, std::size_t) noexcept override {
    const auto i = static_cast<std::size_t>(layer);
    if (front_end_.has(i) && (i < front_end_.last() || ++columns_done_ < front_end_.columns)) return;
    const Clock::time_point now = Clock::now();
    seconds_[i] += seconds_between(last_, now);
    last_ = now;
  }

 private:
  const FrontEnd front_end_;
  std::int32_t columns_done_ = 0;
  std::span<double> seconds_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

// Runs the front end's first layers over all columns, with the kernels and input preparation of the model.
class LayerClock::FirstLayers {
 public:
  FirstLayers(const HostModel& host, FrontEnd plan, std::size_t layers) : model_(host.file().model()), plan_(plan) {
    plan_.layers = layers;
    const fb::Tensor& input = *model_.tensors()->Get(0);
    buffers_.slice = allocate(static_cast<std::size_t>(plan_.wave_positions) * position_bytes(input));
    for (std::size_t i = 0; i < layers; ++i)
      bind(i, Cpu::detect().limited_to(host.prepared().layer_isa(static_cast<int>(i))));
  }

  double time(std::span<const std::int16_t> wave) {
    const Clock::time_point start = Clock::now();
    FrontEndColumn front_end(model_, plan_, buffers_);
    const fb::Tensor& input = *model_.tensors()->Get(0);
    const std::size_t channels = static_cast<std::size_t>(input.channels());
    const std::size_t step = static_cast<std::size_t>(plan_.wave_step) * channels;
    for (std::size_t column = 0; column < static_cast<std::size_t>(plan_.columns); ++column) {
      load_samples({.pcm = wave.data()}, column * step, static_cast<std::size_t>(plan_.wave_positions) * channels,
                   sample_format(input), buffers_.slice);
      front_end.run(0, nullptr);  // always column 0: the buffers hold only one column
    }
    return seconds_between(start, Clock::now());
  }

 private:
  std::byte* allocate(std::size_t bytes) {
    memory_.push_back(allocate_aligned(bytes));
    return memory_.back().get();
  }

  void bind(std::size_t i, const Cpu& cpu) {
    const fb::Layer& layer = *model_.layers()->Get(static_cast<std::uint32_t>(i));
    const ConvShape shape = front_end_shape(model_, plan_, i);
    const int variant = pick_conv(model_, layer, shape, cpu);
    std::byte* prepared = allocate(conv_prepared_bytes(model_, layer, shape, variant));
    prepare_conv(model_, layer, shape, variant, prepared);
    buffers_.kernel[i] = {variant, prepared};
    buffers_.scratch[i] = allocate(conv_scratch_bytes(model_, layer, shape, variant));
    const std::size_t positions = static_cast<std::size_t>(plan_.positions[i]);
    buffers_.output[i] = allocate(positions * position_bytes(output_tensor(model_, layer)));
  }

  const fb::Model& model_;
  FrontEnd plan_;
  std::vector<AlignedBytes> memory_;
  FrontEndBuffers buffers_;
};

LayerClock::LayerClock(std::shared_ptr<const HostModel> model)
    : classifier_(model), front_end_(plan_front_end(classifier_.model())) {
  for (std::size_t layers = 1; layers < front_end_.layers; ++layers) {
    first_layers_.push_back(std::make_unique<FirstLayers>(*model, front_end_, layers));
  }
  seconds_.resize(classifier_.model().layers()->size());
}
LayerClock::~LayerClock() = default;

std::span<const double> LayerClock::time_window(std::span<const std::int16_t> wave) {
  std::fill(seconds_.begin(), seconds_.end(), 0.0);
  TurnClock clock(front_end_, seconds_);
  classifier_.run_observed(wave, clock);
  for (std::size_t i = 0; i < first_layers_.size(); ++i) seconds_[i] = first_layers_[i]->time(wave);
  return seconds_;
}

}  // namespace stapes
