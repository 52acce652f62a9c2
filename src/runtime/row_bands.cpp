// SPDX-License-Identifier: Apache-2.0
#include "runtime/row_bands.h"

#include <algorithm>
#include <array>
#include <optional>

#include "kernels/loops/schedule/row_band.h"
#include "runtime/execution_plan.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

// One layer of a band; bound once per window.
struct Maker {
  int layer = 0;
  const fb::Model* model = nullptr;
  const fb::Tensor *input = nullptr, *output = nullptr;
  ConvShape shape{};
  std::optional<BoundConv> conv;  // none: a transpose
};

class Band {
 public:
  Band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer)
      : count_(last - first + 1), observer_(observer) {
    for (std::size_t i = 0; i < count_; ++i) bind(plan, first + i, makers_[i], stages_[i]);
  }

  void run() {
    run_stages(stages_.data(), static_cast<std::int32_t>(count_),
               [this](std::int32_t i, Rows rows, const std::uint8_t* from, std::uint8_t* to) {
                 make(makers_[static_cast<std::size_t>(i)], rows, reinterpret_cast<const std::byte*>(from),
                      reinterpret_cast<std::byte*>(to));
               });
  }

 private:
  static void bind(const ExecutionPlan& plan, std::size_t i, Maker& maker, BandStage& stage) {
    const fb::Model& model = *plan.model;
    const fb::Layer& layer = *model.layers()->Get(static_cast<std::uint32_t>(i));
    maker.layer = static_cast<int>(i);
    maker.model = &model;
    maker.input = &input_tensor(model, layer);
    maker.output = &output_tensor(model, layer);
    const bool is_transpose = layer.op_type() == fb::Operator::Transpose;
    if (!is_transpose) {
      maker.shape = layer_shape(model, layer);
      maker.conv.emplace(model, layer, maker.shape, plan.kernel(i), plan.scratch(i));
    }
    stage = {.shape = is_transpose ? nullptr : &maker.shape,
             .from = reinterpret_cast<const std::uint8_t*>(plan.tensor(layer.inputs()->Get(0))),
             .to = reinterpret_cast<std::uint8_t*>(plan.tensor(layer.output())),
             .from_row_bytes = row_bytes(*maker.input),
             .to_row_bytes = row_bytes(*maker.output),
             .out_h = maker.output->height()};
  }

  void make(Maker& maker, Rows rows, const std::byte* from, std::byte* to) {
    if (maker.conv) {
      (*maker.conv)(shape_of_rows(maker.shape, rows), from, to);
    } else {
      run_swap_rows(*maker.model, *maker.model->layers()->Get(static_cast<std::uint32_t>(maker.layer)), rows, from, to);
    }
    if (observer_ == nullptr) return;
    const std::int64_t positions = std::int64_t{rows.count()} * maker.output->width();
    observer_->layer_output(maker.layer, to, value_count(*maker.output, positions));
  }

  std::array<Maker, kMaxBandLayers> makers_;  // the first count_ are used
  std::array<BandStage, kMaxBandLayers> stages_;
  std::size_t count_;
  LayerObserver* observer_;
};

// Whether every output row depends on an input row. Unequal end padding is smaller than the kernel
// (packed/operators/window.h).
bool sees_no_padding_alone(const fb::Window* w) { return w != nullptr && w->pad_h() < w->kernel_h(); }

}  // namespace

bool can_hold_rows(const fb::Model& model, std::size_t layer) noexcept {
  if (layer + 1 >= model.layers()->size()) return false;
  const fb::Layer& maker = *model.layers()->Get(static_cast<std::uint32_t>(layer));
  const fb::Layer& reader = *model.layers()->Get(static_cast<std::uint32_t>(layer + 1));
  const fb::Window* window = layer_window(reader);
  const bool made_in_rows = sees_no_padding_alone(layer_window(maker)) || maker.op_type() == fb::Operator::Transpose;
  return made_in_rows && sees_no_padding_alone(window) && window->stride_h() <= window->kernel_h() &&
         reader.inputs()->Get(0) == maker.output() && count_uses(model, maker.output()) == 1;
}

std::int64_t band_distance(const fb::Model& model, std::size_t first, std::size_t last) noexcept {
  std::array<ConvShape, kMaxBandLayers> shapes;
  std::array<BandStage, kMaxBandLayers> stages;
  std::uint8_t nothing = 0;  // rows without content: only the order matters
  const auto count = static_cast<std::int32_t>(last - first + 1);
  for (std::size_t i = 0; first + i <= last; ++i) {
    shapes[i] = layer_shape(model, *model.layers()->Get(static_cast<std::uint32_t>(first + i)));
    stages[i] = {.shape = &shapes[i],
                 .from = &nothing,
                 .to = &nothing,
                 .from_row_bytes = 0,
                 .to_row_bytes = 0,
                 .out_h = shapes[i].out_h};
  }
  const auto bytes_of = [](std::int32_t rows, const fb::Tensor& tensor) {
    return std::int64_t{rows} * static_cast<std::int64_t>(row_bytes(tensor));
  };
  const fb::Tensor& input = input_tensor(model, *model.layers()->Get(static_cast<std::uint32_t>(first)));
  const fb::Tensor& output = output_tensor(model, *model.layers()->Get(static_cast<std::uint32_t>(last)));
  std::int64_t distance = 0;
  run_stages(stages.data(), count, [&](std::int32_t i, Rows rows, const std::uint8_t*, std::uint8_t*) {
    if (i != count - 1) return;
    const bool is_read = stages[0].held.end < stages[0].out_h;
    const std::int32_t first_read = is_read ? rows_seen_next(stages[0]).first : shapes[0].in_h;
    distance = std::max(distance, bytes_of(rows.end, output) - bytes_of(first_read, input));
  });
  return distance;
}

void run_band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer) noexcept {
  Band(plan, first, last, observer).run();
}

}  // namespace stapes
