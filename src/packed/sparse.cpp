// SPDX-License-Identifier: Apache-2.0
#include "packed/sparse.h"

namespace stapes {
namespace {

constexpr std::int64_t kLongestGap = 255;
constexpr std::int64_t kPairBytes = 2, kEntryBytes = 2;

// Pairs of one row. Adds its zeros to `zeros`.
std::int64_t pairs_of(const std::int8_t* row, std::int64_t length, std::int64_t& zeros) {
  std::int64_t pairs = 0, run = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    if (row[i] == 0) {
      ++zeros;
      ++run;
    } else {
      pairs += run / (kLongestGap + 1) + 1;
      run = 0;
    }
  }
  return pairs;
}

}  // namespace

const char* WeightStorage::reason() const {
  if (!sparse_is_smaller()) return "sparse would be larger";
  return sparse_is_faster() ? "smaller and faster" : "sparse would be smaller but slower";
}

WeightStorage dense_weight_storage(const std::int8_t* weights, std::int64_t count, std::int64_t row_length) noexcept {
  WeightStorage storage{.weights = count, .dense_bytes = count};
  for (std::int64_t at = 0; at < count; at += row_length) {
    storage.sparse_bytes += kEntryBytes + kPairBytes * pairs_of(weights + at, row_length, storage.zeros);
  }
  return storage;
}

WeightStorage weight_storage(const fb::Model& model, const fb::Layer& layer) noexcept {
  const fb::ConvI8* op = layer.op_as_ConvI8();
  if (op == nullptr || output_tensor(model, layer).dtype() != fb::DType::kI8 || op->groups() != 1) return {};
  const std::int64_t row_length = std::int64_t{op->window()->kernel_w()} * input_tensor(model, layer).channels();
  if (op->sparse() == nullptr) {
    return dense_weight_storage(op->weights()->data(), static_cast<std::int64_t>(op->weights()->size()), row_length);
  }
  const fb::SparseWeights& sparse = *op->sparse();
  WeightStorage storage{.weights = std::int64_t{sparse.entries()->size()} * row_length, .is_sparse = true};
  storage.dense_bytes = storage.weights;
  storage.zeros = storage.weights;
  storage.sparse_bytes = std::int64_t{sparse.entries()->size()} * kEntryBytes;
  if (sparse.values() == nullptr) return storage;  // only zeros
  for (const std::int8_t value : *sparse.values()) storage.zeros -= value != 0;
  storage.sparse_bytes += static_cast<std::int64_t>(sparse.values()->size()) * kPairBytes;
  return storage;
}

}  // namespace stapes
