// SPDX-License-Identifier: Apache-2.0
// compute.h: the device of a training run.
#pragma once

#include <optional>
#include <string>

#include "runs/device.h"

namespace stapes {

// `name`: a device, or "auto" for CUDA if available, otherwise the CPU. Throws UsageError if the device is missing.
Device choose_device(const std::string& name);

// Throws UsageError if `device` cannot be used here.
void require_device(Device device);

// Overrides the device in the run's config.
struct ComputeOn {
  std::optional<Device> device;  // the CPU uses fp32
  // Uses the GPU code path on any device.
  bool as_on_gpu = false;
};

}  // namespace stapes
