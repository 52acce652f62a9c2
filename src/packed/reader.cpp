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
    return unsupported("the model's address in memory is not a multiple of 64");
  }
  if (payload.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return unsupported("a model of 2 GiB or more");
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

}  // namespace stapes
