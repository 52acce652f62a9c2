// SPDX-License-Identifier: Apache-2.0
#include "runtime/front_end.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "kernels/quantize_f32.h"
#include "runtime/layer_runner.h"

namespace stapes {

// Compares bits, not floats, so that compilers can vectorize. Exact: the factor is a power of two, and subtracting the
// integer part loses no bits.
std::int16_t to_pcm(float sample) noexcept {
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

namespace {

void to_pcm_samples(const float* samples, std::size_t count, std::int16_t* pcm) {
  for (std::size_t i = 0; i < count; ++i) pcm[i] = to_pcm(samples[i]);
}

std::int8_t upper_byte(std::int16_t sample) { return static_cast<std::int8_t>(sample >> 8); }

void load_features(const Wave& wave, std::size_t first, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = wave.real != nullptr  ? wave.real[first + i]
             : wave.raw != nullptr ? static_cast<float>(wave.raw[first + i])
                                   : static_cast<float>(upper_byte(wave.pcm[first + i]));
  }
}

void load_features(const Wave& wave, std::size_t first, std::size_t count, const SampleFormat& format,
                   std::int8_t* out) {
  if (wave.raw != nullptr) {
    std::memcpy(out, wave.raw + first, count);
  } else if (wave.real != nullptr) {
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = quantize_f32(wave.real[first + i], format.scale, format.zero_point);
    }
  } else {
    std::transform(wave.pcm + first, wave.pcm + first + count, out, upper_byte);
  }
}

const fb::Layer& layer_at(const fb::Model& model, std::size_t index) {
  return *model.layers()->Get(static_cast<std::uint32_t>(index));
}
const fb::Window& window_at(const fb::Model& model, std::size_t index) { return *layer_window(layer_at(model, index)); }
const fb::Tensor& output_at(const fb::Model& model, std::size_t index) {
  return output_tensor(model, layer_at(model, index));
}

// Whether layer `i` can extend a front end of the layers before it.
bool can_follow(const fb::Model& model, std::size_t i) {
  const fb::Layer& layer = layer_at(model, i);
  const fb::Window* w = layer_window(layer);
  const std::int32_t before = i == 0 ? 0 : layer_at(model, i - 1).output();
  return w != nullptr && layer.inputs()->Get(0) == before && count_uses(model, before) == 1 &&
         input_tensor(model, layer).height() == 1 && w->kernel_h() == 1 && w->pad_h() == 0 && w->pad_w() == 0 &&
         layer_end_pads(layer).w() == 0 && w->pool_h() == 1;
}

// Input positions of `positions` outputs.
std::int32_t positions_seen(const fb::Window& w, std::int32_t positions) {
  return (positions * w.pool_w() - 1) * w.stride_w() + w.kernel_w();
}

// Columns of the first `layers` layers. With more than two layers there are at least two columns, so the step is at
// most the length of the wave and cannot overflow.
FrontEnd columns_of(const fb::Model& model, std::size_t layers) {
  FrontEnd plan{.layers = layers, .wave_positions = 1, .wave_step = 1};
  for (std::size_t i = layers; i-- > 0;) {
    const fb::Window& w = window_at(model, i);
    plan.positions[i] = plan.wave_positions;
    plan.wave_positions = positions_seen(w, plan.positions[i]);
    plan.wave_step *= std::int64_t{w.pool_w()} * w.stride_w();
  }
  plan.columns = output_at(model, plan.last()).width();
  return plan;
}

// MACs of one output position, over its whole pool. A double is exact for realistic models and cannot overflow for
// hostile ones (2^65 sparse weights of 0).
double macs_of_position(const fb::Model& model, std::size_t layer) {
  const ConvShape s = layer_shape(model, layer_at(model, layer));
  return 1.0 * s.pool_w * s.kernel_w * group_channels(s) * s.out_c;
}

bool computes_little_twice(const fb::Model& model, const FrontEnd& plan) {
  double twice = 0, needed = 0;
  std::int64_t step = plan.wave_step;
  for (std::size_t i = 0; i < plan.layers; ++i) {
    const fb::Window& w = window_at(model, i);
    step /= std::int64_t{w.pool_w()} * w.stride_w();  // from here on, in positions of this layer's output
    const double macs = macs_of_position(model, i);
    needed += static_cast<double>(step) * macs;
    // Negative if the stride exceeds a column's input.
    twice += static_cast<double>(std::max<std::int64_t>(0, plan.positions[i] - step)) * macs;
  }
  return 2 * twice <= needed;
}

// The maximum while the first `layers` layers run.
std::int64_t values_held(const fb::Model& model, const FrontEnd& plan, std::size_t layers) {
  const std::int64_t channels = model.tensors()->Get(0)->channels();
  std::int64_t most = plan.wave_positions * channels;
  for (std::size_t i = 0; i < plan.last(); ++i) {
    most += std::int64_t{plan.positions[i]} * output_at(model, i).channels();
  }
  most += element_count(output_at(model, plan.last()));
  for (std::size_t i = plan.layers; i < layers; ++i) {
    most = std::max(most, element_count(output_at(model, i - 1)) + element_count(output_at(model, i)));
  }
  return most;
}

// `plan` may have no layers.
bool pays(const fb::Model& model, const FrontEnd& longer, const FrontEnd& plan) {
  return computes_little_twice(model, longer) &&
         (!plan.used() || values_held(model, longer, longer.layers) <= values_held(model, plan, longer.layers));
}

}  // namespace

