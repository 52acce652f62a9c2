// SPDX-License-Identifier: Apache-2.0
// compute.h: where a training run is computed, and in what precision. Names no libtorch, so that options can say it.
#pragma once

#include <optional>
#include <string>

namespace stapes {

enum class Device { kCpu, kCuda };
// kMixed: convolutions and the head in bfloat16 while training, binary convolutions and everything else in float32.
enum class Precision { kFp32, kMixed };

// Names as in options and config.json; UsageError listing them when unknown.
Device parse_device(const std::string& name);        // "cpu", "cuda"
Precision parse_precision(const std::string& name);  // "fp32", "mixed"
const char* to_string(Device device);
const char* to_string(Precision precision);

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
