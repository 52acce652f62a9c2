// SPDX-License-Identifier: Apache-2.0
// measure_export.h: what an exported model costs on a board, and whether it computes there what it computes here.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "emulate/device_image.h"
#include "emulate/image_output.h"
#include "emulate/measure_hop.h"

namespace stapes {

struct MeasureOptions {
  // Where the export, objects and images go and stay ("export" and "build" in it); nothing = a folder that goes.
  std::optional<std::filesystem::path> work;
  std::chrono::seconds limit{900};  // for each of the two runs
  int hop_samples = 0;              // also the pushes of a hop, where the export has a detector for it; 0: not
  bool must_fit = true;             // require_fit(), as soon as flash and as soon as RAM is known
};

struct ExportMeasure {
  Board board;
  ImageSizes sizes;
  RunOutput run;
  std::vector<LayerOutput> layers;
  std::optional<HopOutput> hop, expected_hop;  // where a hop was measured

  std::int64_t flash_bytes() const { return sizes.code + sizes.constants + sizes.weights; }
  std::int64_t state_bytes() const { return run.state_bytes + sizes.variables; }
  // The window itself is the caller's and is not in it, unless run.input_in_arena. On the host the stack is not
  // measured.
  std::int64_t ram_bytes() const { return run.arena_bytes + run.stack_bytes + state_bytes(); }
  const char* input_note() const {
    return run.input_in_arena ? "the input is in the arena" : "the window itself not counted";
  }

  // The first layer, or "scores", whose bytes are not those expected; nothing when all are. Of a model with float
  // scores only that they are near enough is asked: machines differ in the order of additions.
  std::optional<std::string> first_difference() const;
};

// Of an export for the board, whose tools are there (tools.h). Throws Error.
ExportMeasure measure_export(const Board& board, const ExportedFolder& exported, const MeasureOptions& options);

// Throws Error when the model does not fit the memory of board.product, or what stands there instead: by how much, and
// which boards have as much of both as is known to be needed.
void require_fit(const ExportMeasure& measure);

}  // namespace stapes
