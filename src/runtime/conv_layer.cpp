// SPDX-License-Identifier: Apache-2.0
#include "runtime/conv_layer.h"

#include <new>

#include "runtime/operators/use_layer.h"

namespace stapes {
namespace {

// What BoundConv stores: a kernel and its arguments.
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
  use_layer({model, layer, shape}, [&]<class Args>(const NamedKernel<Args>& kernel, auto&& describe) {
    const Args args = filled<Args>(shape, describe);
    best = pick(kernel.variants, shape, cpu, &args);
  });
  return best;
}

Isa conv_isa(const fb::Model& model, const fb::Layer& layer, int variant) noexcept {
  return conv_variant_name(model, layer, variant).isa;
}

ConvVariantName conv_variant_name(const fb::Model& model, const fb::Layer& layer, int variant) noexcept {
  ConvVariantName name;
  use_layer({model, layer, {}}, [&](const auto& kernel, auto&&) {
    const auto& v = kernel.variants[variant];
    name = {.isa = v.isa, .form = v.form, .has_fixed = v.has_fixed};
  });
  return name;
}

std::size_t conv_scratch_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                               int variant) noexcept {
  std::size_t bytes = 0;
  use_layer({model, layer, shape}, [&](const auto& kernel, auto&&) {
    const auto& v = kernel.variants[variant];
    if (v.scratch_bytes != nullptr) bytes = v.scratch_bytes(shape);
  });
  return bytes;
}

std::size_t conv_prepared_bytes(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape,
                                int variant) noexcept {
  std::size_t bytes = 0;
  use_layer({model, layer, shape}, [&](const auto& kernel, auto&&) {
    const auto& v = kernel.variants[variant];
    if (v.prepared_bytes != nullptr) bytes = v.prepared_bytes(shape);
  });
  return bytes;
}

void prepare_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, int variant,
                  std::byte* prepared) noexcept {
  use_layer({model, layer, shape}, [&]<class Args>(const NamedKernel<Args>& kernel, auto&& describe) {
    const auto& v = kernel.variants[variant];
    if (v.prepare != nullptr) v.prepare(filled<Args>(shape, describe), prepared);
  });
}

BoundConv::BoundConv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const LayerKernel& kernel,
                     std::byte* scratch) noexcept {
  use_layer({model, layer, shape}, [&]<class Args>(const NamedKernel<Args>& named, auto&& describe) {
    if constexpr (kHasShape<Args>) {
      static_assert(sizeof(Bound<Args>) <= kArgsBytes && alignof(Bound<Args>) <= 8);
      static_assert(std::is_trivially_copyable_v<Bound<Args>>);
      auto* bound = ::new (static_cast<void*>(args_))
          Bound<Args>{named.variants[kernel.variant].run, filled<Args>(shape, describe)};
      bound->args.memory = {.prepared = kernel.prepared, .scratch = scratch};
      call_ = Bound<Args>::call;
    }
  });
}

}  // namespace stapes
