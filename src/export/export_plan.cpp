// SPDX-License-Identifier: Apache-2.0
#include "export/export_plan.h"

#include <algorithm>

#include "base/error.h"
#include "export/names.h"
#include "packed/operators/operator.h"
#include "runtime/arena_layout.h"

namespace stapes {
namespace {

const fb::Layer& layer_at(const fb::Model& model, std::size_t i) {
  return *model.layers()->Get(static_cast<std::uint32_t>(i));
}

bool is_float(const fb::Tensor& tensor) { return tensor.dtype() == fb::DType::kF32; }

bool uses_floats(const fb::Model& model, const fb::Layer& layer) {
  return describe(layer).weight_bits == 32 || is_float(input_tensor(model, layer)) ||
         is_float(output_tensor(model, layer));
}

void refuse_floats(const ModelFile& file, const Target& target) {
  if (target.has_fpu) return;
  for (const fb::Layer* layer : *file.model().layers()) {
    if (!uses_floats(file.model(), *layer)) continue;
    throw Error(
        "{}: layer {} computes in floating point, but {} has no FPU; quantize all layers to 8 bits, or choose a target "
        "with an FPU",
        file.name(), plain_text(layer->name()->string_view()), target.name);
  }
}

// Throws Error if the columns are too far apart for a hop.
ExportedFrontEnd front_end_of(const ModelFile& file, const ExecutionPlan& plan) {
  if (!plan.front_end.used()) return {};
  const int step = step_samples(*plan.model, plan.front_end);
  if (step == 0) throw Error("{}: the front end's columns are too far apart to stream", file.name());
  const std::int32_t channels = plan.model->tensors()->Get(0)->channels();
  return {.columns = plan.front_end.columns,
          .step_samples = step,
          .slice_samples = plan.front_end.wave_positions * channels,
          .column_bytes = position_bytes(output_tensor(*plan.model, layer_at(*plan.model, plan.front_end.last())))};
}

// Layers of equal shape share the constant of the first, and so one instance of the kernel template.
std::string shape_constant(const ConvShape& shape, const std::string& id, const std::vector<ExportedLayer>& before) {
  const auto same = std::ranges::find_if(
      before, [text = shape_text(shape)](const ExportedLayer& layer) { return shape_text(layer.call.shape) == text; });
  return same == before.end() ? shape_name(id) : same->shape;
}

}  // namespace

ExportPlan::ExportPlan(const ModelFile& file, const Target& target, const std::string& name,
                       const std::string& kernel_namespace)
    : target_(target), name_(name), upper_name_(upper_case(name)), kernel_namespace_(kernel_namespace) {
  check_export_name(name);
  refuse_floats(file, target);
  const bool int8_input = file.model().tensors()->Get(0)->dtype() == fb::DType::kI8;
  if (file.model().features() && !int8_input) {
    throw Error("{} takes float features; exports need int8 features", file.name());
  }
  const Status planned = make_plan(file.model(), Cpu::having(target.isa), plan_);
  if (planned != Status::kOk) throw Error("cannot plan {}: {}", file.name(), to_string(planned));
  front_end_ = front_end_of(file, plan_);
  streaming_ = plan_;
  if (streams() && keep_front_end(streaming_) != Status::kOk) throw Error("cannot plan {} for streaming", file.name());
  const std::vector<std::string> ids = layer_identifiers(model());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const fb::Tensor& output = output_tensor(model(), layer_at(model(), i));
    const bool in_band = plan_.in_rows[i] || (i > 0 && plan_.in_rows[i - 1]);
    const bool in_turns = !in_band && !is_addition(layer_at(model(), i));
    const int rows = in_turns ? plan_.rows_over_input[i] : 0;
    KernelCall call = kernel_call(plan_, i, ids[i]);
    const std::string shape = shape_constant(call.shape, ids[i], layers_);
    layers_.push_back({ids[i], std::move(call), shape, in_band, rows, row_bytes(output)});
  }
  for (std::size_t first = plan_.front_end.layers, last = 0; first < ids.size(); first = last + 1) {
    last = last_of_step(plan_, first);
    steps_.push_back({first, last});
  }
  if (input().dtype() == fb::DType::kI8 && !takes_features()) pcm_steps_ = pcm_steps(input());
}

std::size_t ExportPlan::weight_bytes() const {
  std::size_t bytes = 0;
  for (const ExportedLayer& layer : layers_) {
    for (const CArray& array : layer.call.arrays) bytes += array.bytes;
  }
  return bytes;
}

std::string ExportPlan::tensor_id(std::int32_t tensor) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (layer_at(model(), i).output() == tensor) return layers_[i].id;
  }
  return "input";
}

std::vector<std::string> ExportPlan::input_ids(std::size_t layer) const {
  std::vector<std::string> ids;
  for (const std::int32_t input : *layer_at(model(), layer).inputs()) ids.push_back(tensor_id(input));
  return ids;
}

}  // namespace stapes
