// SPDX-License-Identifier: Apache-2.0
// The parts of ESPHome that examples/esphome uses.
#pragma once

namespace esphome {

namespace setup_priority {
constexpr float DATA = 600, PROCESSOR = 400;
}

class Component {
 public:
  virtual ~Component() = default;
  virtual float get_setup_priority() const { return setup_priority::DATA; }
  virtual void setup() {}
  virtual void loop() {}
  void mark_failed() { failed = true; }
  bool failed = false;
};

}  // namespace esphome
