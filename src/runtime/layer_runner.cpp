#include "runtime/layer_runner.h"

#include "kernels/average_pool/average_pool.h"
#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_f32/conv_f32.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/linear/linear.h"
#include "kernels/swap/swap.h"

namespace stapes {
namespace {

// Where a layer reads and writes.
struct Buffers {
  const std::byte* input;
  std::byte* output;
  std::byte* scratch;

  template <class T>
  const T* in() const {
    return reinterpret_cast<const T*>(input);
  }
  template <class T>
  T* out() const {
    return reinterpret_cast<T*>(output);
  }
};

const std::int32_t* threshold_values(const fb::Thresholds* t) {
  return t == nullptr ? nullptr : t->threshold()->data();
}
const std::uint8_t* falling_flags(const fb::Thresholds* t) {
  return t == nullptr || t->falling() == nullptr ? nullptr : t->falling()->data();
}

template <class Input, class Output>
ConvF32Args<Input, Output> conv_f32_args(const fb::ConvF32& op, const ConvShape& shape, const fb::Tensor& in,
                                         const fb::Tensor& out, const Buffers& b) {
  return {.shape = shape,
          .weights = op.weights()->data(),
          .bias = op.bias()->data(),
          .input = b.in<Input>(),
          .output = b.out<Output>(),
          .relu = op.relu(),
          .in_scale = in.scale(),
          .out_scale = out.scale(),
          .in_zero_point = in.zero_point(),
          .out_zero_point = out.zero_point()};
}

void run_conv_f32(const fb::ConvF32& op, const ConvShape& shape, const fb::Tensor& in, const fb::Tensor& out,
                  const Buffers& b) {
  const bool to_i8 = out.dtype() == fb::DType::kI8;
  if (in.dtype() == fb::DType::kF32) {
    if (to_i8) return conv_f32_to_i8_scalar(conv_f32_args<float, std::int8_t>(op, shape, in, out, b));
    return conv_f32_scalar(conv_f32_args<float, float>(op, shape, in, out, b));
  }
  if (in.dtype() == fb::DType::kI8) {
    if (to_i8) return conv_f32_from_i8_to_i8_scalar(conv_f32_args<std::int8_t, std::int8_t>(op, shape, in, out, b));
    return conv_f32_from_i8_scalar(conv_f32_args<std::int8_t, float>(op, shape, in, out, b));
  }
  if (to_i8) return conv_f32_from_i16_to_i8_scalar(conv_f32_args<std::int16_t, std::int8_t>(op, shape, in, out, b));
  conv_f32_from_i16_scalar(conv_f32_args<std::int16_t, float>(op, shape, in, out, b));
}

template <class Input, class Output>
ConvI8Args<Input, Output> conv_i8_args(const fb::ConvI8& op, const ConvShape& shape, const fb::Tensor& in,
                                       const fb::Tensor& out, const Buffers& b) {
  return {.shape = shape,
          .weights = op.weights()->data(),
          .bias = op.bias()->data(),
          .multiplier = op.multiplier()->data(),
          .shift = op.shift()->data(),
          .input = b.in<Input>(),
          .output = b.out<Output>(),
          .in_zero_point = in.zero_point(),
          .out_zero_point = out.zero_point(),
          .minimum = op.minimum(),
          .maximum = op.maximum()};
}

template <class Input>
ConvI8SparseArgs<Input> conv_i8_sparse_args(const fb::ConvI8& op, const ConvShape& shape, const fb::Tensor& in,
                                            const fb::Tensor& out, const Buffers& b) {
  const fb::SparseWeights& sparse = *op.sparse();
  const bool none = sparse.gaps() == nullptr;  // nothing but zeros
  return {.shape = shape,
          .weights = {.entries = sparse.entries()->data(),
                      .gaps = none ? nullptr : sparse.gaps()->data(),
                      .values = none ? nullptr : sparse.values()->data()},
          .bias = op.bias()->data(),
          .multiplier = op.multiplier()->data(),
          .shift = op.shift()->data(),
          .input = b.in<Input>(),
          .output = b.out<std::int8_t>(),
          .in_zero_point = in.zero_point(),
          .out_zero_point = out.zero_point(),
          .minimum = op.minimum(),
          .maximum = op.maximum()};
}

void run_conv_i8(const fb::ConvI8& op, const ConvShape& shape, const fb::Tensor& in, const fb::Tensor& out,
                 const Buffers& b) {
  if (op.sparse() != nullptr) {
    if (in.dtype() == fb::DType::kI8) {
      conv_i8_sparse_scalar(conv_i8_sparse_args<std::int8_t>(op, shape, in, out, b));
    } else {
      conv_i8_sparse_from_i16_scalar(conv_i8_sparse_args<std::int16_t>(op, shape, in, out, b));
    }
  } else if (in.dtype() == fb::DType::kI8) {
    conv_i8_scalar(conv_i8_args<std::int8_t, std::int8_t>(op, shape, in, out, b));
  } else if (out.dtype() == fb::DType::kI8) {
    conv_i8_from_i16_scalar(conv_i8_args<std::int16_t, std::int8_t>(op, shape, in, out, b));
  } else if (out.dtype() == fb::DType::kI16) {
    conv_i8_i16_scalar(conv_i8_args<std::int16_t, std::int16_t>(op, shape, in, out, b));
  } else {
    conv_i8_bits_scalar({.shape = shape,
                         .weights = op.weights()->data(),
                         .threshold = threshold_values(op.thresholds()),
                         .falling = falling_flags(op.thresholds()),
                         .input = b.in<std::int16_t>(),
                         .output = b.out<std::uint32_t>()});
  }
}

void run_conv_pcm(const fb::ConvPcm& op, const ConvShape& shape, const Buffers& b) {
  conv_pcm_scalar({.shape = shape,
                   .weights = op.weights()->data(),
                   .threshold = threshold_values(op.thresholds()),
                   .falling = falling_flags(op.thresholds()),
                   .input = b.in<std::int16_t>(),
                   .output = b.out<std::uint32_t>()});
}

void run_conv_bits(const fb::ConvBits& op, const ConvShape& shape, const Buffers& b) {
  const ConvBitsArgs args{.shape = shape,
                          .weights = op.weights()->data(),
                          .threshold = threshold_values(op.thresholds()),
                          .falling = falling_flags(op.thresholds()),
                          .input = b.in<std::uint32_t>(),
                          .scratch = reinterpret_cast<std::uint32_t*>(b.scratch)};
  if (op.thresholds() == nullptr) {
    conv_bits_sums_scalar(args, b.out<std::int16_t>());
  } else {
    conv_bits_scalar(args, b.out<std::uint32_t>());
  }
}

template <class Element>
SwapArgs<Element> swap_args(const fb::Tensor& in, const Buffers& b) {
  return {.input = b.in<Element>(), .output = b.out<Element>(), .width = in.width(), .channels = in.channels()};
}

void run_swap(const fb::Tensor& in, const Buffers& b) {
  switch (in.dtype()) {
    case fb::DType::kI8:
      return swap_8_scalar(swap_args<std::uint8_t>(in, b));
    case fb::DType::kI16:
      return swap_16_scalar(swap_args<std::uint16_t>(in, b));
    case fb::DType::kF32:
    case fb::DType::kI32:
      return swap_32_scalar(swap_args<std::uint32_t>(in, b));
    case fb::DType::kBits:
      return swap_bits_scalar({.input = b.in<std::uint32_t>(),
                               .output = b.out<std::uint32_t>(),
                               .width = in.width(),
                               .channels = in.channels()});
  }
}

template <class Input, class Output>
AveragePoolArgs<Input, Output> pool_args(const fb::AveragePool& op, const fb::Tensor& in, const Buffers& b) {
  return {.input = b.in<Input>(),
          .output = b.out<Output>(),
          .in_h = in.height(),
          .in_w = in.width(),
          .channels = in.channels(),
          .pool_h = op.pool_h(),
          .pool_w = op.pool_w()};
}

void run_average_pool(const fb::AveragePool& op, const fb::Tensor& in, const Buffers& b) {
  switch (in.dtype()) {
    case fb::DType::kI8:
      return average_pool_i8_scalar(pool_args<std::int8_t, std::int8_t>(op, in, b));
    case fb::DType::kI16:
      return sum_pool_i16_scalar(pool_args<std::int16_t, std::int32_t>(op, in, b));
    default:
      return average_pool_f32_scalar(pool_args<float, float>(op, in, b));
  }
}

template <class Args, class Op>
Args linear_args(const Op& op, const fb::Tensor& in, const fb::Tensor& out, const Buffers& b) {
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

void run_operator(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const Buffers& b) {
  const fb::Tensor& in = input_tensor(model, layer);
  const fb::Tensor& out = output_tensor(model, layer);
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
      return run_conv_f32(*layer.op_as_ConvF32(), shape, in, out, b);
    case fb::Operator::ConvI8:
      return run_conv_i8(*layer.op_as_ConvI8(), shape, in, out, b);
    case fb::Operator::ConvPcm:
      return run_conv_pcm(*layer.op_as_ConvPcm(), shape, b);
    case fb::Operator::ConvBits:
      return run_conv_bits(*layer.op_as_ConvBits(), shape, b);
    case fb::Operator::Swap:
      return run_swap(in, b);
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
    case fb::Operator::NONE:
      return;  // refused by the reader
  }
}

}  // namespace

ConvShape conv_shape(const fb::Window& w, const fb::Tensor& in, const fb::Tensor& out) noexcept {
  return {.in_h = in.height(),
          .in_w = in.width(),
          .in_c = in.channels(),
          .out_h = out.height(),
          .out_w = out.width(),
          .out_c = out.channels(),
          .kernel_h = w.kernel_h(),
          .kernel_w = w.kernel_w(),
          .stride_h = w.stride_h(),
          .stride_w = w.stride_w(),
          .pad_h = w.pad_h(),
          .pad_w = w.pad_w(),
          .pool_h = w.pool_h(),
          .pool_w = w.pool_w()};
}

std::size_t layer_scratch_bytes(const fb::Model& model, const fb::Layer& layer) noexcept {
  const auto* op = layer.op_as_ConvBits();
  if (op == nullptr) return 0;
  const ConvShape shape = conv_shape(*op->window(), input_tensor(model, layer), output_tensor(model, layer));
  return conv_bits_scratch_words(shape) * sizeof(std::uint32_t);
}

void run_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const std::byte* input,
              std::byte* output, std::byte* scratch) noexcept {
  run_operator(model, layer, shape, {input, output, scratch});
}

void run_layer(const fb::Model& model, const fb::Layer& layer, const std::byte* input, std::byte* output,
               std::byte* scratch) noexcept {
  const fb::Window* window = layer_window(layer);
  const ConvShape shape =
      window == nullptr ? ConvShape{} : conv_shape(*window, input_tensor(model, layer), output_tensor(model, layer));
  run_operator(model, layer, shape, {input, output, scratch});
}

}  // namespace stapes
