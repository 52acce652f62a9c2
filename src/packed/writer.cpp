// SPDX-License-Identifier: Apache-2.0
#include "packed/writer.h"

#include <algorithm>

#include "base/error.h"
#include "packed/container.h"

namespace stapes {

std::vector<std::byte> serialize_unchecked(const fb::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(fb::Model::Pack(builder, &model));
  const std::span payload = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  const auto header = container_header(kModelContainer, payload);
  std::vector<std::byte> blob(header.size() + payload.size());
  std::ranges::copy(header, blob.begin());
  std::ranges::copy(payload, blob.begin() + header.size());
  return blob;
}

std::vector<std::byte> serialize_model(const fb::ModelT& model) {
  std::vector<std::byte> blob = serialize_unchecked(model);
  ModelFile(blob, "the packed model just made");
  return blob;
}

std::shared_ptr<const ModelFile> packed_in_memory(const fb::ModelT& model, const std::string& name) {
  return std::make_shared<const ModelFile>(serialize_unchecked(model), name);
}

void write_model(const std::filesystem::path& path, const fb::ModelT& model, Existing existing) {
  refuse_existing(path, existing);  // fail early
  write_file(path, serialize_model(model), existing);
}

fb::ModelT copy_model(const fb::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(fb::Model::Pack(builder, &model));
  fb::ModelT copy;
  fb::GetModel(builder.GetBufferPointer())->UnPackTo(&copy);
  return copy;
}

}  // namespace stapes
