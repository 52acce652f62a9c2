// SPDX-License-Identifier: Apache-2.0
// layer_by_layer.h: runs a packed model layer by layer on separate buffers. Reference for a Classifier.
#pragma once

#include <cstring>
#include <vector>

#include "runtime/host_model.h"
#include "runtime/layer_runner.h"

namespace stapes::test {

// Runs a layer in the variant that a model prepared for `cpu` would use.
inline void run_layer_on(const Cpu& cpu, const fb::Model& model, const fb::Layer& layer, const LayerInputs& inputs,
                         std::byte* output) {
  const ConvShape shape = layer_shape(model, layer);
  const int variant = pick_conv(model, layer, shape, cpu);
  const AlignedBytes prepared = allocate_aligned(conv_prepared_bytes(model, layer, shape, variant));
  prepare_conv(model, layer, shape, variant, prepared.get());
  const AlignedBytes scratch = allocate_aligned(layer_scratch_bytes(model, layer, variant));
  run_layer(model, layer, inputs, output, scratch.get(), {variant, prepared.get()});
}

// The bytes of every tensor. `input` is tensor 0 in its own dtype.
inline std::vector<std::vector<std::byte>> run_layer_by_layer(const fb::Model& model, std::span<const std::byte> input,
                                                              const Cpu& cpu) {
  std::vector<std::vector<std::byte>> tensors(model.tensors()->size());
  tensors[0].assign(input.begin(), input.end());
  for (const auto* layer : *model.layers()) {
    auto& output = tensors[static_cast<std::size_t>(layer->output())];
    output.assign(tensor_bytes(output_tensor(model, *layer)), std::byte{0xA5});
    const auto input_of = [&](std::uint32_t i) {
      return tensors[static_cast<std::size_t>(layer->inputs()->Get(i))].data();
    };
    run_layer_on(cpu, model, *layer, {input_of(0), is_addition(*layer) ? input_of(1) : nullptr}, output.data());
  }
  return tensors;
}

template <class T>
std::vector<T> values_of(std::span<const std::byte> bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace stapes::test
