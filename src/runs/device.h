// SPDX-License-Identifier: Apache-2.0
// device.h: the device and precision of a training run.
#pragma once

#include "base/names.h"

namespace stapes {

enum class Device { kCpu, kCuda };
template <>
inline constexpr auto kNames<Device> = std::to_array<Named<Device>>({{Device::kCpu, "cpu"}, {Device::kCuda, "cuda"}});

// kMixed: convolutions and the head train in bfloat16. Binary convolutions and the rest stay in float32.
enum class Precision { kFp32, kMixed };
template <>
inline constexpr auto kNames<Precision> = std::to_array<Named<Precision>>({{Precision::kFp32, "fp32"},
                                                                           {Precision::kMixed, "mixed"}});

}  // namespace stapes
