// SPDX-License-Identifier: Apache-2.0
// tensor_reader.h: converts torch's pickled storages and tensors to float tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/tensor_dict.h"
#include "import/element_types.h"
#include "import/pickle.h"

namespace stapes::imports {

// Python objects allowed in checkpoints, besides collections.OrderedDict.
std::span<const std::string_view> torch_globals();

struct StorageType {
  std::string_view global;    // "torch.FloatStorage"
  std::size_t element_bytes;  // 1, 2, 4 or 8
  ToFloat to_float;           // null: integers, which are not weights
};

// As described by the pickle: well-formed, but not yet compared with the data.
struct StorageRecord {
  std::string_view key;
  const StorageType* type = nullptr;
  std::uint64_t element_count = 0;
};

// Also true for a parameter.
bool is_tensor(const Pickle& pickle, const Value& value);

// Persistent id `ref`: ("storage", type, key, location, count[, view]). Throws Error for any other form.
StorageRecord read_storage_record(const Pickle& pickle, Ref ref);

class TensorReader {
 public:
  // Finds a storage's bytes: exactly element_count * element_bytes, or throws Error.
  using FindStorage = std::function<std::span<const std::byte>(const StorageRecord&)>;

  // `file_bytes`: allows at most one value per byte, in all tensors together. Borrows the pickle.
  TensorReader(const Pickle& pickle, FindStorage find_storage, std::uint64_t file_bytes)
      : pickle_(pickle), find_storage_(std::move(find_storage)), values_left_(file_bytes) {}

  // Row-major; nullopt for torch's integer step counters. Throws Error with `name` if the value is not a tensor, holds
  // other integers, exceeds its storage, or has a NaN or Inf.
  std::optional<FloatTensor> read(const std::string& name, Ref ref);

 private:
  struct Layout {
    std::uint64_t offset = 0, value_count = 1;
    std::vector<std::int64_t> sizes = {}, strides = {};
  };
  const Value& tensor_arguments(const std::string& name, Ref ref) const;
  std::vector<std::int64_t> integers(const std::string& name, Ref ref) const;
  Layout read_layout(const std::string& name, const Value& arguments, const StorageRecord& storage);

  const Pickle& pickle_;
  FindStorage find_storage_;
  std::uint64_t values_left_;
};

}  // namespace stapes::imports
