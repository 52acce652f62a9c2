// SPDX-License-Identifier: Apache-2.0
#include "packed/model_file.h"

#include <cstring>
#include <new>

#include "base/error.h"
#include "base/files.h"
#include "packed/container.h"
#include "packed/shapes.h"

namespace stapes {
namespace {

constexpr std::align_val_t kAlign{kContainerAlign};

const char* advice(Status status) {
  switch (status) {
    case Status::kNotAModel:
      return "expected a packed model (.stapes), as written by `stapes pack`";
    case Status::kTooNew:
      return "use a newer Stapes, or pack the run again with this version";
    case Status::kTooOld:
      return "pack the run again";
    default:
      return "copy the file again, or pack the run again";
  }
}

std::string describe(Status status, const ModelFault& fault) {
  std::string text = to_string(status);
  if (status == Status::kNotAModel || status == Status::kTooNew || status == Status::kTooOld) return text;
  text += fmt::format(" ({}", fault.what);
  if (fault.layer >= 0) text += fmt::format(", layer {}", fault.layer);
  return text + ")";
}

}  // namespace

void ModelFile::Free::operator()(std::byte* bytes) const { ::operator delete[](bytes, kAlign); }

ModelFile::ModelFile(const std::filesystem::path& path)
    : ModelFile(read_file(path, (std::uint64_t{1} << 31) + kContainerHeaderBytes), path.string()) {}

ModelFile::ModelFile(std::span<const std::byte> blob, const std::string& name)
    : blob_(static_cast<std::byte*>(::operator new[](blob.size() + 1, kAlign))), size_(blob.size()), name_(name) {
  if (!blob.empty()) std::memcpy(blob_.get(), blob.data(), blob.size());
  ModelFault fault;
  const Status status = open_model(this->blob(), model_, &fault);
  if (status != Status::kOk) {
    throw Error("cannot use {}: {}; {}", name, describe(status, fault), advice(status));
  }
}

std::vector<int> conv_widths(const fb::Model& model) {
  std::vector<int> widths;
  for (const auto* layer : *model.layers()) {
    if (layer_window(*layer) != nullptr) widths.push_back(output_tensor(model, *layer).channels());
  }
  return widths;
}

}  // namespace stapes
