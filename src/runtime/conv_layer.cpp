// SPDX-License-Identifier: Apache-2.0
#include "runtime/conv_layer.h"

#include <new>

#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_f32/conv_f32.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/conv_pcm/conv_pcm.h"

namespace stapes {
namespace {

// The two ends of a layer.
struct Ends {
  const fb::Tensor& in;
  const fb::Tensor& out;
};

const std::int32_t* threshold_values(const fb::Thresholds* t) {
  return t == nullptr ? nullptr : t->threshold()->data();
}
const std::uint8_t* falling_flags(const fb::Thresholds* t) {
  return t == nullptr || t->falling() == nullptr ? nullptr : t->falling()->data();
}

template <class Input, class Output>
ConvF32Args<Input, Output> conv_f32_args(const fb::ConvF32& op, const ConvShape& shape, const Ends& ends) {
  return {.shape = shape,
          .weights = op.weights()->data(),
          .bias = op.bias()->data(),
          .input = nullptr,
          .output = nullptr,
          .relu = op.relu(),
          .in_scale = ends.in.scale(),
          .out_scale = ends.out.scale(),
          .in_zero_point = ends.in.zero_point(),
          .out_zero_point = ends.out.zero_point()};
}

template <class Use>
void use_conv_f32(const fb::ConvF32& op, const ConvShape& shape, const Ends& ends, const Use& use) {
  const bool to_i8 = ends.out.dtype() == fb::DType::kI8;
  switch (ends.in.dtype()) {
    case fb::DType::kI8:
      return to_i8 ? use(conv_f32_from_i8_to_i8_variants(), conv_f32_args<std::int8_t, std::int8_t>(op, shape, ends))
                   : use(conv_f32_from_i8_variants(), conv_f32_args<std::int8_t, float>(op, shape, ends));
    case fb::DType::kI16:
      return to_i8 ? use(conv_f32_from_i16_to_i8_variants(), conv_f32_args<std::int16_t, std::int8_t>(op, shape, ends))
                   : use(conv_f32_from_i16_variants(), conv_f32_args<std::int16_t, float>(op, shape, ends));
    default:
      return to_i8 ? use(conv_f32_to_i8_variants(), conv_f32_args<float, std::int8_t>(op, shape, ends))
                   : use(conv_f32_variants(), conv_f32_args<float, float>(op, shape, ends));
  }
}

// What a convolution by the TFLite rules has beside its weights.
template <class Args>
Args rescaled_args(const fb::ConvI8& op, const ConvShape& shape, const Ends& ends) {
  Args args{};
  args.shape = shape;
  args.bias = op.bias()->data();
  args.multiplier = op.multiplier()->data();
  args.shift = op.shift()->data();
  args.in_zero_point = ends.in.zero_point();
  args.out_zero_point = ends.out.zero_point();
  args.minimum = op.minimum();
  args.maximum = op.maximum();
  return args;
}

template <class Input, class Output>
ConvI8Args<Input, Output> conv_i8_args(const fb::ConvI8& op, const ConvShape& shape, const Ends& ends) {
  auto args = rescaled_args<ConvI8Args<Input, Output>>(op, shape, ends);
  args.weights = op.weights()->data();
  return args;
}

template <class Input>
ConvI8SparseArgs<Input> conv_i8_sparse_args(const fb::ConvI8& op, const ConvShape& shape, const Ends& ends) {
  auto args = rescaled_args<ConvI8SparseArgs<Input>>(op, shape, ends);
  const fb::SparseWeights& sparse = *op.sparse();
  args.weights.entries = sparse.entries()->data();
  if (sparse.gaps() != nullptr) {  // else nothing but zeros
    args.weights.gaps = sparse.gaps()->data();
    args.weights.values = sparse.values()->data();
  }
  return args;
}

template <class Use>
void use_conv_i8(const fb::ConvI8& op, const ConvShape& shape, const Ends& ends, const Use& use) {
  const bool from_i8 = ends.in.dtype() == fb::DType::kI8;
  if (op.sparse() != nullptr) {
    return from_i8 ? use(conv_i8_sparse_variants(), conv_i8_sparse_args<std::int8_t>(op, shape, ends))
                   : use(conv_i8_sparse_from_i16_variants(), conv_i8_sparse_args<std::int16_t>(op, shape, ends));
  }
  if (from_i8) return use(conv_i8_variants(), conv_i8_args<std::int8_t, std::int8_t>(op, shape, ends));
  switch (ends.out.dtype()) {
    case fb::DType::kI8:
      return use(conv_i8_from_i16_variants(), conv_i8_args<std::int16_t, std::int8_t>(op, shape, ends));
    case fb::DType::kI16:
      return use(conv_i8_i16_variants(), conv_i8_args<std::int16_t, std::int16_t>(op, shape, ends));
    default:
      return use(conv_i8_bits_variants(), ConvI8BitsArgs{.shape = shape,
                                                         .weights = op.weights()->data(),
                                                         .threshold = threshold_values(op.thresholds()),
                                                         .falling = falling_flags(op.thresholds()),
                                                         .input = nullptr,
                                                         .output = nullptr});
  }
}

template <class Use>
void use_conv_pcm(const fb::ConvPcm& op, const ConvShape& shape, const Use& use) {
  use(conv_pcm_variants(), ConvPcmArgs{.shape = shape,
                                       .weights = op.weights()->data(),
                                       .threshold = threshold_values(op.thresholds()),
                                       .falling = falling_flags(op.thresholds()),
                                       .input = nullptr,
                                       .output = nullptr});
}

template <class Output>
ConvBitsArgs<Output> conv_bits_args(const fb::ConvBits& op, const ConvShape& shape) {
  return {.shape = shape,
          .weights = op.weights()->data(),
          .threshold = threshold_values(op.thresholds()),
          .falling = falling_flags(op.thresholds()),
          .input = nullptr,
          .output = nullptr};
}

template <class Use>
void use_conv_bits(const fb::ConvBits& op, const ConvShape& shape, const Use& use) {
  if (op.thresholds() == nullptr) {
    ConvBitsArgs<std::int16_t> sums = conv_bits_args<std::int16_t>(op, shape);
    sums.lowest = op.signed_sums() ? INT16_MIN : 0;
    use(conv_bits_sums_variants(), sums);
  } else {
    use(conv_bits_variants(), conv_bits_args<std::uint32_t>(op, shape));
  }
}

// Calls use(variants, args) for the operator of a convolution, args without buffers; not for other layers.
template <class Use>
void use_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const Use& use) {
  const Ends ends{input_tensor(model, layer), output_tensor(model, layer)};
  switch (layer.op_type()) {
    case fb::Operator::ConvF32:
      return use_conv_f32(*layer.op_as_ConvF32(), shape, ends, use);
    case fb::Operator::ConvI8:
      return use_conv_i8(*layer.op_as_ConvI8(), shape, ends, use);
    case fb::Operator::ConvPcm:
      return use_conv_pcm(*layer.op_as_ConvPcm(), shape, use);
    case fb::Operator::ConvBits:
      return use_conv_bits(*layer.op_as_ConvBits(), shape, use);
    default:
      return;
  }
}

// A kernel with its arguments, as BoundConv keeps them.
template <class Args>
struct Bound {
  void (*run)(const Args&) noexcept;
  Args args;

