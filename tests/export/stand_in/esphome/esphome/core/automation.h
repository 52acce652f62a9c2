// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace esphome {

template <typename... Ts>
class Trigger {
 public:
  void trigger(const Ts&... values) { action(values...); }
  std::function<void(Ts...)> action;
};

}  // namespace esphome
