// SPDX-License-Identifier: Apache-2.0
// measure_export.h: measures an exported model on a board and compares its results with this machine's.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "emulate/device_image.h"
#include "emulate/image_output.h"
#include "emulate/measure_hop.h"

namespace stapes {

struct MeasureOptions {
  // Folder for the export ("export") and for objects and images ("build"); default: a temporary folder.
  std::optional<std::filesystem::path> work;
  std::chrono::seconds limit{900};  // for each run
  int hop_samples = 0;              // also measure a hop if the export has a detector for it
  bool must_fit = true;             // call require_fit() when flash is known, and again when RAM is
};

struct ExportMeasure {
  Board board;
  ImageSizes sizes;
  RunOutput run;
  std::vector<LayerOutput> layers;
  std::optional<HopOutput> hop, expected_hop;  // if a hop was measured

  std::int64_t flash_bytes() const { return sizes.code + sizes.constants + sizes.weights; }
  std::int64_t state_bytes() const { return run.state_bytes + sizes.variables; }
  // Without the input window, unless run.input_in_arena. On the host, without the stack.
  std::int64_t ram_bytes() const { return run.arena_bytes + run.stack_bytes + state_bytes(); }
  const char* input_note() const {
    return run.input_in_arena ? "the input is in the arena" : "not counting the input window";
  }

  // The first layer with unexpected output, "scores" or "the detections"; nothing if all match. Float scores only need
  // to be close, since machines differ in the order of additions; layers and detections are then not compared.
  std::optional<std::string> first_difference() const;
};

// Requires the board's tools (tools.h). Throws Error.
ExportMeasure measure_export(const Board& board, const ExportedFolder& exported, const MeasureOptions& options);

// Throws Error if the model does not fit the board's memory. The message lists boards that have enough. Before the run,
// RAM is not known in full.
void require_fit(const ExportMeasure& measure);

}  // namespace stapes
