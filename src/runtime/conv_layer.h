// SPDX-License-Identifier: Apache-2.0
// conv_layer.h: the convolutions of a checked model and their variants.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/conv_shape.h"
#include "kernels/cpu.h"
#include "packed/shapes.h"

namespace stapes {

ConvShape conv_shape(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) noexcept;

struct LayerKernel {
  int variant = 0;                      // index in the operator's list (kernels/variant.h); 0 = the scalar definition
  const std::byte* prepared = nullptr;  // conv_prepared_bytes() bytes, filled by prepare_conv()
};

// The functions below accept any layer. An operator with only the scalar kernel has variant 0, which needs no memory.

// The fastest variant on `cpu` for this shape.
int pick_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const Cpu& cpu) noexcept;
Isa conv_isa(const fb::Model& model, const fb::Layer& layer, int variant) noexcept;

// The parts of a variant's function name after the operator (kernels/variant.h).
struct ConvVariantName {
  Isa isa = Isa::kScalar;
  const char* form = "";
  bool has_fixed = false;
};
ConvVariantName conv_variant_name(const fb::Model& model, const fb::Layer& layer, int variant) noexcept;

// Enough for this shape and for fewer positions.
std::size_t conv_scratch_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                               int variant) noexcept;
std::size_t conv_prepared_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                                int variant) noexcept;
void prepare_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, int variant,
                  std::byte* prepared) noexcept;

// A convolution bound to its arguments; may run many times, on any buffers.
class BoundConv {
 public:
  BoundConv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const LayerKernel& kernel,
            std::byte* scratch) noexcept;
  void operator()(const std::byte* input, std::byte* output) noexcept { call_(args_, nullptr, input, output); }
  // Computes only some rows: `shape` is part of the bound shape (kernels/loops/schedule/conv_rows.h).
  void operator()(const ConvShape& shape, const std::byte* input, std::byte* output) noexcept {
    call_(args_, &shape, input, output);
  }

 private:
  static constexpr std::size_t kArgsBytes = 192;

  void (*call_)(std::byte* args, const ConvShape* shape, const std::byte* input, std::byte* output) noexcept = nullptr;
  alignas(8) std::byte args_[kArgsBytes];
};

}  // namespace stapes
