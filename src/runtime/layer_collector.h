// SPDX-License-Identifier: Apache-2.0
// layer_collector.h: an observer that joins the parts of each layer's output. Host only.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "packed/shapes.h"
#include "runtime/layer_observer.h"

namespace stapes {

class LayerCollector final : public LayerObserver {
 public:
  explicit LayerCollector(const fb::Model& model) : model_(model) {}
  void layer_output(int layer, const void* values, std::size_t count) noexcept override {
    const auto* from = static_cast<const std::byte*>(values);
    const fb::DType dtype = output_tensor(model_, *model_.layers()->Get(static_cast<std::uint32_t>(layer))).dtype();
    const std::size_t value_bytes = dtype == fb::DType::kBits ? 4 : element_bytes(dtype);
    auto& all = bytes_[layer];
    all.insert(all.end(), from, from + count * value_bytes);
  }
  const std::vector<std::byte>& bytes(int layer) { return bytes_[layer]; }

 private:
  const fb::Model& model_;
  std::map<int, std::vector<std::byte>> bytes_;
};

}  // namespace stapes
