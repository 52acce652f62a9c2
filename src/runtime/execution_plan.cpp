#include "runtime/execution_plan.h"

#include <limits>
#include <span>
#include <utility>

#include "packed/reader.h"
#include "runtime/arena_planner.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

static_assert(kMaxTensors + kMaxLayers <= static_cast<int>(kMaxPlannedBuffers));

// The front end runs layers 0 and 1 in turns, so what either of them needs lives through both.
struct Life {
  int first, last;
};
Life life_of_layer(int layer, bool front_end) { return front_end && layer < 2 ? Life{0, 1} : Life{layer, layer}; }

// The shape in which a layer is run.
ConvShape shape_run(const fb::Model& model, const FrontEnd& front_end, std::size_t layer) {
  if (front_end.used() && layer < 2) return front_end_shapes(model, front_end)[layer];
  return layer_shape(model, *model.layers()->Get(static_cast<std::uint32_t>(layer)));
}

constexpr std::uint64_t kMostOffset = std::numeric_limits<std::uint32_t>::max();

std::uint64_t round_up(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

// Buffers are the tensors, then the scratch of each layer.
using Buffers = std::array<PlannedBuffer, kMaxTensors + kMaxLayers>;

void describe_tensors(const fb::Model& model, const FrontEnd& front_end, Buffers& buffers) {
  const auto& tensors = *model.tensors();
  for (std::uint32_t t = 0; t < tensors.size(); ++t) buffers[t].bytes = tensor_bytes(*tensors.Get(t));
  int step = 0;
  for (const auto* layer : *model.layers()) {
    const Life life = life_of_layer(step++, front_end.used());
    buffers[static_cast<std::size_t>(layer->output())].first_step = life.first;
    buffers[static_cast<std::size_t>(layer->output())].last_step = life.last;
    buffers[static_cast<std::size_t>(layer->inputs()->Get(0))].last_step = life.last;  // steps only grow
  }
  if (front_end.used()) {
    const fb::Layer& first = *model.layers()->Get(0);
    buffers[0].bytes = static_cast<std::size_t>(front_end.wave_positions) * position_bytes(input_tensor(model, first));
    buffers[static_cast<std::size_t>(first.output())].bytes =
        static_cast<std::size_t>(front_end.conv_positions) * position_bytes(output_tensor(model, first));
  }
}

// `plan` with the offsets of `buffers`. False when one does not fit the type.
bool take_offsets(const Buffers& buffers, std::size_t tensors, std::size_t layers, ExecutionPlan& plan) {
  for (std::size_t i = 0; i < tensors + layers; ++i) {
    if (buffers[i].offset > kMostOffset) return false;
    const auto offset = static_cast<std::uint32_t>(buffers[i].offset);
    if (i < tensors) {
      plan.tensor_offset[i] = offset;
    } else {
      plan.scratch_offset[i - tensors] = offset;
    }
  }
  return true;
}

void write_scores(const ExecutionPlan& plan, float* scores) {
  const fb::Tensor& tensor = last_tensor(*plan.model);
  const std::byte* from = plan.tensor(plan.model->layers()->Get(plan.model->layers()->size() - 1)->output());
  for (std::int32_t c = 0; c < tensor.channels(); ++c) {
    scores[c] = tensor.dtype() == fb::DType::kF32
                    ? reinterpret_cast<const float*>(from)[c]
                    : tensor.scale() * static_cast<float>(reinterpret_cast<const std::int32_t*>(from)[c]);
  }
}

std::size_t value_count(const fb::Tensor& t) {
  return t.dtype() == fb::DType::kBits ? tensor_bytes(t) / 4 : static_cast<std::size_t>(element_count(t));
}

// Places all buffers; the kept ones behind the others, since they share their place with nothing.
std::uint64_t place(std::span<PlannedBuffer> buffers, std::span<const std::size_t> kept) {
  std::array<std::uint64_t, 2> kept_bytes{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept_bytes[i] = std::exchange(buffers[kept[i]].bytes, 0);
  std::uint64_t total = place_buffers(buffers);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    buffers[kept[i]].offset = total;
    total += round_up(kept_bytes[i]);
  }
  return total;
}

// The memory of a plan whose variants are chosen. `kept`: tensors that outlast a run.
Status plan_memory(const fb::Model& model, std::span<const std::size_t> kept, ExecutionPlan& plan) {
  Buffers buffers{};
  describe_tensors(model, plan.front_end, buffers);
  const std::size_t tensors = model.tensors()->size(), layers = model.layers()->size();
  for (std::size_t i = 0; i < layers; ++i) {
    const fb::Layer& layer = *model.layers()->Get(static_cast<std::uint32_t>(i));
    const ConvShape shape = shape_run(model, plan.front_end, i);
    const Life life = life_of_layer(static_cast<int>(i), plan.front_end.used());
    buffers[tensors + i] = {.bytes = conv_scratch_bytes(model, layer, shape, plan.variant[i]),
                            .first_step = life.first,
                            .last_step = life.last};
  }
  const std::uint64_t total = place(std::span(buffers).first(tensors + layers), kept);
  if (total > kMostOffset || !take_offsets(buffers, tensors, layers, plan)) return Status::kUnsupported;
  plan.arena_bytes = static_cast<std::size_t>(total);
  return Status::kOk;
}

void run_layers(const ExecutionPlan& plan, std::uint32_t first, LayerObserver* observer) {
  const fb::Model& model = *plan.model;
  for (std::uint32_t i = first; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = *model.layers()->Get(i);
    std::byte* output = plan.tensor(layer.output());
    run_layer(model, layer, plan.tensor(layer.inputs()->Get(0)), output, plan.scratch(i), plan.kernel(i));
    if (observer != nullptr) {
      observer->layer_output(static_cast<int>(i), output, value_count(output_tensor(model, layer)));
    }
  }
}

}  // namespace

