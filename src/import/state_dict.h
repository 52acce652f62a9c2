// SPDX-License-Identifier: Apache-2.0
// state_dict.h: weights saved by PyTorch, alone or in a checkpoint, or as safetensors, read without PyTorch and without
// executing anything in the file.
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
  TensorDict tensors;                // floats only; torch's step counters are left out
  std::vector<std::string> order;    // their names in the file's order
  std::vector<std::int64_t> config;  // layer widths if the file is {weight, config}, otherwise empty
};

// Reads the zip format (torch 1.6 and later), the old format and safetensors. The file is treated as hostile: sizes are
// checked against the actual bytes first, and objects other than tensors are refused by name. Throws Error naming the
// file and the problem.
StateDict read_state_dict(const std::filesystem::path& path);

// The same from memory; errors call the file `name`.
StateDict parse_state_dict(std::span<const std::byte> bytes, const std::string& name);

}  // namespace stapes
