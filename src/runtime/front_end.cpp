#include "runtime/front_end.h"

#include "kernels/quantize_f32.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

// Halves away from zero. In double, where sample * 32768 + 0.5 is exact.
std::int16_t to_pcm(float sample) {
  const double value = static_cast<double>(sample) * 32768.0;
  if (value >= 32767.0) return 32767;
  if (value <= -32768.0) return -32768;
  if (value != value) return 0;
  return static_cast<std::int16_t>(value >= 0 ? value + 0.5 : value - 0.5);
}

bool has_height_one(const fb::Window* w, const fb::Tensor& in) {
  return w != nullptr && in.height() == 1 && w->kernel_h() == 1 && w->pad_h() == 0 && w->pad_w() == 0 &&
         w->pool_h() == 1;
}

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
    for (std::size_t i = 0; i < count; ++i) to[i] = pcm_at(i);
  } else {
    float* to = reinterpret_cast<float*>(out);
    for (std::size_t i = 0; i < count; ++i) {
      to[i] = wave.real != nullptr ? wave.real[first + i] : static_cast<float>(wave.pcm[first + i]) / 32768.0f;
    }
  }
}

FrontEnd plan_front_end(const fb::Model& model) noexcept {
  if (model.layers()->size() < 2) return {};
  const fb::Layer& first = *model.layers()->Get(0);
  const fb::Layer& second = *model.layers()->Get(1);
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

std::array<ConvShape, 2> front_end_shapes(const fb::Model& model, const FrontEnd& plan) noexcept {
  std::array<ConvShape, 2> shapes = {layer_shape(model, *model.layers()->Get(0)),
                                     layer_shape(model, *model.layers()->Get(1))};
  shapes[0].in_w = plan.wave_positions;
  shapes[0].out_w = plan.conv_positions;
  shapes[1].in_w = plan.conv_positions;
  shapes[1].out_w = 1;
  return shapes;
}

void run_front_end(const fb::Model& model, const FrontEnd& plan, const Wave& wave, const FrontEndBuffers& buffers,
                   LayerObserver* observer) noexcept {
  const fb::Layer& first = *model.layers()->Get(0);
  const fb::Layer& second = *model.layers()->Get(1);
  const fb::Tensor& input = input_tensor(model, first);
  const fb::Tensor& middle = output_tensor(model, first);
  const fb::Tensor& output = output_tensor(model, second);
  const std::array<ConvShape, 2> shapes = front_end_shapes(model, plan);
  BoundConv conv0(model, first, shapes[0], buffers.kernels[0], buffers.scratch[0]);
  BoundConv conv1(model, second, shapes[1], buffers.kernels[1], buffers.scratch[1]);
  const std::size_t channels = static_cast<std::size_t>(input.channels());
  for (std::int32_t column = 0; column < plan.columns; ++column) {
    const std::size_t start = static_cast<std::size_t>(column) * static_cast<std::size_t>(plan.wave_step);
    load_samples(wave, start * channels, static_cast<std::size_t>(plan.wave_positions) * channels, sample_format(input),
                 buffers.slice);
    std::byte* out = buffers.output + static_cast<std::size_t>(column) * position_bytes(output);
    conv0(buffers.slice, buffers.column);
    conv1(buffers.column, out);
    if (observer != nullptr) {
      observer->layer_output(0, buffers.column, value_count(middle, plan.conv_positions));
      observer->layer_output(1, out, value_count(output, 1));
    }
  }
}

}  // namespace stapes
