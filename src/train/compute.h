// SPDX-License-Identifier: Apache-2.0
// compute.h: the device a training run is computed on, as far as libtorch has it.
#pragma once

#include <optional>
#include <string>

#include "runs/device.h"

namespace stapes {

// "auto": CUDA if libtorch can use a device here, else the CPU. Otherwise as named; UsageError for a device that is not
// there.
Device choose_device(const std::string& name);

// Throws UsageError when `device` cannot be used here.
void require_device(Device device);

// Where to compute, if not as the run's config says.
struct ComputeOn {
  std::optional<Device> device;  // of a run that was begun on another one; on the CPU its precision is fp32
  // The way of a GPU on any device: samples as tensor work, binary convolutions as sums of signs, losses read once an
  // epoch.
  bool as_on_gpu = false;
};

}  // namespace stapes
