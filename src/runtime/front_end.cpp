// SPDX-License-Identifier: Apache-2.0
#include "runtime/front_end.h"

#include <bit>
#include <cstring>
#include <limits>

#include "kernels/quantize_f32.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

// Halves away from zero, saturating, NaN to 0. Compares bits, not floats: compilers make vectors of that. Exact: the
// product is with a power of two, and what is left after the integer part has no bits to lose.
std::int16_t to_pcm(float sample) {
  constexpr std::int32_t kOne = 0x3F800000, kInfinity = 0x7F800000;  // as floats
  const std::int32_t bits = std::bit_cast<std::int32_t>(sample);
  const std::int32_t sign = bits >> 31, magnitude = bits & 0x7FFFFFFF;  // sign: 0 or -1
  const float value = std::bit_cast<float>(magnitude < kOne ? magnitude : kOne) * 32768.0f;
  const std::int32_t whole = static_cast<std::int32_t>(value);
  const std::int32_t rounded = whole + static_cast<std::int32_t>((value - static_cast<float>(whole)) * 2.0f);
  const std::int32_t most = 32767 - sign;
  const std::int32_t clamped = rounded < most ? rounded : most;
  const std::int32_t kept = magnitude > kInfinity ? 0 : -1;
  return static_cast<std::int16_t>(((clamped ^ sign) - sign) & kept);
}

void to_pcm(const float* samples, std::size_t count, std::int16_t* pcm) {
  for (std::size_t i = 0; i < count; ++i) pcm[i] = to_pcm(samples[i]);
}

bool has_height_one(const fb::Window* w, const fb::Tensor& in) {
  return w != nullptr && in.height() == 1 && w->kernel_h() == 1 && w->pad_h() == 0 && w->pad_w() == 0 &&
         w->pool_h() == 1;
}

const fb::Layer& layer_at(const fb::Model& model, std::uint32_t index) { return *model.layers()->Get(index); }

}  // namespace

void load_samples(const Wave& wave, std::size_t first, std::size_t count, const SampleFormat& format,
                  std::byte* out) noexcept {
  const auto pcm_at = [&](std::size_t i) {
    return wave.pcm != nullptr ? wave.pcm[first + i] : to_pcm(wave.real[first + i]);
  };
  if (format.dtype == fb::DType::kI8) {  // by way of PCM, so that both forms of a wave give the same bits
    std::int8_t* to = reinterpret_cast<std::int8_t*>(out);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = quantize_f32(static_cast<float>(pcm_at(i)) / 32768.0f, format.scale, format.zero_point);
    }
  } else if (format.dtype == fb::DType::kI16) {
    std::int16_t* to = reinterpret_cast<std::int16_t*>(out);
    if (wave.pcm != nullptr) {
      std::memcpy(to, wave.pcm + first, count * sizeof *to);
    } else {
      to_pcm(wave.real + first, count, to);
    }
  } else {
    float* to = reinterpret_cast<float*>(out);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = wave.real != nullptr ? wave.real[first + i] : static_cast<float>(wave.pcm[first + i]) / 32768.0f;
    }
  }
}

FrontEnd plan_front_end(const fb::Model& model) noexcept {
  if (model.layers()->size() < 2) return {};
  const fb::Layer& first = layer_at(model, 0);
  const fb::Layer& second = layer_at(model, 1);
  const fb::Window* w0 = layer_window(first);
  const fb::Window* w1 = layer_window(second);
  const bool fits = has_height_one(w0, input_tensor(model, first)) && w0->pool_w() == 1 &&
                    has_height_one(w1, input_tensor(model, second)) && second.inputs()->Get(0) == first.output() &&
                    count_uses(model, 0) == 1 && count_uses(model, first.output()) == 1;
  if (!fits) return {};
  FrontEnd plan;
  plan.conv_positions = (w1->pool_w() - 1) * w1->stride_w() + w1->kernel_w();
  plan.wave_positions = (plan.conv_positions - 1) * w0->stride_w() + w0->kernel_w();
  plan.wave_step = std::int64_t{w1->pool_w()} * w1->stride_w() * w0->stride_w();
  plan.columns = output_tensor(model, second).width();
  return plan;
}

int step_samples(const fb::Model& model, const FrontEnd& plan) noexcept {
  const std::int64_t step = plan.wave_step * model.tensors()->Get(0)->channels();
  return !plan.used() || step > std::numeric_limits<int>::max() ? 0 : static_cast<int>(step);
}

std::array<ConvShape, 2> front_end_shapes(const fb::Model& model, const FrontEnd& plan) noexcept {
  std::array<ConvShape, 2> shapes = {layer_shape(model, layer_at(model, 0)), layer_shape(model, layer_at(model, 1))};
  shapes[0].in_w = plan.wave_positions;
  shapes[0].out_w = plan.conv_positions;
  shapes[1].in_w = plan.conv_positions;
  shapes[1].out_w = 1;
  return shapes;
}

FrontEndColumn::FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const FrontEndBuffers& buffers) noexcept
    : FrontEndColumn(model, plan, front_end_shapes(model, plan), buffers) {}

FrontEndColumn::FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const std::array<ConvShape, 2>& shapes,
                               const FrontEndBuffers& buffers) noexcept
    : buffers_(buffers),
      output_bytes_(position_bytes(output_tensor(model, layer_at(model, 1)))),
      conv_values_(value_count(output_tensor(model, layer_at(model, 0)), plan.conv_positions)),
      output_values_(value_count(output_tensor(model, layer_at(model, 1)), 1)),
      conv0_(model, layer_at(model, 0), shapes[0], buffers.kernels[0], buffers.scratch[0]),
      conv1_(model, layer_at(model, 1), shapes[1], buffers.kernels[1], buffers.scratch[1]) {}

void FrontEndColumn::run(std::int32_t column, LayerObserver* observer) noexcept {
  std::byte* out = buffers_.output + static_cast<std::size_t>(column) * output_bytes_;
  conv0_(buffers_.slice, buffers_.column);
  conv1_(buffers_.column, out);
  if (observer != nullptr) {
    observer->layer_output(0, buffers_.column, conv_values_);
    observer->layer_output(1, out, output_values_);
  }
}

void run_front_end(const fb::Model& model, const FrontEnd& plan, const Wave& wave, const FrontEndBuffers& buffers,
                   LayerObserver* observer) noexcept {
  const fb::Tensor& input = *model.tensors()->Get(0);
  const std::size_t channels = static_cast<std::size_t>(input.channels());
  FrontEndColumn front_end(model, plan, buffers);
  for (std::int32_t column = 0; column < plan.columns; ++column) {
    const std::size_t start = static_cast<std::size_t>(column) * static_cast<std::size_t>(plan.wave_step);
    load_samples(wave, start * channels, static_cast<std::size_t>(plan.wave_positions) * channels, sample_format(input),
                 buffers.slice);
    front_end.run(column, observer);
  }
}

}  // namespace stapes
