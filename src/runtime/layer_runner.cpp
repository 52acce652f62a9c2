// SPDX-License-Identifier: Apache-2.0
#include "runtime/layer_runner.h"

#include "runtime/operators/use_layer.h"

namespace stapes {
namespace {

template <class Args>
void point_to(Args& args, const LayerInputs& inputs, std::byte* output) {
  args.input = reinterpret_cast<decltype(args.input)>(inputs.first);
  if constexpr (kHasOther<Args>) args.other = reinterpret_cast<decltype(args.other)>(inputs.second);
  args.output = reinterpret_cast<decltype(args.output)>(output);
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
  const ConvShape shape = layer_shape(model, layer);
  use_layer({model, layer, shape}, [&]<class Args>(const NamedKernel<Args>& named, auto&& describe) {
    Args args = filled<Args>(shape, describe);
    point_to(args, inputs, output);
    if constexpr (kHasMemory<Args>) args.memory = {.prepared = kernel.prepared, .scratch = scratch};
    named.variants[kernel.variant].run(args);
  });
}

void run_swap_rows(const fb::Model& model, const fb::Layer& layer, Rows made, const std::byte* input,
                   std::byte* output) noexcept {
  use_transpose({model, layer, {}}, [&]<class Args>(const NamedKernel<Args>& named, auto&& describe) {
    Args args = filled<Args>({}, describe);
    point_to(args, {input}, output);
    args.first = made.first;
    args.end = made.end;
    named.variants[0].run(args);
  });
}

}  // namespace stapes
