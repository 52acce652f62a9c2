#include "network/acdnet.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"

namespace stapes {
namespace {

using Widths = std::array<int, kAcdnetConvs>;

// arXiv:2103.03483; micro and nano are its published pruned members.
constexpr Widths kAcdnet = {8, 64, 32, 64, 64, 128, 128, 256, 256, 512, 512, 0};  // conv12: one filter per class
constexpr Widths kMicro = {7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, 48};
constexpr Widths kNano = {7, 19, 10, 8, 18, 25, 29, 31, 31, 43, 49, 42};

constexpr int kMaxWidth = 4096;  // far above any member of the family; keeps products in range

int conv_out(int in, int kernel, int stride, int pad) { return (in + 2 * pad - kernel) / stride + 1; }

Widths parse_widths(std::string_view list) {
  Widths widths{};
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, widths[i]);
    const bool last = i + 1 == widths.size();
    const bool ended_right = last ? next == end : next != end && *next == ',';
    if (error != std::errc() || widths[i] < 1 || widths[i] > kMaxWidth || !ended_right) {
      throw UsageError("model widths:{} needs {} numbers from 1 to {} separated by commas", list, kAcdnetConvs,
                       kMaxWidth);
    }
    at = next + 1;
  }
  return widths;
}

void set_output(ConvGeometry& conv, int channels, const std::string& name) {
  conv.out_channels = channels;
  conv.out_h = conv_out(conv.in_h, conv.kernel_h, 1, conv.pad);
  conv.out_w = conv_out(conv.in_w, conv.kernel_w, conv.stride_w, conv.pad);
  if (channels < 1 || channels > kMaxWidth)
    throw Error("{} has {} filters; 1 to {} are possible", name, channels, kMaxWidth);
  const bool too_short = conv.in_h + 2 * conv.pad < conv.kernel_h || conv.in_w + 2 * conv.pad < conv.kernel_w;
  if (too_short || conv.out_h < conv.pool_h || conv.out_w < conv.pool_w) {
    throw Error("the window is too short: nothing is left of it after {}; use a longer one (--samples)", name);
  }
}

}  // namespace

Widths acdnet_widths(std::string_view model, int class_count) {
  if (model == "acdnet") {
    Widths widths = kAcdnet;
    widths.back() = class_count;
    return widths;
  }
  if (model == "micro-acdnet") return kMicro;
  if (model == "nano-acdnet") return kNano;
  constexpr std::string_view kPrefix = "widths:";
  if (model.starts_with(kPrefix)) return parse_widths(model.substr(kPrefix.size()));
  throw UsageError("unknown model {}; known are acdnet, micro-acdnet, nano-acdnet and widths:N,N,... ({} numbers)",
                   model, kAcdnetConvs);
}

bool AcdnetSpec::is_binary(int conv) const {
  const auto& kept = form.eight_bit;
  return binary && conv > 0 && std::find(kept.begin(), kept.end(), conv + 1) == kept.end();
}

bool AcdnetSpec::has_rprelu(int conv) const {
  return form.rprelu && is_binary(conv) && conv + 1 < kAcdnetConvs && is_binary(conv + 1);
}

bool AcdnetSpec::has_shortcut(int conv) const {
  return form.shortcuts && is_binary(conv) && conv > 2 && conv + 1 < kAcdnetConvs;
}

void check_form(const AcdnetSpec& spec) {
  const BinaryForm& form = spec.form;
  if (!spec.binary) {
    if (form != BinaryForm{})
      throw UsageError("eight-bit layers, scaling, RPReLU and shortcuts are for binary networks");
    return;
  }
  int previous = 1;
  for (const int conv : form.eight_bit) {
    if (conv <= previous || conv > kAcdnetConvs) {
      throw UsageError("eight-bit layers are conv2 to conv{}, each once, in order; conv1 never is binary",
                       kAcdnetConvs);
    }
    previous = conv;
  }
  const auto kept = [&](int conv) { return std::count(form.eight_bit.begin(), form.eight_bit.end(), conv) > 0; };
  if (kept(3) && !kept(2) && form.scaled) {
    throw UsageError(
        "conv3 in 8 bits needs conv2 in 8 bits or unscaled: after the swap every row would have an alpha of its own, "
        "which conv3's weights cannot take in");
  }
}

AcdnetGeometry acdnet_geometry(const AcdnetSpec& spec) {
  const int column_pool = spec.sample_rate_hz / 400;  // conv2 outputs in 10 ms: rate/1000 * 10 / (stride 2 * stride 2)
  if (spec.window_samples < 1 || spec.window_samples > kMaxWindowSamples) {
    throw Error("a window of {} samples is not possible; 1 to {} are", spec.window_samples, kMaxWindowSamples);
  }
  if (column_pool < 1) throw Error("the sample rate {} Hz is below 400 Hz", spec.sample_rate_hz);
  AcdnetGeometry geometry;
  auto& convs = geometry.convs;
  convs[0] = {.in_channels = 1, .in_h = 1, .in_w = spec.window_samples, .kernel_h = 1, .kernel_w = 9, .stride_w = 2};
  set_output(convs[0], spec.widths[0], "conv1");
  convs[1] = {.in_channels = convs[0].out_channels,
              .in_h = 1,
              .in_w = convs[0].out_w,
              .kernel_h = 1,
              .kernel_w = 5,
              .stride_w = 2,
              .pool_w = column_pool};
  set_output(convs[1], spec.widths[1], "conv2");

  // The swap: conv2's channels become height. The pools halve each axis while at least 2 remain.
  int channels = 1, height = convs[1].out_channels, width = convs[1].out_w / column_pool;
  for (std::size_t i = 2; i < convs.size(); ++i) {
    const bool last = i + 1 == convs.size();
    const bool pooled = !last && i % 2 == 0;  // after conv3, conv5, conv7, conv9, conv11
    ConvGeometry& conv = convs[i];
    conv = {.in_channels = channels, .in_h = height, .in_w = width};
    conv.kernel_h = conv.kernel_w = last ? 1 : 3;
    conv.pad = last ? 0 : 1;
    if (pooled) {
      conv.pool_h = height >= 2 ? 2 : 1;
      conv.pool_w = width >= 2 ? 2 : 1;
    }
    set_output(conv, spec.widths[i], "conv" + std::to_string(i + 1));
    channels = conv.out_channels;
    height = conv.out_h / conv.pool_h;
    width = conv.out_w / conv.pool_w;
  }
  geometry.average_h = height;
  geometry.average_w = width;
  return geometry;
}

int usual_window_samples(int sample_rate_hz) {
  if (sample_rate_hz == 20000) return 30225;
  if (sample_rate_hz == 44100) return 66650;
  return sample_rate_hz;
}

}  // namespace stapes
