// SPDX-License-Identifier: Apache-2.0
// limits.h: limits of accepted models, so that indices and sums of kernels fit their types and a Classifier has a fixed
// size.
#pragma once

#include <cstdint>

namespace stapes {

inline constexpr int kMaxLayers = 96;
inline constexpr int kMaxTensors = kMaxLayers + 1;  // the input and one output per layer
inline constexpr std::int32_t kMaxDim = 1 << 20;    // height, width, channels, kernel, stride, pad, pool
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 27;    // of one tensor
inline constexpr std::int64_t kMaxWork = (std::int64_t{1} << 40) - 1;  // multiplications or comparisons of one layer
inline constexpr int kMaxLabels = 65536;
inline constexpr std::int32_t kMaxSoftmaxChannels = 4095;  // kernels/softmax/softmax.h
inline constexpr int kMaxNameBytes = 256;
inline constexpr std::int32_t kMaxSampleRateHz = 1'000'000;

// sum |w| of one ConvPcm filter. With |PCM| <= 32768, sums never reach INT32_MIN or INT32_MAX, the thresholds for
// "always" and "never".
inline constexpr std::int64_t kMaxPcmWeightSum = 65535;

// |bias + sum w * x| << shift in int8 layers: leaves room for doubling, rounding and the zero point.
inline constexpr std::int64_t kMaxRescaledSum = (std::int64_t{1} << 30) - 1;

}  // namespace stapes