  static void call(std::byte* bytes, const ConvShape* shape, const std::byte* input, std::byte* output) noexcept {
    Bound& self = *std::launder(reinterpret_cast<Bound*>(bytes));
    if (shape != nullptr) self.args.shape = *shape;
    self.args.input = reinterpret_cast<decltype(self.args.input)>(input);
    self.args.output = reinterpret_cast<decltype(self.args.output)>(output);
    self.run(self.args);
  }
};

}  // namespace

ConvShape conv_shape(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) noexcept {
  const fb::Window& w = *layer_window(layer);
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
          .pool_w = w.pool_w(),
          .groups = layer_groups(layer)};
}

int pick_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const Cpu& cpu) noexcept {
  int best = 0;
  use_conv(model, layer, shape, [&](auto variants, auto&&) { best = pick(variants, shape, cpu); });
  return best;
}

Isa conv_isa(const fb::Model& model, const fb::Layer& layer, int variant) noexcept {
  return conv_variant_name(model, layer, variant).isa;
}

ConvVariantName conv_variant_name(const fb::Model& model, const fb::Layer& layer, int variant) noexcept {
  ConvVariantName name;
  use_conv(model, layer, {}, [&](auto variants, auto&&) {
    const auto& v = variants[variant];
    name = {.isa = v.isa, .form = v.form, .has_fixed = v.has_fixed};
  });
  return name;
}

std::size_t conv_scratch_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                               int variant) noexcept {
  std::size_t bytes = 0;
  use_conv(model, layer, shape, [&](auto variants, auto&&) {
    if (variants[variant].scratch_bytes != nullptr) bytes = variants[variant].scratch_bytes(shape);
  });
  return bytes;
}

std::size_t conv_prepared_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                                int variant) noexcept {
  std::size_t bytes = 0;
  use_conv(model, layer, shape, [&](auto variants, auto&&) {
    if (variants[variant].prepared_bytes != nullptr) bytes = variants[variant].prepared_bytes(shape);
  });
  return bytes;
}

void prepare_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, int variant,
                  std::byte* prepared) noexcept {
  use_conv(model, layer, shape, [&](auto variants, auto&& args) {
    if (variants[variant].prepare != nullptr) variants[variant].prepare(args, prepared);
  });
}

BoundConv::BoundConv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const LayerKernel& kernel,
                     std::byte* scratch) noexcept {
  use_conv(model, layer, shape, [&](auto variants, auto&& args) {
    using Args = std::remove_cvref_t<decltype(args)>;
    static_assert(sizeof(Bound<Args>) <= kArgsBytes && alignof(Bound<Args>) <= 8);
    static_assert(std::is_trivially_copyable_v<Bound<Args>>);
    auto* bound = ::new (static_cast<void*>(args_)) Bound<Args>{variants[kernel.variant].run, args};
    bound->args.memory = {.prepared = kernel.prepared, .scratch = scratch};
    call_ = Bound<Args>::call;
  });
}

}  // namespace stapes
