// SPDX-License-Identifier: Apache-2.0
#include "compress/sparse_weights.h"

#include <limits>

#include "packed/sparse.h"

namespace stapes {
namespace {

constexpr int kLongestGap = 255;

// Appends the pairs of one row; returns how many.
std::size_t append_row(std::span<const std::int8_t> row, fb::SparseWeightsT& sparse) {
  const std::size_t before = sparse.values.size();
  int gap = 0;
  for (const std::int8_t weight : row) {
    if (weight == 0 && gap < kLongestGap) {
      ++gap;
      continue;
    }
    sparse.gaps.push_back(static_cast<std::uint8_t>(gap));
    sparse.values.push_back(weight);
    gap = 0;
  }
  while (sparse.values.size() > before && sparse.values.back() == 0) {  // a final run of zeros needs no pairs
    sparse.gaps.pop_back();
    sparse.values.pop_back();
  }
  return sparse.values.size() - before;
}

}  // namespace

std::unique_ptr<fb::SparseWeightsT> sparse_form(std::span<const std::int8_t> weights, std::size_t row_length) {
  auto sparse = std::make_unique<fb::SparseWeightsT>();
  for (std::size_t at = 0; at < weights.size(); at += row_length) {
    const std::size_t pairs = append_row(weights.subspan(at, row_length), *sparse);
    if (pairs > std::numeric_limits<std::uint16_t>::max()) return nullptr;
    sparse->entries.push_back(static_cast<std::uint16_t>(pairs));
  }
  return sparse;
}

std::vector<std::int8_t> dense_form(const fb::SparseWeightsT& sparse, std::size_t row_length) {
  std::vector<std::int8_t> weights(sparse.entries.size() * row_length);
  std::size_t pair = 0;
  for (std::size_t row = 0; row < sparse.entries.size(); ++row) {
    std::size_t at = row * row_length;
    for (std::uint16_t i = 0; i < sparse.entries[row]; ++i, ++pair) {
      at += sparse.gaps[pair];
      weights[at++] = sparse.values[pair];
    }
  }
  return weights;
}

void store_sparse_where_better(fb::ModelT& model) {
  for (const auto& layer : model.layers) {
    fb::ConvI8T* op = layer->op.AsConvI8();
    const bool bytes = model.tensors[static_cast<std::size_t>(layer->output)]->dtype == fb::DType::kI8;
    if (op == nullptr || !bytes || op->sparse != nullptr || op->groups != 1) continue;
    const auto in_channels = model.tensors[static_cast<std::size_t>(layer->inputs.front())]->channels;
    const auto row_length = static_cast<std::size_t>(op->window->kernel_w() * in_channels);
    const WeightStorage storage = dense_weight_storage(
        op->weights.data(), static_cast<std::int64_t>(op->weights.size()), static_cast<std::int64_t>(row_length));
    if (!storage.sparse_is_smaller() || !storage.sparse_is_faster()) continue;
    op->sparse = sparse_form(op->weights, row_length);
    if (op->sparse != nullptr) op->weights.clear();
  }
}

}  // namespace stapes
