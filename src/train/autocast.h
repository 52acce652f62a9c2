// SPDX-License-Identifier: Apache-2.0
// autocast.h: automatic bfloat16 in libtorch; its C++ interface changed in 2.4.
#pragma once

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

namespace stapes {

// Enables or disables bfloat16 for convolutions and matrix products until the end of the scope. Scopes may nest.
class Autocast {
 public:
  Autocast(torch::DeviceType device, bool on) : device_(device), before_(enabled(device)), changed_(before_ != on) {
    if (!changed_) return;
    if (on) use_bfloat16(device);
    enable(device, on);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!changed_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();  // holds bfloat16 copies of weights
    enable(device_, before_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  static bool enabled(torch::DeviceType device) { return at::autocast::is_autocast_enabled(device); }
  static void enable(torch::DeviceType device, bool on) { at::autocast::set_autocast_enabled(device, on); }
  static void use_bfloat16(torch::DeviceType device) { at::autocast::set_autocast_dtype(device, torch::kBFloat16); }
#else
  static bool enabled(torch::DeviceType device) {
    return device == torch::kCUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
  }
  static void enable(torch::DeviceType device, bool on) {
    device == torch::kCUDA ? at::autocast::set_enabled(on) : at::autocast::set_cpu_enabled(on);
  }
  static void use_bfloat16(torch::DeviceType device) {
    device == torch::kCUDA ? at::autocast::set_autocast_gpu_dtype(torch::kBFloat16)
                           : at::autocast::set_autocast_cpu_dtype(torch::kBFloat16);
  }
#endif

  torch::DeviceType device_;
  bool before_, changed_;
};

}  // namespace stapes
