// SPDX-License-Identifier: Apache-2.0
#include "network/acdnet.h"

#include <algorithm>

#include "base/error.h"
#include "network/conv_output.h"

namespace stapes {
namespace {

constexpr std::size_t kFirstAfterSwap = 2;  // conv3

using Kind = GraphStep::Kind;

bool is_kept_in_eight_bits(const BinaryForm& form, int number) {
  return std::find(form.eight_bit.begin(), form.eight_bit.end(), number) != form.eight_bit.end();
}

// Names, form and places in spec.widths; sizes are set later.
ConvGeometry conv_without_sizes(const NetworkSpec& spec, int conv) {
  const bool last = conv + 1 == kAcdnetConvs;
  const std::string number = std::to_string(conv + 1);
  ConvGeometry g{.name = "conv" + number, .norm = "bn" + number};
  g.binary = is_binary_conv(spec, conv);
  const bool sign_follows = !last && is_binary_conv(spec, conv + 1);
  if (spec.form.rprelu && g.binary && sign_follows) g.rprelu = "rprelu" + number;
  g.shortcut = spec.form.shortcuts && g.binary && conv >= static_cast<int>(kFirstAfterSwap) + 1 && !last;
  g.scale_kept_positive = g.binary || (conv == 0 && sign_follows);  // bn1, too, as published
  g.out_width = conv;
  g.in_width = conv == 0 || conv == static_cast<int>(kFirstAfterSwap) ? -1 : conv - 1;  // conv3 sees rows
  return g;
}

void finish(ConvGeometry& conv, const NetworkSpec& spec) {
  if (set_output(conv, spec.widths[static_cast<std::size_t>(conv.out_width)])) return;
  throw Error("the window is too short: nothing is left of it after {}; use a longer one (--samples)", conv.name);
}

void check_input(const NetworkSpec& spec, int column_pool) {
  if (spec.widths.size() != kAcdnetConvs) {
    throw Error("an ACDNet has {} widths, not {}", kAcdnetConvs, spec.widths.size());
  }
  if (spec.sample_rate_hz == 0) throw UsageError("an ACDNet hears sound; for images use --model resnet18");
  if (spec.window_samples < 1 || spec.window_samples > kMaxWindowSamples) {
    throw Error("a window of {} samples is not possible; 1 to {} are", spec.window_samples, kMaxWindowSamples);
  }
  if (column_pool < 1) throw Error("the sample rate {} Hz is below 400 Hz", spec.sample_rate_hz);
}

}  // namespace

bool is_binary_conv(const NetworkSpec& spec, int conv) {
  return spec.binary && conv > 0 && !is_kept_in_eight_bits(spec.form, conv + 1);
}

void check_acdnet_form(const NetworkSpec& spec) {
  int previous = 1;
  for (const int conv : spec.form.eight_bit) {
    if (conv <= previous || conv > kAcdnetConvs) {
      throw UsageError("eight-bit layers are conv2 to conv{}, each once, in order; conv1 never is binary",
                       kAcdnetConvs);
    }
    previous = conv;
  }
  if (is_kept_in_eight_bits(spec.form, 3) && !is_kept_in_eight_bits(spec.form, 2) && spec.form.scaled) {
    throw UsageError(
        "conv3 in 8 bits needs conv2 in 8 bits or unscaled: after the swap every row would have an alpha of its own, "
        "which conv3's weights cannot take in");
  }
}

NetworkGeometry acdnet_geometry(const NetworkSpec& spec) {
  const int column_pool = spec.sample_rate_hz / 400;  // conv2 outputs in 10 ms: rate/1000 * 10 / (stride 2 * stride 2)
  check_input(spec, column_pool);
  NetworkGeometry geometry;
  auto& convs = geometry.convs;
  for (int conv = 0; conv < kAcdnetConvs; ++conv) convs.push_back(conv_without_sizes(spec, conv));
  int channels = 1, height = 1, width = spec.window_samples;
  for (std::size_t i = 0; i < convs.size(); ++i) {
    const bool last = i + 1 == convs.size(), along_the_wave = i < kFirstAfterSwap;
    const bool pooled = !along_the_wave && !last && i % 2 == 0;  // after conv3, conv5, conv7, conv9, conv11
    ConvGeometry& conv = convs[i];
    conv.in_channels = channels;
    conv.in_h = height;
    conv.in_w = width;
    if (along_the_wave) {
      conv.kernel_h = 1;
      conv.kernel_w = i == 0 ? 9 : 5;
      conv.stride_w = 2;
      conv.pool_w = i == 0 ? 1 : column_pool;
    } else {
      conv.kernel_h = conv.kernel_w = last ? 1 : 3;
      conv.pad = last ? 0 : 1;
    }
    if (pooled) {  // the pools halve each axis while at least 2 remain
      conv.pool_h = height >= 2 ? 2 : 1;
      conv.pool_w = width >= 2 ? 2 : 1;
    }
    finish(conv, spec);
    const int step = static_cast<int>(geometry.steps.size());
    geometry.steps.push_back({.kind = Kind::kConv, .name = conv.name, .a = step, .conv = static_cast<int>(i)});
    channels = conv.out_channels;
    height = conv.out_h / conv.pool_h;
    width = conv.out_w / conv.pool_w;
    if (i + 1 == kFirstAfterSwap) {
      geometry.steps.push_back({.kind = Kind::kSwap, .name = "swap", .a = step + 1});
      height = channels;
      channels = 1;
    }
  }
  geometry.average_h = height;
  geometry.average_w = width;
  geometry.head_width = geometry.dropout_conv = kAcdnetConvs - 1;
  return geometry;
}

int usual_window_samples(int sample_rate_hz) {
  if (sample_rate_hz == 20000) return 30225;
  if (sample_rate_hz == 44100) return 66650;
  return sample_rate_hz;
}

}  // namespace stapes
