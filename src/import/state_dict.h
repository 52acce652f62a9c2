// SPDX-License-Identifier: Apache-2.0
// state_dict.h: reads PyTorch files (state dicts and checkpoints) and safetensors without PyTorch. Executes nothing in
// the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "graph/tensor_dict.h"

namespace stapes {

struct StateDict {
  TensorDict tensors;                // floats only, without torch's step counters
  std::vector<std::string> order;    // their names in the file's order
  std::vector<std::int64_t> config;  // layer widths if the file is {weight, config}, otherwise empty
};

// Reads the zip format (torch 1.6 and later), the old format and safetensors. Files are untrusted: sizes are checked
// before allocating memory, and unknown Python objects are refused. Throws Error naming the file and the problem.
StateDict read_state_dict(const std::filesystem::path& path);

// Errors call the file `name`.
StateDict parse_state_dict(std::span<const std::byte> bytes, const std::string& name);

}  // namespace stapes
