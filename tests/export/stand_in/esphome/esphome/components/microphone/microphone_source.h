// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace esphome::microphone {

class MicrophoneSource {
 public:
  template <typename F>
  void add_data_callback(F&& callback) {
    data = callback;
  }
  void start() { started = true; }
  std::function<void(const std::vector<uint8_t>&)> data;
  bool started = false;
};

}  // namespace esphome::microphone
