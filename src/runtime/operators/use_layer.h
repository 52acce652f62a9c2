// SPDX-License-Identifier: Apache-2.0
// use_layer.h: the kernel of any layer. To add an operator, include its header here and add a case below.
#pragma once

#include "runtime/operators/add.h"
#include "runtime/operators/average_pool.h"
#include "runtime/operators/conv.h"
#include "runtime/operators/linear.h"
#include "runtime/operators/max_pool.h"
#include "runtime/operators/mean.h"
#include "runtime/operators/reshape.h"
#include "runtime/operators/softmax.h"
#include "runtime/operators/threshold.h"
#include "runtime/operators/transpose.h"

namespace stapes {

// Calls use(NamedKernel<Args>, describe); describe(bind) binds every member of Args (binding.h). The operator must
// be one that the model reader accepts.
template <class Use>
void use_layer(const LayerView& l, const Use& use) {
  switch (l.layer.op_type()) {
    case fb::Operator::ConvF32:
      return use_conv_f32(l, use);
    case fb::Operator::ConvI8:
      return use_conv_i8(l, use);
    case fb::Operator::ConvPcm:
      return use_conv_pcm(l, use);
    case fb::Operator::ConvBits:
      return use_conv_bits(l, use);
    case fb::Operator::Transpose:
      return use_transpose(l, use);
    case fb::Operator::AveragePool:
      return use_average_pool(l, use);
    case fb::Operator::LinearF32:
      return use_linear_f32(l, use);
    case fb::Operator::LinearI8:
      return use_linear_i8(l, use);
    case fb::Operator::LinearI16:
      return use_linear_i16(l, use);
    case fb::Operator::AddF32:
      return use_add_f32(l, use);
    case fb::Operator::AddI8:
      return use_add_i8(l, use);
    case fb::Operator::AddI32:
      return use_add_i32(l, use);
    case fb::Operator::Threshold:
      return use_threshold(l, use);
    case fb::Operator::MaxPool:
      return use_max_pool(l, use);
    case fb::Operator::Softmax:
      return use_softmax(l, use);
    case fb::Operator::Logistic:
      return use_logistic(l, use);
    case fb::Operator::Mean:
      return use_mean(l, use);
    case fb::Operator::Reshape:
      return use_reshape(l, use);
    case fb::Operator::LinearI8Once:
      return use_linear_i8_once(l, use);
    case fb::Operator::NONE:
      return;
  }
}

}  // namespace stapes
