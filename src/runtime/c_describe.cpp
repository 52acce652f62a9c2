// SPDX-License-Identifier: Apache-2.0
// C API: describes a packed model.
#include <cstddef>
#include <span>

#include "packed/cost.h"
#include "packed/operators/operator.h"
#include "packed/reader.h"
#include "runtime/execution_plan.h"
#include "runtime/front_end.h"
#include "stapes/stapes.h"

namespace {

using stapes::InputKind;
using stapes::Status;

static_assert(STAPES_SOUND == int(InputKind::kSound) && STAPES_IMAGES == int(InputKind::kImage) &&
              STAPES_FEATURES == int(InputKind::kFeatures));

stapes_description described(const stapes::fb::Model& model, const stapes::ExecutionPlan& plan) {
  const stapes::fb::Tensor& input = *model.tensors()->Get(0);
  const InputKind kind = stapes::input_kind(model);
  const stapes::Cost cost = stapes::model_cost(model);
  return {.input = stapes_input(kind),
          .height = input.height(),
          .width = input.width(),
          .channels = input.channels(),
          .int8_input = input.dtype() == stapes::fb::DType::kI8 ? 1 : 0,
          .input_scale = input.scale(),
          .input_zero_point = input.zero_point(),
          .sample_rate_hz = model.sample_rate_hz(),
          .window_samples = model.window_samples(),
          .class_count = static_cast<int>(model.labels()->size()),
          .gives_probabilities = stapes::gives_probabilities(model) ? 1 : 0,
          .step_samples = kind == InputKind::kSound ? stapes::step_samples(model, plan.front_end) : 0,
          .parameters = cost.parameters(),
          .macs = cost.macs,
          .binary_macs = cost.binary_macs,
          .arena_bytes = plan.arena_bytes,
          .route = model.route()->c_str(),
          .provenance = model.provenance() == nullptr ? nullptr : model.provenance()->c_str()};
}

}  // namespace

stapes_status stapes_describe(const void* blob, size_t blob_bytes, stapes_description* description,
                              stapes_fault* fault) {
  const std::span bytes(static_cast<const std::byte*>(blob), blob_bytes);
  const stapes::fb::Model* model = nullptr;
  stapes::ModelFault found;
  Status status = stapes::open_model(bytes, model, &found);
  stapes::ExecutionPlan plan;
  if (status == Status::kOk) status = stapes::make_plan(*model, stapes::Cpu::scalar(), plan);
  *description = {};
  if (status == Status::kOk) *description = described(*model, plan);
  if (fault != nullptr) *fault = {found.what, found.layer};
  return stapes_status(status);
}
