// SPDX-License-Identifier: Apache-2.0
#include "runtime/layer_runner.h"

#include "kernels/add/add.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/decide/decide.h"
#include "kernels/linear/linear.h"
#include "kernels/swap/swap.h"

namespace stapes {
namespace {

// Where a layer reads and writes.
struct LayerBuffers {
  const std::byte* input;
  const std::byte* other;  // the second input of an addition
  std::byte* output;

  template <class T>
  const T* in() const {
    return reinterpret_cast<const T*>(input);
  }
  template <class T>
  T* out() const {
    return reinterpret_cast<T*>(output);
  }
};

template <class Element>
SwapArgs<Element> swap_args(const fb::Tensor& in, Rows rows, const LayerBuffers& b) {
  return {.input = b.in<Element>(),
          .output = b.out<Element>(),
          .width = in.width(),
          .channels = in.channels(),
          .first = rows.first,
          .end = rows.end};
}

void run_swap(const fb::Tensor& in, Rows rows, const LayerBuffers& b) {
  switch (in.dtype()) {
    case fb::DType::kI8:
      return swap_8_scalar(swap_args<std::uint8_t>(in, rows, b));
    case fb::DType::kI16:
      return swap_16_scalar(swap_args<std::uint16_t>(in, rows, b));
    case fb::DType::kF32:
    case fb::DType::kI32:
      return swap_32_scalar(swap_args<std::uint32_t>(in, rows, b));
    case fb::DType::kBits:
      return swap_bits_scalar({.input = b.in<std::uint32_t>(),
                               .output = b.out<std::uint32_t>(),
                               .width = in.width(),
                               .channels = in.channels(),
                               .first = rows.first,
                               .end = rows.end});
  }
}

template <class Input, class Output>
AveragePoolArgs<Input, Output> pool_args(const fb::AveragePool& op, const fb::Tensor& in, const LayerBuffers& b) {
  return {.input = b.in<Input>(),
          .output = b.out<Output>(),
          .in_h = in.height(),
          .in_w = in.width(),
          .channels = in.channels(),
          .pool_h = op.pool_h(),
          .pool_w = op.pool_w(),
          .shift = op.shift()};
}

void run_average_pool(const fb::AveragePool& op, const fb::Tensor& in, const LayerBuffers& b) {
  switch (in.dtype()) {
    case fb::DType::kI8:
      return average_pool_i8_scalar(pool_args<std::int8_t, std::int8_t>(op, in, b));
    case fb::DType::kI16:
      return sum_pool_i16_scalar(pool_args<std::int16_t, std::int32_t>(op, in, b));
    case fb::DType::kI32:
      return sum_pool_i32_scalar(pool_args<std::int32_t, std::int32_t>(op, in, b));
    default:
      return average_pool_f32_scalar(pool_args<float, float>(op, in, b));
  }
}

template <class Args, class Op>
Args linear_args(const Op& op, const fb::Tensor& in, const fb::Tensor& out, const LayerBuffers& b) {
  Args args{};
  args.weights = op.weights()->data();
  args.bias = op.bias()->data();
  args.input = reinterpret_cast<decltype(args.input)>(b.input);
  args.output = reinterpret_cast<decltype(args.output)>(b.output);
  args.inputs = in.channels();
  args.outputs = out.channels();
  args.zero_point = in.zero_point();
  args.scale = in.scale();
  return args;
}

std::int32_t positions_of(const fb::Tensor& tensor) { return tensor.height() * tensor.width(); }

void run_add_f32(const fb::AddF32& op, const fb::Tensor& in, const LayerBuffers& b) {
  add_f32_scalar({.input = b.in<float>(),
                  .other = reinterpret_cast<const float*>(b.other),
                  .output = b.out<float>(),
                  .count = positions_of(in) * in.channels(),
                  .relu = op.relu()});
}

void run_add_i8(const fb::AddI8& op, const fb::Tensor& in, const fb::Tensor& other, const fb::Tensor& out,
                const LayerBuffers& b) {
  add_i8_scalar({.input = b.in<std::int8_t>(),
                 .other = reinterpret_cast<const std::int8_t*>(b.other),
                 .output = b.out<std::int8_t>(),
                 .count = positions_of(in) * in.channels(),
                 .a = {in.zero_point(), op.multiplier_a(), op.shift_a()},
                 .b = {other.zero_point(), op.multiplier_b(), op.shift_b()},
                 .multiplier = op.multiplier(),
                 .shift = op.shift(),
                 .out_zero_point = out.zero_point(),
                 .minimum = op.minimum(),
                 .maximum = op.maximum()});
}

template <class Other>
AddI32Args<Other> add_i32_args(const fb::AddI32& op, const fb::Tensor& in, const LayerBuffers& b) {
  return {.input = b.in<std::int16_t>(),
          .other = reinterpret_cast<const Other*>(b.other),
          .output = b.out<std::int32_t>(),
          .a_multiplier = op.multiplier_a()->data(),
          .b_multiplier = op.multiplier_b()->data(),
          .positions = positions_of(in),
          .channels = in.channels(),
          .relu = op.relu()};
}

void run_add_i32(const fb::AddI32& op, const fb::Tensor& in, const fb::Tensor& other, const LayerBuffers& b) {
  if (other.dtype() == fb::DType::kI16) return add_i32_from_i16_scalar(add_i32_args<std::int16_t>(op, in, b));
  add_i32_from_i32_scalar(add_i32_args<std::int32_t>(op, in, b));
}

template <class Input>
DecideArgs<Input> decide_args(const fb::Thresholds& t, const fb::Tensor& in, const LayerBuffers& b) {
  return {.input = b.in<Input>(),
          .output = b.out<std::uint32_t>(),
          .threshold = t.threshold()->data(),
          .falling = t.falling() == nullptr ? nullptr : t.falling()->data(),
          .positions = positions_of(in),
          .channels = in.channels()};
}

void run_decide(const fb::Thresholds& t, const fb::Tensor& in, const LayerBuffers& b) {
  if (in.dtype() == fb::DType::kI16) return decide_from_i16_scalar(decide_args<std::int16_t>(t, in, b));
  decide_from_i32_scalar(decide_args<std::int32_t>(t, in, b));
}

}  // namespace

ConvShape layer_shape(const fb::Model& model, const fb::Layer& layer) noexcept {
  return layer_window(layer) == nullptr ? ConvShape{}
                                        : conv_shape(layer, input_tensor(model, layer), output_tensor(model, layer));
}

std::size_t layer_scratch_bytes(const fb::Model& model, const fb::Layer& layer, int variant) noexcept {
  return conv_scratch_bytes(model, layer, layer_shape(model, layer), variant);
}

void run_layer(const fb::Model& model, const fb::Layer& layer, const LayerInputs& inputs, std::byte* output,
               std::byte* scratch, const LayerKernel& kernel) noexcept {
  const LayerBuffers b{inputs.first, inputs.second, output};
  const fb::Tensor& in = input_tensor(model, layer);
  const fb::Tensor& out = output_tensor(model, layer);
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
    case fb::Operator::ConvI8:
    case fb::Operator::ConvPcm:
    case fb::Operator::ConvBits:
      return BoundConv(model, layer, layer_shape(model, layer), kernel, scratch)(inputs.first, output);
    case fb::Operator::Swap:
      return run_swap(in, {0, in.channels()}, b);
    case fb::Operator::AveragePool:
      return run_average_pool(*layer.op_as_AveragePool(), in, b);
    case fb::Operator::LinearF32:
      if (in.dtype() == fb::DType::kI8) {
        return linear_f32_from_i8_scalar(linear_args<LinearF32FromI8Args>(*layer.op_as_LinearF32(), in, out, b));
      }
      return linear_f32_scalar(linear_args<LinearF32Args>(*layer.op_as_LinearF32(), in, out, b));
    case fb::Operator::LinearI8:
      return linear_i8_scalar(linear_args<LinearI8Args>(*layer.op_as_LinearI8(), in, out, b));
    case fb::Operator::LinearI16:
      return linear_i16_scalar(linear_args<LinearI16Args>(*layer.op_as_LinearI16(), in, out, b));
    case fb::Operator::AddF32:
      return run_add_f32(*layer.op_as_AddF32(), in, b);
    case fb::Operator::AddI8:
      return run_add_i8(*layer.op_as_AddI8(), in, second_input_tensor(model, layer), out, b);
    case fb::Operator::AddI32:
      return run_add_i32(*layer.op_as_AddI32(), in, second_input_tensor(model, layer), b);
    case fb::Operator::Decide:
      return run_decide(*layer.op_as_Decide()->thresholds(), in, b);
    case fb::Operator::NONE:
      return;  // refused by the reader
  }
}

void run_swap_rows(const fb::Tensor& in, Rows made, const std::byte* input, std::byte* output) noexcept {
  run_swap(in, made, {input, nullptr, output});
}

}  // namespace stapes
