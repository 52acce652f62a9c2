// SPDX-License-Identifier: Apache-2.0
#include "measure/layer_clock.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kernels/cpu.h"
#include "runtime/front_end.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// Books the time since the last look at the clock on the layer that has just given an output. Layers that run in turns
// a few rows at a time (runtime/row_bands.h) give many; those of the front end are booked at its last column, on
// layer 1.
class TurnClock final : public LayerObserver {
 public:
  // `columns` of the front end; 0 = none. `seconds`: of each layer, added to.
  TurnClock(std::int32_t columns, std::span<double> seconds) : columns_(columns), seconds_(seconds) {}

  void layer_output(int layer, const void*, std::size_t) noexcept override {
    const bool in_front_end = columns_ > 0 && layer < 2;
    if (in_front_end && (layer == 0 || ++columns_done_ < columns_)) return;
    const Clock::time_point now = Clock::now();
    seconds_[static_cast<std::size_t>(layer)] += seconds_between(last_, now);
    last_ = now;
  }

 private:
  std::int32_t columns_, columns_done_ = 0;
  std::span<double> seconds_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

// Layer 0 over all columns of the front end, with the kernel the model uses; its input is made ready as there.
class LayerClock::FirstLayer {
 public:
  explicit FirstLayer(const HostModel& host)
      : model_(host.file().model()),
        plan_(plan_front_end(model_)),
        shape_(front_end_shapes(model_, plan_)[0]),
        cpu_(Cpu::detect().limited_to(host.prepared().layer_isa(0))),
        variant_(pick_conv(model_, layer(), shape_, cpu_)),
        prepared_(allocate_aligned(conv_prepared_bytes(model_, layer(), shape_, variant_))),
        scratch_(allocate_aligned(conv_scratch_bytes(model_, layer(), shape_, variant_))),
        slice_(allocate_aligned(positions(plan_.wave_positions) * position_bytes(input_tensor(model_, layer())))),
        column_(allocate_aligned(positions(plan_.conv_positions) * position_bytes(output_tensor(model_, layer())))) {
    prepare_conv(model_, layer(), shape_, variant_, prepared_.get());
  }

  double time(std::span<const std::int16_t> wave) {
    const Clock::time_point start = Clock::now();
    BoundConv conv(model_, layer(), shape_, {variant_, prepared_.get()}, scratch_.get());
    const fb::Tensor& input = input_tensor(model_, layer());
    const std::size_t channels = positions(input.channels());
    const std::size_t step = static_cast<std::size_t>(plan_.wave_step) * channels;
    for (std::size_t column = 0; column < positions(plan_.columns); ++column) {
      load_samples({.pcm = wave.data()}, column * step, positions(plan_.wave_positions) * channels,
                   sample_format(input), slice_.get());
      conv(slice_.get(), column_.get());
    }
    return seconds_between(start, Clock::now());
  }

 private:
  static std::size_t positions(std::int32_t count) { return static_cast<std::size_t>(count); }
  const fb::Layer& layer() const { return *model_.layers()->Get(0); }

  const fb::Model& model_;
  FrontEnd plan_;
  ConvShape shape_;
  Cpu cpu_;
  int variant_;
  AlignedBytes prepared_, scratch_, slice_, column_;
};

LayerClock::LayerClock(std::shared_ptr<const HostModel> model) : classifier_(model) {
  const FrontEnd front_end = plan_front_end(classifier_.model());
  columns_ = front_end.columns;
  if (front_end.used()) first_layer_ = std::make_unique<FirstLayer>(*model);
  seconds_.resize(classifier_.model().layers()->size());
}
LayerClock::~LayerClock() = default;

std::span<const double> LayerClock::time_window(std::span<const std::int16_t> wave) {
  std::fill(seconds_.begin(), seconds_.end(), 0.0);
  TurnClock clock(columns_, seconds_);
  classifier_.run_observed(wave, clock);
  if (first_layer_) seconds_[0] = first_layer_->time(wave);
  return seconds_;
}

}  // namespace stapes