void load_samples(const Wave& wave, std::size_t first, std::size_t count, const SampleFormat& format,
                  std::byte* out) noexcept {
  const auto pcm_at = [&](std::size_t i) {
    return wave.pcm != nullptr ? wave.pcm[first + i] : to_pcm(wave.real[first + i]);
  };
  if (format.features) {
    return format.dtype == fb::DType::kF32
               ? load_features(wave, first, count, reinterpret_cast<float*>(out))
               : load_features(wave, first, count, format, reinterpret_cast<std::int8_t*>(out));
  }
  if (format.dtype == fb::DType::kI8) {  // via PCM: float and PCM waves yield the same bits
    std::int8_t* to = reinterpret_cast<std::int8_t*>(out);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = quantize_f32(static_cast<float>(pcm_at(i)) / 32768.0f, format.scale, format.zero_point);
    }
  } else if (format.dtype == fb::DType::kI16) {
    std::int16_t* to = reinterpret_cast<std::int16_t*>(out);
    if (wave.pcm != nullptr) {
      std::memcpy(to, wave.pcm + first, count * sizeof *to);
    } else {
      to_pcm_samples(wave.real + first, count, to);
    }
  } else {
    float* to = reinterpret_cast<float*>(out);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = wave.real != nullptr ? wave.real[first + i] : static_cast<float>(wave.pcm[first + i]) / 32768.0f;
    }
  }
}

FrontEnd plan_front_end(const fb::Model& model) noexcept {
  FrontEnd plan;
  if (model.features()) return plan;
  const std::size_t most = std::min<std::size_t>(kMaxFrontEndLayers, model.layers()->size());
  for (std::size_t layers = 1; layers <= most && can_follow(model, layers - 1); ++layers) {
    if (layers == 2 && window_at(model, 0).pool_w() == 1) {
      plan = columns_of(model, layers);
    } else if (window_at(model, layers - 1).pool_w() > 1 && output_at(model, layers - 1).width() > 1) {
      const FrontEnd longer = columns_of(model, layers);
      if (pays(model, longer, plan)) plan = longer;
    }
  }
  return plan;
}

int step_samples(const fb::Model& model, const FrontEnd& plan) noexcept {
  const std::int64_t step = plan.wave_step * model.tensors()->Get(0)->channels();
  return !plan.used() || step > std::numeric_limits<int>::max() ? 0 : static_cast<int>(step);
}

ConvShape front_end_shape(const fb::Model& model, const FrontEnd& plan, std::size_t layer) noexcept {
  ConvShape shape = layer_shape(model, layer_at(model, layer));
  shape.in_w = layer == 0 ? plan.wave_positions : plan.positions[layer - 1];
  shape.out_w = plan.positions[layer];
  return shape;
}

FrontEndColumn::FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const FrontEndBuffers& buffers) noexcept
    : slice_(buffers.slice), layers_(plan.layers), column_bytes_(position_bytes(output_at(model, plan.last()))) {
  for (std::size_t i = 0; i < layers_; ++i) {
    Step& step = steps_[i];
    step.conv.emplace(model, layer_at(model, i), front_end_shape(model, plan, i), buffers.kernel[i],
                      buffers.scratch[i]);
    step.output = buffers.output[i];
    step.values = value_count(output_at(model, i), plan.positions[i]);
  }
}

void FrontEndColumn::run(std::int32_t column, LayerObserver* observer) noexcept {
  const std::byte* input = slice_;
  for (std::size_t i = 0; i < layers_; ++i) {
    std::byte* output = steps_[i].output;
    if (i + 1 == layers_) output += static_cast<std::size_t>(column) * column_bytes_;
    (*steps_[i].conv)(input, output);
    if (observer != nullptr) observer->layer_output(static_cast<int>(i), output, steps_[i].values);
    input = output;
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
