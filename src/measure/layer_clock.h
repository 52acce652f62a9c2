// SPDX-License-Identifier: Apache-2.0
// layer_clock.h: the time of each layer inside a real window, where the layer before has just filled the caches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/host_classifier.h"

namespace stapes {

// The front end runs layers 0 and 1 in turns, hundreds of times a window, and reading a clock would add a good part to
// such a turn. So both are timed together, and layer 0 once more, over all columns by itself.
class LayerClock {
 public:
  explicit LayerClock(std::shared_ptr<const HostModel> model);
  ~LayerClock();

  // Seconds of each layer in one window; with a front end, layer 1's are those of layers 0 and 1. Valid until the next
  // call. `wave`: window_samples of PCM.
  std::span<const double> time_window(std::span<const std::int16_t> wave);
  bool front_end() const { return first_layer_ != nullptr; }

 private:
  class FirstLayer;

  HostClassifier classifier_;
  std::unique_ptr<FirstLayer> first_layer_;  // null without a front end
  std::int32_t columns_ = 0;                 // of the front end
  std::vector<double> seconds_;
};

}  // namespace stapes