Status make_plan(const fb::Model& model, const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan = {};
  plan.front_end = plan_front_end(model);
  std::uint64_t prepared = 0;
  for (std::size_t i = 0; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = *model.layers()->Get(static_cast<std::uint32_t>(i));
    const ConvShape shape = shape_run(model, plan.front_end, i);
    const int variant = pick_conv(model, layer, shape, cpu);
    if (prepared > kMostOffset) return Status::kUnsupported;
    plan.variant[i] = static_cast<std::uint8_t>(variant);
    plan.prepared_offset[i] = static_cast<std::uint32_t>(prepared);
    prepared += round_up(conv_prepared_bytes(model, layer, shape, variant));
  }
  const Status planned = plan_memory(model, {}, plan);
  if (planned != Status::kOk) return planned;
  plan.prepared_bytes = static_cast<std::size_t>(prepared);
  plan.model = &model;
  return Status::kOk;
}

Status make_plan(std::span<const std::byte> blob, const Cpu& cpu, ExecutionPlan& plan) noexcept {
  plan = {};
  const fb::Model* model = nullptr;
  const Status opened = open_model(blob, model);
  return opened == Status::kOk ? make_plan(*model, cpu, plan) : opened;
}

Status keep_front_end(ExecutionPlan& plan) noexcept {
  const std::array<std::size_t, 2> kept = {0, static_cast<std::size_t>(plan.model->layers()->Get(1)->output())};
  return plan_memory(*plan.model, kept, plan);
}

void prepare_weights(ExecutionPlan& plan, std::byte* prepared) noexcept {
  const fb::Model& model = *plan.model;
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    prepare_conv(model, *model.layers()->Get(i), shape_run(model, plan.front_end, i), plan.variant[i],
                 prepared + plan.prepared_offset[i]);
  }
  plan.prepared = prepared;
}

FrontEndBuffers front_end_buffers(const ExecutionPlan& plan) noexcept {
  const auto& layers = *plan.model->layers();
  return {.slice = plan.tensor(0),
          .column = plan.tensor(layers.Get(0)->output()),
          .output = plan.tensor(layers.Get(1)->output()),
          .scratch = {plan.scratch(0), plan.scratch(1)},
          .kernels = {plan.kernel(0), plan.kernel(1)}};
}

void execute_rest(const ExecutionPlan& plan, float* scores, LayerObserver* observer) noexcept {
  run_layers(plan, 2, observer);
  write_scores(plan, scores);
}

void execute(const ExecutionPlan& plan, const Wave& wave, float* scores, LayerObserver* observer) noexcept {
  const fb::Model& model = *plan.model;
  if (plan.front_end.used()) {
    run_front_end(model, plan.front_end, wave, front_end_buffers(plan), observer);
    return execute_rest(plan, scores, observer);
  }
  const fb::Tensor& input = *model.tensors()->Get(0);
  load_samples(wave, 0, static_cast<std::size_t>(element_count(input)), sample_format(input), plan.tensor(0));
  run_layers(plan, 0, observer);
  write_scores(plan, scores);
}

}  // namespace stapes
