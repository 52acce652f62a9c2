// SPDX-License-Identifier: Apache-2.0
// conv.h: the arguments of convolutions.
#pragma once

#include <cstdint>

#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_f32/conv_f32.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/conv_pcm/conv_pcm.h"
#include "runtime/operators/binding.h"

namespace stapes {

template <class Use>
void use_conv_f32(const LayerView& l, const Use& use) {
  const fb::ConvF32& op = *l.layer.op_as_ConvF32();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"conv_f32", "conv_f32", name, args_type, variants}, [&](auto&& bind) {
      bind.shape();
      bind.weights("weights", &Args::weights, op.weights());
      bind("bias", &Args::bias, op.bias());
      bind.buffers();
      bind("relu", &Args::relu, op.relu());
      bind("relu6", &Args::relu6, op.relu6());
      bind("in_scale", &Args::in_scale, l.in.scale());
      bind("out_scale", &Args::out_scale, l.out.scale());
      bind("in_zero_point", &Args::in_zero_point, l.in.zero_point());
      bind("out_zero_point", &Args::out_zero_point, l.out.zero_point());
      bind.memory();
    });
  };
  const bool to_i8 = l.out.dtype() == fb::DType::kI8;
  switch (l.in.dtype()) {
    case fb::DType::kI8:
      return to_i8 ? run("conv_f32_from_i8_to_i8", "ConvF32Args<int8_t, int8_t>", conv_f32_from_i8_to_i8_variants())
                   : run("conv_f32_from_i8", "ConvF32Args<int8_t, float>", conv_f32_from_i8_variants());
    case fb::DType::kI16:
      return to_i8 ? run("conv_f32_from_i16_to_i8", "ConvF32Args<int16_t, int8_t>", conv_f32_from_i16_to_i8_variants())
                   : run("conv_f32_from_i16", "ConvF32Args<int16_t, float>", conv_f32_from_i16_variants());
    default:
      return to_i8 ? run("conv_f32_to_i8", "ConvF32Args<float, int8_t>", conv_f32_to_i8_variants())
                   : run("conv_f32", "ConvF32Args<float, float>", conv_f32_variants());
  }
}

// Binds all arguments except the weights.
template <class Args, class Bind>
void bind_rescaling(const fb::ConvI8& op, const LayerView& l, Bind& bind) {
  bind.constants("bias", &Args::bias, op.bias());
  bind.constants("multiplier", &Args::multiplier, op.multiplier());
  bind.constants("shift", &Args::shift, op.shift());
  bind.buffers();
  bind("in_zero_point", &Args::in_zero_point, l.in.zero_point());
  bind("out_zero_point", &Args::out_zero_point, l.out.zero_point());
  bind("minimum", &Args::minimum, op.minimum());
  bind("maximum", &Args::maximum, op.maximum());
  bind.memory();
}

template <class Args, class Bind>
void bind_thresholds(const fb::Thresholds* t, Bind& bind) {
  bind("threshold", &Args::threshold, t == nullptr ? nullptr : t->threshold());
  bind("falling", &Args::falling, t == nullptr ? nullptr : t->falling());
}

template <class Use>
void use_conv_i8_sparse(const LayerView& l, const Use& use) {
  const fb::ConvI8& op = *l.layer.op_as_ConvI8();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"conv_i8", "conv_i8_sparse", name, args_type, variants}, [&](auto&& bind) {
      bind.shape();
      bind.group("weights", &Args::weights, [&](auto&& rows) {
        rows.weights("entries", &SparseRows::entries, op.sparse()->entries());
        rows.weights("gaps", &SparseRows::gaps, op.sparse()->gaps());
        rows.weights("values", &SparseRows::values, op.sparse()->values());
      });
      bind_rescaling<Args>(op, l, bind);
    });
  };
  l.in.dtype() == fb::DType::kI8
      ? run("conv_i8_sparse", "ConvI8SparseArgs<int8_t>", conv_i8_sparse_variants())
      : run("conv_i8_sparse_from_i16", "ConvI8SparseArgs<int16_t>", conv_i8_sparse_from_i16_variants());
}

// Convolutions with thresholds.
template <class Op, class Args, class Use>
void use_deciding(const Op& op, const NamedKernel<Args>& kernel, const Use& use) {
  use(kernel, [&](auto&& bind) {
    bind.shape();
    bind.weights("weights", &Args::weights, op.weights());
    bind_thresholds<Args>(op.thresholds(), bind);
    bind.buffers();
    bind.memory();
  });
}

template <class Use>
void use_conv_i8(const LayerView& l, const Use& use) {
  const fb::ConvI8& op = *l.layer.op_as_ConvI8();
  if (op.sparse() != nullptr) return use_conv_i8_sparse(l, use);
  if (l.out.dtype() == fb::DType::kBits) {
    return use_deciding(
        op,
        NamedKernel<ConvI8BitsArgs>{"conv_i8", "conv_i8", "conv_i8_bits", "ConvI8BitsArgs", conv_i8_bits_variants()},
        use);
  }
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"conv_i8", "conv_i8", name, args_type, variants}, [&](auto&& bind) {
      bind.shape();
      bind.weights("weights", &Args::weights, op.weights());
      bind_rescaling<Args>(op, l, bind);
    });
  };
  if (l.in.dtype() == fb::DType::kI8) return run("conv_i8", "ConvI8Args<int8_t, int8_t>", conv_i8_variants());
  if (l.out.dtype() == fb::DType::kI8) {
    return run("conv_i8_from_i16", "ConvI8Args<int16_t, int8_t>", conv_i8_from_i16_variants());
  }
  run("conv_i8_i16", "ConvI8Args<int16_t, int16_t>", conv_i8_i16_variants());
}

template <class Use>
void use_conv_pcm(const LayerView& l, const Use& use) {
  use_deciding(*l.layer.op_as_ConvPcm(),
               NamedKernel<ConvPcmArgs>{"conv_pcm", "conv_pcm", "conv_pcm", "ConvPcmArgs", conv_pcm_variants()}, use);
}

template <class Use>
void use_conv_bits(const LayerView& l, const Use& use) {
  const fb::ConvBits& op = *l.layer.op_as_ConvBits();
  const auto run = [&]<class Args>(const char* name, const char* args_type, Variants<Args> variants) {
    use(NamedKernel<Args>{"conv_bits", "conv_bits", name, args_type, variants}, [&](auto&& bind) {
      bind.shape();
      bind.weights("weights", &Args::weights, op.weights());
      bind_thresholds<Args>(op.thresholds(), bind);
      bind.buffers();
      bind("lowest", &Args::lowest, op.signed_sums() ? INT16_MIN : 0);
      bind.memory();
    });
  };
  op.thresholds() == nullptr ? run("conv_bits_sums", "ConvBitsArgs<int16_t>", conv_bits_sums_variants())
                             : run("conv_bits", "ConvBitsArgs<uint32_t>", conv_bits_variants());
}

}  // namespace stapes
