// SPDX-License-Identifier: Apache-2.0
// measure_export.h: measures an exported model on a board and checks that it computes the same there as here.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "emulate/device_image.h"
#include "emulate/image_output.h"
#include "emulate/measure_hop.h"

namespace stapes {

struct MeasureOptions {
  // Where the export, objects and images are kept ("export" and "build" in it); default: a temporary folder.
  std::optional<std::filesystem::path> work;
  std::chrono::seconds limit{900};  // for each of the two runs
  int hop_samples = 0;              // also the pushes of a hop, where the export has a detector for it; 0: not
  bool must_fit = true;             // call require_fit() as soon as flash, and again when RAM is known
};

struct ExportMeasure {
  Board board;
  ImageSizes sizes;
  RunOutput run;
  std::vector<LayerOutput> layers;
  std::optional<HopOutput> hop, expected_hop;  // where a hop was measured

  std::int64_t flash_bytes() const { return sizes.code + sizes.constants + sizes.weights; }
  std::int64_t state_bytes() const { return run.state_bytes + sizes.variables; }
  // The window itself belongs to the caller and is not included, unless run.input_in_arena. On the host the stack is
  // not measured.
  std::int64_t ram_bytes() const { return run.arena_bytes + run.stack_bytes + state_bytes(); }
  const char* input_note() const {
    return run.input_in_arena ? "the input is in the arena" : "not counting the input window";
  }

  // The first layer, or "scores", with unexpected bytes; nothing if all match. Float scores only need to be close,
  // since machines differ in the order of additions.
  std::optional<std::string> first_difference() const;
};

// Measures an export on the board; the tools of the board must be installed (tools.h). Throws Error.
ExportMeasure measure_export(const Board& board, const ExportedFolder& exported, const MeasureOptions& options);

// Throws Error if the model does not fit the memory of board.product or the given limits, saying by how much it misses
// and which boards have enough of both as far as known.
void require_fit(const ExportMeasure& measure);

}  // namespace stapes
