// SPDX-License-Identifier: Apache-2.0
// check_model.h: the checks of open_model() and helpers for operators/. Internal to src/packed.
#pragma once

#include <cstdint>

#include "packed/limits.h"
#include "packed/shapes.h"
#include "stapes/status.h"

namespace stapes {

// Converts to true if there is a fault.
struct Finding {
  Status status = Status::kOk;
  const char* what = "";
  explicit operator bool() const { return status != Status::kOk; }
};
inline Finding corrupt(const char* what) { return {Status::kCorrupt, what}; }
inline Finding unsupported(const char* what) { return {Status::kUnsupported, what}; }

// An operator's checked tensors and bounds on their integers.
struct OperatorContext {
  const fb::Tensor& in;
  const fb::Tensor& out;
  std::int64_t in_limit;              // largest |value| of an integer input; 0 for kF32 and kBits
  std::int64_t out_limit = 0;         // set by the check
  const fb::Tensor* other = nullptr;  // the second input of an addition
  std::int64_t other_limit = 0;
};

// `layer` becomes the index of the layer at fault, or -1.
Finding check_model(const fb::Model& model, int& layer);

// ---- shared by the operators ----

// Product of factors in [0, 2^31), capped at 2^40.
template <class... Factors>
std::int64_t bounded_product(Factors... factors) {
  constexpr std::int64_t kMany = std::int64_t{1} << 40;
  std::int64_t product = 1;
  ((product = product > kMany / (std::int64_t{factors} > 1 ? std::int64_t{factors} : 1) ? kMany : product * factors),
   ...);
  return product;
}

template <class T>
bool has_length(const flatbuffers::Vector<T>* values, std::int64_t length) {
  return values != nullptr && static_cast<std::int64_t>(values->size()) == length;
}

bool same_shape(const fb::Tensor& a, const fb::Tensor& b);
bool same_scale(const fb::Tensor& a, const fb::Tensor& b);  // and zero point

Finding check_thresholds(const fb::Thresholds& t, std::int32_t channels);

// Expects multiplier >= 2^30 and shift in [-31, 30], or both 0. Rescaling `sum` must not overflow.
Finding check_factor(std::int32_t multiplier, std::int32_t shift, std::int64_t sum);

// Checks the rescaling to c.out. Calls largest_sum_of(channel) for each channel, in order.
template <class Op, class SumOf>
Finding check_rescaling(const Op& op, const OperatorContext& c, SumOf largest_sum_of) {
  const std::int32_t channels = c.out.channels();
  if (!has_length(op.multiplier(), channels)) return corrupt("wrong number of multipliers");
  if (!has_length(op.shift(), channels)) return corrupt("wrong number of shifts");
  if (op.minimum() > op.maximum()) return corrupt("minimum above maximum");
  const bool bytes = c.out.dtype() == fb::DType::kI8;
  if (bytes && (op.minimum() < -128 || op.maximum() > 127)) return corrupt("minimum or maximum out of range");
  for (std::int32_t channel = 0; channel < channels; ++channel) {
    const auto at = static_cast<flatbuffers::uoffset_t>(channel);
    if (const Finding f = check_factor(op.multiplier()->Get(at), op.shift()->Get(at), largest_sum_of(channel)))
      return f;
  }
  return {};
}

bool all_finite(const flatbuffers::Vector<float>& values);
bool is_aligned(const void* data);  // to kContainerAlign

// sum |w| * limit + |bias| of one row: exact below 2^40, otherwise at least 2^40.
template <class W>
std::int64_t largest_sum(const flatbuffers::Vector<W>& weights, const flatbuffers::Vector<std::int32_t>* bias,
                         std::int32_t rows, std::int64_t limit, std::int32_t row) {
  const std::int64_t columns = static_cast<std::int64_t>(weights.size()) / rows;
  const W* w = weights.data() + row * columns;
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < columns; ++i) sum += w[i] < 0 ? -std::int64_t{w[i]} : std::int64_t{w[i]};
  const std::int64_t b = bias == nullptr ? 0 : bias->Get(static_cast<flatbuffers::uoffset_t>(row));
  return bounded_product(sum, limit) + (b < 0 ? -b : b);
}

// Largest |q - zero_point| of an int8 tensor.
inline std::int64_t i8_limit(std::int32_t zero_point) {
  return zero_point >= 0 ? std::int64_t{zero_point} + 128 : std::int64_t{127} - zero_point;
}

}  // namespace stapes
