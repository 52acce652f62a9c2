// SPDX-License-Identifier: Apache-2.0
// quantize.h: post-training quantization of a packed fp32 model to 8 bits by the TFLite rules (compress/int8_layer.h).
// arXiv:2108.06128 for the method; the paper uses per-tensor weights, a histogram observer and an 8-bit input.
// docs/guides/quantization.md has the formulas, docs/studies/quantization-results.md compares the options.
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
  int input_bits = 16;  // of the first layer's input: 16 = the unchanged PCM; 8, as published, loses quiet sounds. The
                        // input of a network that takes features always has 8
  // Layers that keep float weights and arithmetic: "conv1" .. "conv12", "head". Additions always have 8 bits.
  std::vector<std::string> keep_fp32 = {};
  // The outputs of the convolutions up to this one, "conv1" .. "conv11", have 16 bits; "" = none. Loud and quiet sounds
  // share one scale in the first layers, where 8 bits cost most. Only convolutions may read 16-bit outputs
  // (quantize_graph.h).
  std::string wide_to = "";
};

// Runs `fp32` over the calibration windows, picks each activation's range, and returns the int8 model (form "int8"),
// with sparse weights where they are better (compress/sparse_weights.h). A layer kept in float reads its int8 input as
// real values and rounds its output to int8, unless only other float layers read the output.
// Throws Error if `fp32` has another form, no window was given, or a layer outputs infinities; UsageError for input
// bits other than 8 and 16, for 16 if an addition reads the input, for unknown layers to keep, and for 16-bit
// activations where they are not possible.
packed::fb::ModelT quantize_post_training(const packed::fb::ModelT& fp32, const CalibrationWindows& windows,
                                          const QuantizeOptions& options = {});
packed::fb::ModelT quantize_on_features(const packed::fb::ModelT& fp32, const FeatureWindows& windows,
                                        const QuantizeOptions& options = {});

// The int8 form of `fp32`, with the input, activation grids and float layers of `int8`, which must come from the same
// network: the last step of quantization-aware training (train/aware_training.h).
packed::fb::ModelT quantize_on_grids_of(const packed::fb::ModelT& int8, const packed::fb::ModelT& fp32,
                                        WeightScales weights);

}  // namespace stapes
