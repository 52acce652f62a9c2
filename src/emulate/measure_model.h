// SPDX-License-Identifier: Apache-2.0
// measure_model.h: exports a packed model for a board and measures it there.
#pragma once

#include "emulate/energy_estimate.h"
#include "emulate/measure_export.h"
#include "emulate/time_estimate.h"
#include "packed/model_file.h"

namespace stapes {

// Exports for the board, then calls measure_export(). Throws Error.
ExportMeasure measure_model(const ModelFile& file, const Board& board, const MeasureOptions& options);

struct MeasureRequest {
  std::string target;                                  // a name for find_board(); empty: the target of energy->board
  std::optional<std::int64_t> flash_bytes, ram_bytes;  // default: the board's
  std::optional<double> clock_hz;                      // for the estimate; default: the board's
  int hop_samples = 0;                                 // 0 = a window
  std::optional<std::filesystem::path> work;           // as in MeasureOptions
  std::optional<EnergyRequest> energy;                 // limits and clock then come from its board
};

struct ModelMeasure {
  ExportMeasure cost;
  TimeEstimate time;
  std::optional<EnergyEstimate> energy;
};

// Throws UsageError for an inconsistent request before building anything.
ModelMeasure measure_as_asked(const ModelFile& file, const MeasureRequest& request);

// Whether the model has binary layers that cannot use the board's vector instructions. An 8-bit model may then be as
// fast.
bool vectors_miss_binary_layers(const Board& board, const fb::Model& model);

}  // namespace stapes
