// SPDX-License-Identifier: Apache-2.0
#include "runtime/execution_plan.h"

#include <array>
#include <cstring>

#include "kernels/loops/schedule/over_input.h"
#include "packed/reader.h"
#include "runtime/arena_layout.h"
#include "runtime/layer_runner.h"
#include "runtime/row_bands.h"

namespace stapes {
namespace {

const std::byte* scores_at(const ExecutionPlan& plan) {
  return plan.tensor(plan.model->layers()->Get(plan.model->layers()->size() - 1)->output());
}

// Autoencoders have hundreds of scores, so common parameters are read once.
class IntegerScores {
 public:
  explicit IntegerScores(const ExecutionPlan& plan)
      : is_i32_(last_tensor(*plan.model).dtype() == fb::DType::kI32),
        zero_point_(last_tensor(*plan.model).zero_point()),
        values_(scores_at(plan)) {}

  std::int32_t operator[](std::int32_t c) const {
    return is_i32_ ? reinterpret_cast<const std::int32_t*>(values_)[c]
                   : reinterpret_cast<const std::int8_t*>(values_)[c] - zero_point_;
  }

 private:
  bool is_i32_;
  std::int32_t zero_point_;
  const std::byte* values_;
};

void write_scores(const ExecutionPlan& plan, float* scores) {
  const fb::Tensor& tensor = last_tensor(*plan.model);
  const std::int32_t count = tensor.channels();
  if (tensor.dtype() == fb::DType::kF32) {
    std::memcpy(scores, scores_at(plan), static_cast<std::size_t>(count) * sizeof *scores);
    return;
  }
  const IntegerScores integers(plan);
  const float scale = tensor.scale();
  for (std::int32_t c = 0; c < count; ++c) scores[c] = scale * static_cast<float>(integers[c]);
}

// A few rows at a time: the output may overlap the input.
void run_over_input(const ExecutionPlan& plan, std::size_t i, const std::byte* from, std::byte* to) {
  const fb::Model& model = *plan.model;
  const fb::Layer& layer = plan.layer(i);
  const ConvShape shape = layer_shape(model, layer);
  BoundConv conv(model, layer, shape, plan.kernel(i), plan.scratch(i));
  stapes::run_over_input({.shape = &shape,
                          .rows = plan.rows_over_input[i],
                          .from = reinterpret_cast<const std::uint8_t*>(from),
                          .to = reinterpret_cast<std::uint8_t*>(to),
                          .from_row_bytes = row_bytes(input_tensor(model, layer)),
                          .to_row_bytes = row_bytes(output_tensor(model, layer))},
                         [&](const ConvShape& rows, const std::uint8_t* input, std::uint8_t* output) {
                           conv(rows, reinterpret_cast<const std::byte*>(input), reinterpret_cast<std::byte*>(output));
                         });
}

void run_whole(const ExecutionPlan& plan, std::size_t i, LayerObserver* observer) {
  const fb::Model& model = *plan.model;
  const fb::Layer& layer = plan.layer(i);
  const fb::Tensor& output = output_tensor(model, layer);
  std::byte* to = plan.tensor(layer.output());
  const LayerInputs inputs{plan.tensor(layer.inputs()->Get(0)),
                           is_addition(layer) ? plan.tensor(layer.inputs()->Get(1)) : nullptr};
  if (plan.rows_over_input[i] > 0 && !is_addition(layer)) {
    run_over_input(plan, i, inputs.first, to);
  } else {
    run_layer(model, layer, inputs, to, plan.scratch(i), plan.kernel(i));
  }
  if (observer != nullptr) {
    observer->layer_output(static_cast<int>(i), to,
                           value_count(output, std::int64_t{output.height()} * output.width()));
  }
}

// `next`: the first layer of a step.
void run_layers(const ExecutionPlan& plan, std::size_t next, LayerObserver* observer) {
  while (next < plan.model->layers()->size()) {
    const std::size_t last = last_of_step(plan, next);
    if (last == next) {
      run_whole(plan, next, observer);
    } else {
      run_band(plan, next, last, observer);
    }
    next = last + 1;
  }
}

}  // namespace

Status make_plan(const fb::Model& model, const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan = {};
  plan.model = &model;
  if (cpu.is_small_core()) {  // on other cores, whole layers and aligned buffers are fastest
    plan.overwrites = true;
    plan.align = 16;
  }
  plan.front_end = plan_front_end(model);
  choose_bands(cpu, plan);
  const Status status = lay_out(cpu, plan);
  if (status != Status::kOk) plan = {};
  return status;
}

Status make_plan(std::span<const std::byte> blob, const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan = {};
  const fb::Model* model = nullptr;
  const Status opened = open_model(blob, model);
  return opened == Status::kOk ? make_plan(*model, cpu, plan) : opened;
}

Status keep_front_end(ExecutionPlan& plan) noexcept {
  const std::array<std::int32_t, 2> kept = {
      0, plan.model->layers()->Get(static_cast<std::uint32_t>(plan.front_end.last()))->output()};
  return place_arena(plan, kept);
}

void prepare_weights(ExecutionPlan& plan, std::byte* prepared) noexcept {
  const fb::Model& model = *plan.model;
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    prepare_conv(model, *model.layers()->Get(i), shape_run(plan, i), plan.variant[i],
                 prepared + plan.prepared_offset[i]);
  }
  plan.prepared = prepared;
}

FrontEndBuffers front_end_buffers(const ExecutionPlan& plan) noexcept {
  FrontEndBuffers buffers{.slice = plan.tensor(0)};
  for (std::size_t i = 0; i < plan.front_end.layers; ++i) {
    buffers.output[i] = plan.tensor(plan.model->layers()->Get(static_cast<std::uint32_t>(i))->output());
    buffers.scratch[i] = plan.scratch(i);
    buffers.kernel[i] = plan.kernel(i);
  }
  return buffers;
}

std::int32_t integer_score(const ExecutionPlan& plan, std::int32_t c) noexcept { return IntegerScores(plan)[c]; }

void execute_rest(const ExecutionPlan& plan, float* scores, LayerObserver* observer) noexcept {
  run_layers(plan, plan.front_end.layers, observer);
  write_scores(plan, scores);
}

void execute(const ExecutionPlan& plan, const Wave& wave, float* scores, LayerObserver* observer) noexcept {
  const fb::Model& model = *plan.model;
  if (plan.front_end.used()) {
    run_front_end(model, plan.front_end, wave, front_end_buffers(plan), observer);
  } else {
    const fb::Tensor& input = *model.tensors()->Get(0);
    load_samples(wave, 0, static_cast<std::size_t>(element_count(input)), sample_format(model), plan.tensor(0));
  }
  execute_rest(plan, scores, observer);
}

}  // namespace stapes
