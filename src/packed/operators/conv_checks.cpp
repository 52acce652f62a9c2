// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "packed/operators/conv.h"
#include "packed/operators/window.h"

namespace stapes {
namespace {

using fb::DType;

Finding check_groups(std::int32_t groups, const OperatorContext& c) {
  if (groups < 1) return corrupt("groups out of range");
  if (c.in.channels() % groups != 0) return corrupt("groups do not divide the input channels");
  if (c.out.channels() % groups != 0) return corrupt("groups do not divide the output channels");
  return {};
}

// Weights per filter. The window and groups must have been checked.
template <class Conv>
std::int64_t taps(const Conv& op, const OperatorContext& c) {
  return bounded_product(op.window()->kernel_h(), op.window()->kernel_w(), c.in.channels() / op.groups());
}

template <class Conv>
Finding check_geometry(const Conv& op, const OperatorContext& c) {
  if (const Finding f = check_window(op.window(), op.end_pads(), c)) return f;
  if (const Finding f = check_groups(op.groups(), c)) return f;
  const std::int64_t positions = window_positions(*op.window(), op.end_pads(), c.in);
  if (bounded_product(positions, taps(op, c), c.out.channels()) > kMaxWork) {
    return unsupported("2^40 or more multiplications in one layer");
  }
  return {};
}

template <class T>
Finding check_weights(const flatbuffers::Vector<T>* weights, std::int64_t rows, std::int64_t columns) {
  if (!has_length(weights, bounded_product(rows, columns))) return corrupt("wrong number of weights");
  if (!is_aligned(weights->data())) return corrupt("weights not aligned to 64 bytes");
  return {};
}

// `rows` rows of at most `row_length` weights. 64-bit sums: the file may state any lengths.
Finding check_sparse(const fb::SparseWeights& sparse, std::int64_t rows, std::int64_t row_length) {
  if (!has_length(sparse.entries(), rows)) return corrupt("wrong number of sparse entry counts");
  std::int64_t pairs = 0;
  for (const std::uint16_t entries : *sparse.entries()) pairs += entries;
  const bool none = pairs == 0 && sparse.gaps() == nullptr && sparse.values() == nullptr;
  if (!none && (!has_length(sparse.gaps(), pairs) || !has_length(sparse.values(), pairs))) {
    return corrupt("wrong number of sparse weights");
  }
  flatbuffers::uoffset_t pair = 0;
  for (const std::uint16_t entries : *sparse.entries()) {
    std::int64_t end = 0;
    for (std::uint16_t i = 0; i < entries; ++i, ++pair) end += std::int64_t{sparse.gaps()->Get(pair)} + 1;
    if (end > row_length) return corrupt("a sparse weight after the end of its row");
  }
  return {};
}

// largest_sum() of one channel with sparse weights. Advances `pair` past the channel's pairs.
std::int64_t largest_sparse_sum(const fb::ConvI8& op, std::int64_t limit, std::int32_t channel,
                                flatbuffers::uoffset_t& pair) {
  const auto rows = static_cast<flatbuffers::uoffset_t>(op.window()->kernel_h());
  const auto first = static_cast<flatbuffers::uoffset_t>(channel) * rows;
  std::int64_t sum = 0;
  for (flatbuffers::uoffset_t row = first; row < first + rows; ++row) {
    for (std::uint16_t i = 0; i < op.sparse()->entries()->Get(row); ++i) {
      sum += std::abs(std::int64_t{op.sparse()->values()->Get(pair++)});
    }
  }
  const std::int64_t bias = op.bias()->Get(static_cast<flatbuffers::uoffset_t>(channel));
  return bounded_product(sum, limit) + std::abs(bias);
}

Finding check_i8_weights(const fb::ConvI8& op, const OperatorContext& c) {
  const std::int32_t channels = c.out.channels();
  if (op.sparse() == nullptr) return check_weights(op.weights(), channels, taps(op, c));
  if (op.weights() != nullptr) return corrupt("both dense and sparse weights");
  if (c.out.dtype() != DType::kI8) return corrupt("sparse weights require kI8 output");
  if (op.groups() != 1) return unsupported("sparse weights in a grouped convolution");
  return check_sparse(*op.sparse(), bounded_product(channels, op.window()->kernel_h()),
                      bounded_product(op.window()->kernel_w(), c.in.channels()));
}

Finding check_rescaled(const fb::ConvI8& op, OperatorContext& c) {
  const std::int32_t channels = c.out.channels();
  if (!has_length(op.bias(), channels)) return corrupt("wrong number of biases");
  flatbuffers::uoffset_t pair = 0;
  const Finding found = check_rescaling(op, c, [&](std::int32_t channel) {
    return op.sparse() == nullptr ? largest_sum(*op.weights(), op.bias(), channels, c.in_limit, channel)
                                  : largest_sparse_sum(op, c.in_limit, channel, pair);
  });
  if (found) return found;
  const bool bytes = c.out.dtype() == DType::kI8;
  c.out_limit = bytes ? i8_limit(c.out.zero_point()) : std::max(std::abs(op.minimum()), std::abs(op.maximum()));
  return {};
}

// For a layer with thresholds: checks the sums and the thresholds.
Finding check_decisions(const fb::ConvI8& op, const OperatorContext& c) {
  for (std::int32_t channel = 0; channel < c.out.channels(); ++channel) {
    const std::int64_t sum = largest_sum(*op.weights(), nullptr, c.out.channels(), c.in_limit, channel);
    if (sum >= std::numeric_limits<std::int32_t>::max()) return corrupt("the sums of this layer overflow");
  }
  return check_thresholds(*op.thresholds(), c.out.channels());
}

// Bits after the last weight of a filter must be 0, since kernels read whole words.
bool tails_are_zero(const flatbuffers::Vector<std::uint32_t>& weights, std::int32_t words, std::int64_t bits) {
  const auto used = static_cast<std::uint32_t>(bits % 32);
  if (used == 0) return true;
  for (flatbuffers::uoffset_t i = static_cast<flatbuffers::uoffset_t>(words) - 1; i < weights.size();
       i += static_cast<flatbuffers::uoffset_t>(words)) {
    if (weights.Get(i) >> used != 0) return false;
  }
  return true;
}

}  // namespace

Finding check_conv_f32(const fb::Layer& layer, OperatorContext& c) {
  const fb::ConvF32& op = *layer.op_as_ConvF32();
  const DType from = c.in.dtype(), to = c.out.dtype();
  const bool known =
      (from == DType::kF32 || from == DType::kI8 || from == DType::kI16) && (to == DType::kF32 || to == DType::kI8);
  if (!known) return corrupt("ConvF32 requires kF32, kI8 or kI16 input and kF32 or kI8 output");
  if (const Finding f = check_geometry(op, c)) return f;
  if (const Finding f = check_weights(op.weights(), c.out.channels(), taps(op, c))) return f;
  if (!has_length(op.bias(), c.out.channels())) return corrupt("wrong number of biases");
  if (!all_finite(*op.weights()) || !all_finite(*op.bias())) return corrupt("a weight or bias is not finite");
  if (op.relu6() && !op.relu()) return corrupt("relu6 without relu");
  c.out_limit = to == DType::kI8 ? i8_limit(c.out.zero_point()) : 0;
  return {};
}

Finding check_conv_i8(const fb::Layer& layer, OperatorContext& c) {
  const fb::ConvI8& op = *layer.op_as_ConvI8();
  const DType from = c.in.dtype(), to = c.out.dtype();
  const bool known = (from == DType::kI8 && to == DType::kI8) || (from == DType::kI16 && to == DType::kI8) ||
                     (from == DType::kI16 && to == DType::kI16) || (from == DType::kI16 && to == DType::kBits);
  if (!known) return corrupt("ConvI8 requires kI8 input and output, or kI16 input and kI8, kI16 or kBits output");
  if (const Finding f = check_geometry(op, c)) return f;
  if (const Finding f = check_i8_weights(op, c)) return f;
  if ((to == DType::kBits) != (op.thresholds() != nullptr))
    return corrupt("ConvI8 must have thresholds if and only if its output is kBits");
  return to == DType::kBits ? check_decisions(op, c) : check_rescaled(op, c);
}

Finding check_conv_pcm(const fb::Layer& layer, OperatorContext& c) {
  const fb::ConvPcm& op = *layer.op_as_ConvPcm();
  if (c.in.dtype() != DType::kI16 || c.out.dtype() != DType::kBits)
    return corrupt("ConvPcm requires kI16 input and kBits output");
  if (const Finding f = check_geometry(op, c)) return f;
  if (const Finding f = check_weights(op.weights(), c.out.channels(), taps(op, c))) return f;
  if (op.thresholds() == nullptr) return corrupt("no thresholds");
  if (const Finding f = check_thresholds(*op.thresholds(), c.out.channels())) return f;
  for (std::int32_t channel = 0; channel < c.out.channels(); ++channel) {
    if (largest_sum(*op.weights(), nullptr, c.out.channels(), 1, channel) > kMaxPcmWeightSum) {
      return corrupt("the absolute weights of a filter sum to more than 65535");
    }
  }
  return {};
}

Finding check_conv_bits(const fb::Layer& layer, OperatorContext& c) {
  const fb::ConvBits& op = *layer.op_as_ConvBits();
  const bool to_bits = op.thresholds() != nullptr;
  if (c.in.dtype() != DType::kBits || c.out.dtype() != (to_bits ? DType::kBits : DType::kI16)) {
    return corrupt("ConvBits requires kBits input, and kBits output with thresholds or kI16 without");
  }
  if (const Finding f = check_geometry(op, c)) return f;
  const std::int64_t bits = taps(op, c);
  const fb::Window& w = *op.window();
  const std::int64_t patch = bounded_product(w.kernel_h(), w.kernel_w(), words_for(c.in.channels()));
  if (bounded_product(w.pool_h(), w.pool_w(), patch) > kMaxElements) {
    return unsupported("a pool over more than 2^27 32-bit words");
  }
  const std::int32_t words = words_for(bits);
  if (const Finding f = check_weights(op.weights(), c.out.channels(), words)) return f;
  if (!tails_are_zero(*op.weights(), words, bits)) return corrupt("padding bits of a filter are not 0");
  if (to_bits && op.signed_sums()) return corrupt("both thresholds and signed sums");
  if (to_bits) return check_thresholds(*op.thresholds(), c.out.channels());
  if (bits > 32767) return unsupported("sums do not fit in kI16");
  c.out_limit = bits;
  return {};
}

}  // namespace stapes
