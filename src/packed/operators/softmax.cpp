// SPDX-License-Identifier: Apache-2.0
// Softmax and logistic.
#include "packed/limits.h"
#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

static_assert(kMaxSoftmaxChannels == 4095, "a message names this number");

Finding check_probabilities(OperatorContext& c) {
  const bool known = c.in.dtype() == c.out.dtype() && (c.in.dtype() == DType::kI8 || c.in.dtype() == DType::kF32);
  if (!known) return corrupt("Softmax and Logistic require kI8 or kF32 input and output");
  if (!same_shape(c.in, c.out)) return corrupt("Softmax and Logistic must keep the shape");
  if (c.in.dtype() == DType::kF32) return {};
  if (c.out.scale() != 1.0f / 256 || c.out.zero_point() != -128) {
    return corrupt("Softmax and Logistic require output with scale 1/256 and zero point -128");
  }
  c.out_limit = i8_limit(-128);
  return {};
}

Finding check_absent(bool absent) {
  return absent ? Finding{} : corrupt("Softmax and Logistic of kF32 must have no parameters");
}

// Checks the factor of an exponent. A difference of at most `radius` must fit in int32 after the shift.
Finding check_exponent(std::int32_t multiplier, std::int32_t shift, std::int64_t radius) {
  if (multiplier < (1 << 30) || shift < 0 || shift > 30) return corrupt("multiplier or shift out of range");
  if (radius << shift >= std::int64_t{1} << 31) return corrupt("the exponents of this layer overflow");
  return {};
}

Finding check_softmax(const fb::Layer& layer, OperatorContext& c) {
  const fb::Softmax& op = *layer.op_as_Softmax();
  if (const Finding f = check_probabilities(c)) return f;
  if (c.in.dtype() == DType::kF32) return check_absent(op.multiplier() == 0 && op.shift() == 0 && op.diff_min() == 0);
  if (c.in.channels() > kMaxSoftmaxChannels) return unsupported("a Softmax of more than 4095 channels");
  if (op.diff_min() < -255 || op.diff_min() > 0) return corrupt("diff_min out of range");
  return check_exponent(op.multiplier(), op.shift(), -std::int64_t{op.diff_min()});
}

Finding check_logistic(const fb::Layer& layer, OperatorContext& c) {
  const fb::Logistic& op = *layer.op_as_Logistic();
  if (const Finding f = check_probabilities(c)) return f;
  if (c.in.dtype() == DType::kF32)
    return check_absent(op.multiplier() == 0 && op.shift() == 0 && op.range_radius() == 0);
  if (op.range_radius() < 0 || op.range_radius() > 256) return corrupt("range_radius out of range");
  return check_exponent(op.multiplier(), op.shift(), op.range_radius() > 0 ? op.range_radius() - 1 : 0);
}

}  // namespace

extern constexpr OperatorDescription kSoftmax{.gives_probabilities = true, .check = check_softmax};
extern constexpr OperatorDescription kLogistic{.gives_probabilities = true, .check = check_logistic};

}  // namespace stapes
