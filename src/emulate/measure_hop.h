// SPDX-License-Identifier: Apache-2.0
// measure_hop.h: measures live listening on a board: the cost of a hop with the detector, and its detections.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "export/export_model.h"
#include "packed/model_file.h"

namespace stapes {

// Output of firmware/measure_hop.cpp. Costs are in instructions, or nanoseconds on the host.
struct HopOutput {
  std::int64_t hops = 0, pushes = 0, total = 0, worst = 0;
  std::int64_t stack_bytes = 0;  // emulated boards
  std::int64_t arena_bytes = 0, state_bytes = 0;

  struct Event {
    std::int64_t label, score, end_sample;
    bool operator==(const Event&) const = default;
  };
  std::vector<Event> events;
  std::uint32_t means = 0;  // FNV-1a hash

  double hop_cost() const { return static_cast<double>(total) / static_cast<double>(hops); }
  double mean_push() const { return static_cast<double>(total) / static_cast<double>(pushes); }
  bool detects_like(const HopOutput& other) const { return events == other.events && means == other.means; }
};
HopOutput parse_hop(const std::vector<std::string>& lines);

// Events and means computed by this machine's runtime with scalar kernels; costs stay 0.
HopOutput expected_hop(const ModelFile& file, int hop_samples);

// Whether the export has a detector that can be measured at this hop.
bool has_hop(const ExportedFolder& exported, const fb::Model& model, int hop_samples);

}  // namespace stapes
