// SPDX-License-Identifier: Apache-2.0
#include "train/compute.h"

#include <torch/torch.h>

#include "base/error.h"

namespace stapes {

Device choose_device(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? Device::kCuda : Device::kCpu;
  const Device device = parse_name<Device>(name, "device", {"auto"});
  require_device(device);
  return device;
}

void require_device(Device device) {
  if (device == Device::kCpu || torch::cuda::is_available()) return;
  throw UsageError(
      "--device cuda: libtorch finds no CUDA device (it may be built without CUDA, or the driver may be missing); "
      "use --device cpu");
}

}  // namespace stapes
