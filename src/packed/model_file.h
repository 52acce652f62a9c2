// SPDX-License-Identifier: Apache-2.0
// model_file.h: a checked packed model in memory. Host only.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "packed/reader.h"

namespace stapes {

// Owns a model that passed open_model(). Threads may share it. Moving a ModelFile does not move the model in memory.
// The file is read, not mapped: truncating a mapped file would kill the process.
class ModelFile {
 public:
  // Throws Error naming the file and the reason.
  explicit ModelFile(const std::filesystem::path& path);

  // Copies `blob`. Messages call it `name`.
  ModelFile(std::span<const std::byte> blob, const std::string& name);

  const fb::Model& model() const { return *model_; }
  std::span<const std::byte> blob() const { return {blob_.get(), size_}; }  // aligned to 64 bytes
  const std::string& name() const { return name_; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::unique_ptr<std::byte[], Free> blob_;
  std::size_t size_ = 0;
  const fb::Model* model_ = nullptr;
  std::string name_;
};

// Filters of each convolution, in order.
std::vector<int> conv_widths(const fb::Model& model);

}  // namespace stapes
