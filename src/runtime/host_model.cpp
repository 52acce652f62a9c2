// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_model.h"

#include <new>
#include <span>
#include <utility>

#include "base/error.h"
#include "stapes/classifier.h"

namespace stapes {
namespace {

constexpr std::align_val_t kAlign{64};
static_assert(Classifier::kArenaAlign <= 64 && PreparedModel::kAlign <= 64);

}  // namespace

void FreeAligned::operator()(std::byte* bytes) const { ::operator delete[](bytes, kAlign); }

AlignedBytes allocate_aligned(std::size_t bytes) {
  return AlignedBytes(static_cast<std::byte*>(::operator new[](bytes + 1, kAlign)));
}

HostModel::HostModel(std::shared_ptr<const ModelFile> file, std::optional<Isa> isa)
    : file_(std::move(file)),
      memory_bytes_(isa ? PreparedModel::memory_bytes(file_->blob(), *isa)
                        : PreparedModel::memory_bytes(file_->blob())),
      memory_(allocate_aligned(memory_bytes_)) {
  const std::span<std::byte> memory(memory_.get(), memory_bytes_);
  const Status status = isa ? prepared_.load(file_->blob(), memory, *isa) : prepared_.load(file_->blob(), memory);
  if (status != Status::kOk) throw Error("cannot run {}: {}", file_->name(), to_string(status));
}

HostModel::HostModel(const std::filesystem::path& path, std::optional<Isa> isa)
    : HostModel(std::make_shared<const ModelFile>(path), isa) {}

}  // namespace stapes
