// SPDX-License-Identifier: Apache-2.0
// weights_file.h: a TrainedNetwork as a file (header with checksum, then weights.fbs).
#pragma once

#include <filesystem>

#include "base/files.h"
#include "graph/network.h"

namespace stapes {

// Inside a run folder: the last epoch, and the averaged weights.
inline constexpr const char* kWeightsFileName = "weights.network";
inline constexpr const char* kAveragedWeightsFileName = "ema.network";

// The file's payload: equal for equal networks.
std::vector<std::byte> serialize_network(const TrainedNetwork& network);

// Throws Error; checks the network first, so that no broken one is written.
void write_network(const std::filesystem::path& path, const TrainedNetwork& network, Existing existing);

// `path` is the file, or a run folder that holds one. Throws Error naming the file and what is wrong with it; the
// network returned has passed check_tensors().
TrainedNetwork read_network(const std::filesystem::path& path);

}  // namespace stapes
