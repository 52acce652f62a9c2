// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {

// Defined in the file of their kind: linear layers in linear.cpp, logistic in softmax.cpp.
extern const OperatorDescription kConvF32, kConvI8, kConvPcm, kConvBits;
extern const OperatorDescription kTranspose, kAveragePool;
extern const OperatorDescription kLinearF32, kLinearI8, kLinearI16;
extern const OperatorDescription kAddF32, kAddI8, kAddI32;
extern const OperatorDescription kThreshold, kMaxPool, kSoftmax, kLogistic;
extern const OperatorDescription kMean, kReshape, kLinearI8Once;

const OperatorDescription& describe(fb::Operator op) noexcept {
  static constexpr OperatorDescription kUnknown{};
  switch (op) {
    case fb::Operator::ConvF32:
      return kConvF32;
    case fb::Operator::ConvI8:
      return kConvI8;
    case fb::Operator::ConvPcm:
      return kConvPcm;
    case fb::Operator::ConvBits:
      return kConvBits;
    case fb::Operator::Transpose:
      return kTranspose;
    case fb::Operator::AveragePool:
      return kAveragePool;
    case fb::Operator::LinearF32:
      return kLinearF32;
    case fb::Operator::LinearI8:
      return kLinearI8;
    case fb::Operator::LinearI16:
      return kLinearI16;
    case fb::Operator::AddF32:
      return kAddF32;
    case fb::Operator::AddI8:
      return kAddI8;
    case fb::Operator::AddI32:
      return kAddI32;
    case fb::Operator::Threshold:
      return kThreshold;
    case fb::Operator::MaxPool:
      return kMaxPool;
    case fb::Operator::Softmax:
      return kSoftmax;
    case fb::Operator::Logistic:
      return kLogistic;
    case fb::Operator::Mean:
      return kMean;
    case fb::Operator::Reshape:
      return kReshape;
    case fb::Operator::LinearI8Once:
      return kLinearI8Once;
    case fb::Operator::NONE:
      break;
  }
  return kUnknown;
}

}  // namespace stapes
