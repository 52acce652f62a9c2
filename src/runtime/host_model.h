// SPDX-License-Identifier: Apache-2.0
// host_model.h: a model file prepared for this machine, with its own memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "packed/model_file.h"
#include "stapes/prepared_model.h"

namespace stapes {

// Memory aligned to 64 bytes.
struct FreeAligned {
  void operator()(std::byte* bytes) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], FreeAligned>;
AlignedBytes allocate_aligned(std::size_t bytes);

// Any number of HostClassifiers may share it, in any threads. Throws Error if the model cannot be used.
class HostModel {
 public:
  // `isa`: use only this instruction set and those it requires; default: the best kernels.
  explicit HostModel(std::shared_ptr<const ModelFile> file, std::optional<Isa> isa = std::nullopt);
  explicit HostModel(const std::filesystem::path& path, std::optional<Isa> isa = std::nullopt);

  const ModelFile& file() const { return *file_; }
  const PreparedModel& prepared() const { return prepared_; }
  std::size_t memory_bytes() const { return memory_bytes_; }  // of rearranged weights

 private:
  std::shared_ptr<const ModelFile> file_;
  std::size_t memory_bytes_;
  AlignedBytes memory_;
  PreparedModel prepared_;
};

}  // namespace stapes
