// layer_by_layer.h: runs a packed model one whole layer at a time on buffers of its own: what a Classifier must equal.
#pragma once

#include <cstring>
#include <vector>

#include "runtime/layer_runner.h"

namespace stapes::test {

// The bytes of every tensor, by index. `input` is tensor 0 in its own dtype.
inline std::vector<std::vector<std::byte>> run_layer_by_layer(const fb::Model& model,
                                                              std::span<const std::byte> input) {
  std::vector<std::vector<std::byte>> tensors(model.tensors()->size());
  tensors[0].assign(input.begin(), input.end());
  for (const auto* layer : *model.layers()) {
    auto& output = tensors[static_cast<std::size_t>(layer->output())];
    output.assign(tensor_bytes(output_tensor(model, *layer)), std::byte{0xA5});
    std::vector<std::byte> scratch(layer_scratch_bytes(model, *layer));
    run_layer(model, *layer, tensors[static_cast<std::size_t>(layer->inputs()->Get(0))].data(), output.data(),
              scratch.data());
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
