// SPDX-License-Identifier: Apache-2.0
// weights_file.h: a TrainedNetwork as a file (header with checksum, then weights.fbs).
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/files.h"
#include "graph/network.h"

namespace stapes {

// Files in a run folder: the weights after the last epoch, and their moving average.
inline constexpr const char* kWeightsFileName = "weights.network";
inline constexpr const char* kAveragedWeightsFileName = "ema.network";

// The payload of a file. Equal networks have equal payloads.
std::vector<std::byte> serialize_network(const TrainedNetwork& network);

// The payload in format version 2, which identifies the networks of older runs. Empty if version 2 cannot hold the
// graph.
std::vector<std::byte> serialize_as_version_2(const TrainedNetwork& network);

// Throws Error naming `where` if the payload is damaged or fails check_tensors().
TrainedNetwork deserialize_network(std::span<const std::byte> payload, const std::string& where);

// Checks the network first. Throws Error.
void write_network(const std::filesystem::path& path, const TrainedNetwork& network, Existing existing);

// `path`: the file, or its run folder. Throws Error naming the file and the fault. The result has passed
// check_tensors().
TrainedNetwork read_network(const std::filesystem::path& path);

}  // namespace stapes
