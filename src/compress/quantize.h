// SPDX-License-Identifier: Apache-2.0
// quantize.h: post-training quantization of a packed fp32 model to 8 bits (int8_layer.h). Method: arXiv:2108.06128,
// which uses per-tensor weights, a histogram observer and an 8-bit input. Formulas: docs/guides/quantization.md.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compress/int8_layer.h"
#include "compress/range_observer.h"
#include "packed/model_generated.h"

namespace stapes {

// Calls its argument once per calibration window ([window_samples] int16 PCM, or an image in the format of data_set.h).
using CalibrationWindows = std::function<void(const std::function<void(std::span<const std::int16_t>)>&)>;
// The same for a network that takes features, as real values.
using FeatureWindows = std::function<void(const std::function<void(std::span<const float>)>&)>;

struct QuantizeOptions {
  WeightScales weights = WeightScales::kPerChannel;
  RangeRule observer = RangeRule::kEnergy;
  int input_bits = 16;  // 16: unchanged PCM; 8, as published: loses quiet sounds. Features always have 8 bits
  // Layers that keep float weights and arithmetic: "conv1" .. "conv12", "head". They read int8 as real values and round
  // their output to int8, unless only float layers read it. Additions always have 8 bits.
  std::vector<std::string> keep_fp32 = {};
  // The last convolution with 16-bit outputs ("conv1" .. "conv11"); all earlier ones have them too. "" = none. Early
  // layers lose most at 8 bits, since loud and quiet sounds share one scale. Only convolutions may read 16-bit outputs
  // (quantize_graph.h).
  std::string wide_to = "";
};

// The int8 form of `fp32`, with activation ranges from the calibration windows and sparse weights where better
// (sparse_weights.h). Throws Error if `fp32` is not an fp32 model, if there are no windows, or if a layer outputs
// infinity or NaN; UsageError for unsupported options.
packed::fb::ModelT quantize_post_training(const packed::fb::ModelT& fp32, const CalibrationWindows& windows,
                                          const QuantizeOptions& options = {});
packed::fb::ModelT quantize_on_features(const packed::fb::ModelT& fp32, const FeatureWindows& windows,
                                        const QuantizeOptions& options = {});

// The int8 form of `fp32` with the input, activation grids and float layers of `int8`, its quantized form. The last
// step of quantization-aware training.
packed::fb::ModelT quantize_on_grids_of(const packed::fb::ModelT& int8, const packed::fb::ModelT& fp32,
                                        WeightScales weights);

}  // namespace stapes
