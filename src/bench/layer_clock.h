// SPDX-License-Identifier: Apache-2.0
// layer_clock.h: times each layer inside a real window, where the previous layer has just filled the caches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "runtime/front_end.h"
#include "runtime/host_classifier.h"

namespace stapes {

// The front end interleaves its layers hundreds of times per window, so reading a clock each time would slow it down.
// Instead, the whole front end is timed as one layer. Then its first layers (layer 0, layers 0 and 1, ...) are run
// again over all columns and timed.
class LayerClock {
 public:
  explicit LayerClock(std::shared_ptr<const HostModel> model);
  ~LayerClock();

  // Seconds of each layer in one window. A front-end layer's time includes all earlier layers. Valid until the next
  // call. `wave`: window_samples of PCM.
  std::span<const double> time_window(std::span<const std::int16_t> wave);
  const FrontEnd& front_end() const { return front_end_; }

 private:
  class FirstLayers;

  HostClassifier classifier_;
  FrontEnd front_end_;
  std::vector<std::unique_ptr<FirstLayers>> first_layers_;  // one per front-end layer except the last
  std::vector<double> seconds_;
};

}  // namespace stapes
