// SPDX-License-Identifier: Apache-2.0
// What examples/esphome uses of ESPHome.
#pragma once

namespace esphome {

class Component {
 public:
  virtual ~Component() = default;
  virtual void setup() {}
  virtual void loop() {}
  void mark_failed() { failed = true; }
  bool failed = false;
};

}  // namespace esphome
