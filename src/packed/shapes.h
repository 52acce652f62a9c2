// SPDX-License-Identifier: Apache-2.0
// shapes.h: sizes and tensors of a model's layers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "packed/input_kind.h"
#include "packed/model_generated.h"

namespace stapes {

namespace fb = packed::fb;

inline constexpr std::int32_t words_for(std::int64_t bits) { return static_cast<std::int32_t>((bits + 31) / 32); }

inline std::int64_t element_count(const fb::Tensor& t) { return std::int64_t{t.height()} * t.width() * t.channels(); }

// Bytes of one element; 0 for kBits, stored by the word.
inline std::size_t element_bytes(fb::DType dtype) {
  switch (dtype) {
    case fb::DType::kF32:
      return 4;
    case fb::DType::kI8:
      return 1;
    case fb::DType::kI16:
      return 2;
    case fb::DType::kI32:
      return 4;
    case fb::DType::kBits:
      return 0;
  }
  return 0;
}

// Bytes of all channels of one position.
inline std::size_t position_bytes(const fb::Tensor& t) {
  if (t.dtype() == fb::DType::kBits) return static_cast<std::size_t>(words_for(t.channels())) * 4;
  return static_cast<std::size_t>(t.channels()) * element_bytes(t.dtype());
}

inline std::size_t row_bytes(const fb::Tensor& t) { return static_cast<std::size_t>(t.width()) * position_bytes(t); }

// Elements in `positions` positions; for kBits, words.
inline std::size_t value_count(const fb::Tensor& t, std::int64_t positions) {
  const std::int32_t per_position = t.dtype() == fb::DType::kBits ? words_for(t.channels()) : t.channels();
  return static_cast<std::size_t>(positions) * static_cast<std::size_t>(per_position);
}

inline std::size_t tensor_bytes(const fb::Tensor& t) {
  return static_cast<std::size_t>(t.height()) * static_cast<std::size_t>(t.width()) * position_bytes(t);
}

// Output size of a convolution along one axis, before its pool. 0: the kernel does not fit.
inline constexpr std::int32_t conv_output(std::int32_t in, std::int32_t kernel, std::int32_t stride, std::int32_t pad,
                                          std::int32_t end_pad) {
  return in + pad + end_pad < kernel ? 0 : (in + pad + end_pad - kernel) / stride + 1;
}

// nullptr unless the layer is a convolution.
const fb::Window* layer_window(const fb::Layer& layer) noexcept;

// Padding after the last row and column: `end_pads`, or the window's padding if null.
fb::EndPads end_pads_of(const fb::Window& window, const fb::EndPads* end_pads) noexcept;
fb::EndPads layer_end_pads(const fb::Layer& layer) noexcept;  // requires a layer_window()

// 1 unless the layer is a convolution.
std::int32_t layer_groups(const fb::Layer& layer) noexcept;

bool is_addition(const fb::Layer& layer) noexcept;

// Require a checked model. Only additions have a second input.
const fb::Tensor& input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept;
const fb::Tensor& second_input_tensor(const fb::Model& model, const fb::Layer& layer) noexcept;
const fb::Tensor& output_tensor(const fb::Model& model, const fb::Layer& layer) noexcept;

int count_uses(const fb::Model& model, std::int32_t tensor) noexcept;

inline InputKind input_kind(const fb::Model& model) {
  if (model.features()) return InputKind::kFeatures;
  return model.sample_rate_hz() == 0 ? InputKind::kImage : InputKind::kSound;
}
inline bool classifies_images(const fb::Model& model) { return input_kind(model) == InputKind::kImage; }

// The scores.
const fb::Tensor& last_tensor(const fb::Model& model) noexcept;

}  // namespace stapes
