// quantize.h: post-training quantization of a packed fp32 model to 8 bits, the TFLite rules: symmetric weights per
// output channel, affine activations per tensor, int32 bias, fixed-point rescale. The first layer takes 16-bit PCM as
// it is (the published work quantizes it to 8 bits, which loses quiet sounds). arXiv:2108.06128 for the method.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "packed/model_generated.h"

namespace stapes {

// Calls its argument once per calibration window ([window_samples] int16 PCM).
using CalibrationWindows = std::function<void(const std::function<void(std::span<const std::int16_t>)>&)>;

// Runs `fp32` over the calibration windows, picks each activation's range, and returns the int8 model (route "int8").
// Throws Error when `fp32` is of another route, or no window was given.
packed::fb::ModelT quantize_post_training(const packed::fb::ModelT& fp32, const CalibrationWindows& windows);

}  // namespace stapes
