// SPDX-License-Identifier: Apache-2.0
// layer_observer.h: observes the output of each layer, for calibration and tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "stapes/classifier.h"

namespace stapes {

// Receives the output of each layer, after its fused pool.
class LayerObserver {
 public:
  // `values` has the dtype of the layer's output tensor (kBits: 32-bit words); valid only during the call.
  // Front-end layers report one column per call; columns overlap by a few positions, except in the last layer. Layers
  // in bands (row_bands.h) report each row once, top to bottom, interleaved with other layers. Positions and rows after
  // the last complete pool are not reported.
  virtual void layer_output(int layer, const void* values, std::size_t count) noexcept = 0;

 protected:
  LayerObserver() = default;
  ~LayerObserver() = default;
};

// Classifier::run(), run_pcm() and run_features() with an observer.
void run_observed(Classifier& classifier, std::span<const float> wave, std::span<float> scores,
                  LayerObserver& observer) noexcept;
void run_observed(Classifier& classifier, std::span<const std::int16_t> wave, std::span<float> scores,
                  LayerObserver& observer) noexcept;
void run_observed(Classifier& classifier, std::span<const std::int8_t> features, std::span<float> scores,
                  LayerObserver& observer) noexcept;

}  // namespace stapes
