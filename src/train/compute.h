// SPDX-License-Identifier: Apache-2.0
// compute.h: where a training run is computed, and in what precision. Names no libtorch, so that options can say it.
#pragma once

#include <optional>
#include <string>

#include "base/names.h"

namespace stapes {

enum class Device { kCpu, kCuda };
template <>
inline constexpr auto kNames<Device> = std::to_array<Named<Device>>({{Device::kCpu, "cpu"}, {Device::kCuda, "cuda"}});

// kMixed: convolutions and the head in bfloat16 while training, binary convolutions and everything else in float32.
enum class Precision { kFp32, kMixed };
template <>
inline constexpr auto kNames<Precision> = std::to_array<Named<Precision>>({{Precision::kFp32, "fp32"},
                                                                           {Precision::kMixed, "mixed"}});

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
