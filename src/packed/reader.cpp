// SPDX-License-Identifier: Apache-2.0
#include "packed/reader.h"

#include "packed/check_model.h"
#include "packed/container.h"

namespace stapes {
namespace {

Finding find_model(std::span<const std::byte> blob, const fb::Model*& model, int& layer) {
  std::span<const std::byte> payload;
  const Status opened = open_container(blob, kModelContainer, payload);
  if (opened != Status::kOk) return {opened, "header or checksum"};
  if (reinterpret_cast<std::uintptr_t>(blob.data()) % kContainerAlign != 0) {
    return unsupported("its address in memory is not a multiple of 64");
  }
  if (payload.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return unsupported("2 GiB or more");
  flatbuffers::Verifier::Options options;
  options.max_depth = 8;
  options.max_tables = 8 * kMaxLayers;
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size(), options);
  if (!fb::VerifyModelBuffer(verifier)) return corrupt("not a well-formed FlatBuffer of the model schema");
  const fb::Model* found = fb::GetModel(payload.data());
  const Finding finding = check_model(*found, layer);
  if (!finding) model = found;
  return finding;
}

}  // namespace

Status open_model(std::span<const std::byte> blob, const fb::Model*& model, ModelFault* fault) noexcept {
  model = nullptr;
  int layer = -1;
  const Finding finding = find_model(blob, model, layer);
  if (fault != nullptr) *fault = {finding.what, layer};
  return finding.status;
}

const fb::Window* layer_window(const fb::Layer& layer) noexcept {
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
      return layer.op_as_ConvF32()->window();
    case fb::Operator::ConvI8:
      return layer.op_as_ConvI8()->window();
    case fb::Operator::ConvPcm:
      return layer.op_as_ConvPcm()->window();
    case fb::Operator::ConvBits:
      return layer.op_as_ConvBits()->window();
    default:
      return nullptr;
  }
}

std::int32_t layer_groups(const fb::Layer& layer) noexcept {
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
      return layer.op_as_ConvF32()->groups();
    case fb::Operator::ConvI8:
      return layer.op_as_ConvI8()->groups();
    case fb::Operator::ConvPcm:
      return layer.op_as_ConvPcm()->groups();
    case fb::Operator::ConvBits:
      return layer.op_as_ConvBits()->groups();
    default:
      return 1;
  }
}

const fb::Tensor& input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.inputs()->Get(0)));
}

bool is_addition(const fb::Layer& layer) noexcept {
  switch (layer.op_type()) {
    case fb::Operator::AddF32:
    case fb::Operator::AddI8:
    case fb::Operator::AddI32:
      return true;
    default:
      return false;
  }
}

const fb::Tensor& second_input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.inputs()->Get(1)));
}

const fb::Tensor& output_tensor(const fb::Model& model, const fb::Layer& layer) noexcept {
  return *model.tensors()->Get(static_cast<flatbuffers::uoffset_t>(layer.output()));
}

int count_uses(const fb::Model& model, std::int32_t tensor) noexcept {
  int uses = 0;
  for (const auto* layer : *model.layers()) {
    for (const std::int32_t input : *layer->inputs()) uses += input == tensor;
  }
  return uses;
}

const fb::Tensor& last_tensor(const fb::Model& model) noexcept {
  return output_tensor(model, *model.layers()->Get(model.layers()->size() - 1));
}

}  // namespace stapes
