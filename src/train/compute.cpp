// SPDX-License-Identifier: Apache-2.0
#include "train/compute.h"

#include <torch/torch.h>

#include "base/error.h"

namespace stapes {

Device parse_device(const std::string& name) {
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    if (name == to_string(device)) return device;
  }
  throw UsageError("unknown device {}; known are auto, cpu and cuda", name);
}

Precision parse_precision(const std::string& name) {
  for (const Precision precision : {Precision::kFp32, Precision::kMixed}) {
    if (name == to_string(precision)) return precision;
  }
  throw UsageError("unknown precision {}; known are fp32 and mixed", name);
}

const char* to_string(Device device) {
  switch (device) {
    case Device::kCpu:
      return "cpu";
    case Device::kCuda:
      return "cuda";
  }
  return "";
}

const char* to_string(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kMixed:
      return "mixed";
  }
  return "";
}

Device choose_device(const std::string& name) {
  if (name == "auto") return torch::cuda::is_available() ? Device::kCuda : Device::kCpu;
  const Device device = parse_device(name);
  require_device(device);
  return device;
}

void require_device(Device device) {
  if (device == Device::kCpu || torch::cuda::is_available()) return;
  throw UsageError(
      "device cuda: this libtorch sees no CUDA device (it may be built without CUDA, or the driver is missing); "
      "use --device cpu");
}

}  // namespace stapes
